import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, mkdirSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { homedir } from 'node:os';
import path from 'node:path';

import { takeLock } from '../../n8n/lock.ts';
import type { Engine } from './engines.ts';

/**
 * Provides the engine of a version of n8n in a folder outside of the clone, `$XDG_CACHE_HOME` (or
 * `~/.cache`)`/n8n-nodes-humanloop/engine-<version>`, which gets this name when everything is in it.
 *
 * @returns the folder whose node_modules holds n8n-core and n8n-workflow
 */
export async function installEngine({ n8n, core, workflow }: Engine): Promise<string> {
	const cache = path.join(process.env.XDG_CACHE_HOME || path.join(homedir(), '.cache'), 'n8n-nodes-humanloop');
	const folder = path.join(cache, `engine-${n8n}`);
	if (existsSync(folder)) return folder;

	mkdirSync(cache, { recursive: true });
	const release = await takeLock(folder);
	if (!release) throw new Error(`Another process is installing the engine of n8n ${n8n}: try again when it is done.`);
	const part = `${folder}.part`;
	try {
		rmSync(part, { recursive: true, force: true });
		mkdirSync(part);
		writeFileSync(
			path.join(part, 'package.json'),
			JSON.stringify({ private: true, dependencies: { 'n8n-core': core, 'n8n-workflow': workflow } }),
		);
		console.log(
			`The engine of n8n ${n8n} is not on this machine yet: npm installs it into ${folder} (up to 300 MB, about 20 seconds, once).`,
		);
		const npm = spawn(
			'npm',
			['install', '--prefix', part, '--workspaces=false', '--ignore-scripts', '--no-audit', '--no-fund'],
			{ cwd: part, stdio: 'inherit' },
		);
		const [code] = (await once(npm, 'exit')) as [number | null];
		if (code !== 0) throw new Error(`npm could not install the engine of n8n ${n8n}: see above why, and try again.`);
		renameSync(part, folder);
		return folder;
	} finally {
		await release();
	}
}
