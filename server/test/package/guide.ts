import { spawnSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { server, userEnv } from './install.ts';

const guide = readFileSync(join(server, '../docs/operations.md'), 'utf8');

/** The commands of a section of the guide that can run as they are: its blocks of the language sh. */
export function commandsOf(heading: string): string[] {
	const section = guide.split(/^## /m).find((text) => text.startsWith(`${heading}\n`)) ?? '';
	return [...section.matchAll(/^```sh\n(.*?)^```$/gms)].map(([, block]) => block ?? '');
}

/** Runs commands in a folder, as somebody who reads the guide there. Stops at the first one that fails. */
export function follow(commands: string[], folder: string, databaseUrl = '') {
	// The guide has an address of an example.
	const script = commands.join('').replace(/^export DATABASE_URL=.*$/m, `export DATABASE_URL='${databaseUrl}'`);
	const env = databaseUrl === '' ? userEnv : { ...userEnv, DATABASE_URL: databaseUrl };
	return spawnSync('sh', ['-eu', '-c', script], { cwd: folder, env, encoding: 'utf8', timeout: 300_000 });
}
