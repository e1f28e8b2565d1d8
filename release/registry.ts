import { spawnSync } from 'node:child_process';

/** What the registry says of a package or of one of its versions; undefined if it has none. */
export function viewed(what: string, field: string): string | undefined {
	const { status, stdout, stderr } = spawnSync('npm', ['view', what, field, '--json'], { encoding: 'utf8' });
	// npm says E404 where it knows no such package, and prints nothing where it knows no such version.
	if (status !== 0 && !`${stdout}${stderr}`.includes('E404')) throw new Error(`npm view failed.\n${stdout}${stderr}`);
	return status === 0 && stdout.trim() ? (JSON.parse(stdout) as string) : undefined;
}

/** The version that people get from npm if they ask for none. */
export const latestAtNpm = (name: string) => viewed(name, 'dist-tags.latest');
