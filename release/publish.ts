import { execFileSync, spawnSync } from 'node:child_process';

import { integrityOf } from './checksums.ts';
import { isPrerelease, readPackages, tarballOf } from './packages.ts';

/*
 * `npm run release:publish`: publishes what `release:pack` made. It can run again after it failed halfway: what npm has
 * already stays as it is, if it is the same file.
 */

/** The checksum of what the registry has of a version, or undefined if it has none. */
function published(name: string, version: string): string | undefined {
	const { status, stdout, stderr } = spawnSync('npm', ['view', `${name}@${version}`, 'dist.integrity', '--json'], {
		encoding: 'utf8',
	});
	// npm says E404 where it knows no such package, and prints nothing where it knows no such version.
	if (status !== 0 && !`${stdout}${stderr}`.includes('E404')) throw new Error(`npm view failed.\n${stdout}${stderr}`);
	return status === 0 && stdout.trim() ? (JSON.parse(stdout) as string) : undefined;
}

for (const each of readPackages()) {
	const { name, version } = each;
	const file = tarballOf(each);
	const own = integrityOf(file);
	const other = published(name, version);
	if (other === own) {
		console.log(`npm has ${name}@${version} already.`);
		continue;
	}
	if (other !== undefined) throw new Error(`npm has another ${name}@${version}: ${other}, and not ${own}.`);
	const tag = isPrerelease(version) ? 'next' : 'latest';
	// The "./" tells npm that this is a file. Without it, a path with one slash is a repository on GitHub.
	const args = ['publish', `./${file}`, '--access', 'public', '--tag', tag, ...process.argv.slice(2)];
	// npm may ask for a second factor, if a person runs this.
	execFileSync('npm', args, { stdio: 'inherit' });
}
