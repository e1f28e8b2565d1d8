import { execFileSync } from 'node:child_process';
import { existsSync, mkdirSync, readdirSync } from 'node:fs';
import { delimiter, join, resolve } from 'node:path';

export const server = resolve(import.meta.dirname, '../..');

/** The folder of the Node.js that the machine has, outside of this repository. */
const nodeFolder = (process.env['PATH'] ?? '')
	.split(delimiter)
	.find((folder) => !folder.includes('node_modules') && existsSync(join(folder, 'node')));

/** The environment of somebody who has Node.js and npm, and nothing of this repository. */
export const userEnv: Record<string, string> = {
	PATH: [nodeFolder ?? '', process.env['PATH'] ?? ''].join(delimiter),
	HOME: process.env['HOME'] ?? '/',
};

export const machineNode = join(nodeFolder ?? '', 'node');

/** Packs the server as it would be published. Returns the tarball and the files in it. */
export function pack(folder: string): { tarball: string; files: string[] } {
	const env = { ...userEnv, PATH: `${join(server, '../node_modules/.bin')}${delimiter}${userEnv['PATH']}` };
	execFileSync('npm', ['pack', '--silent', '--pack-destination', folder], { cwd: server, env, stdio: 'pipe' });
	const tarball = join(
		folder,
		readdirSync(folder).find((name) => name.endsWith('.tgz'))!,
	);
	const list = execFileSync('tar', ['-tzf', tarball], { encoding: 'utf8' }).trim().split('\n');
	return { tarball, files: list.map((name) => name.replace(/^package\//, '')).sort() };
}

/** Installs the tarball with npm into an empty folder. Returns the program that npm puts there. */
export function install(tarball: string, folder: string): string {
	mkdirSync(folder);
	// Without a prefix, npm would install into a folder above that has a package.json.
	const args = ['install', '--prefix', folder, '--no-audit', '--no-fund', '--prefer-offline', tarball];
	execFileSync('npm', args, { cwd: folder, env: userEnv, stdio: 'pipe' });
	return join(folder, 'node_modules/.bin/humanloop-server');
}
