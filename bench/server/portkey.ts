import { existsSync, mkdirSync, renameSync, writeFileSync } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import path from 'node:path';

import { runCommand } from '../../n8n/command.ts';

/** A fixed point to compare with: it is not updated. */
export const portkeyVersion = '1.15.2';

/**
 * What it serves HTTP with. With @hono/node-server 1.14 and later, which npm would choose, it answers each stream with 500
 * ("immutable").
 */
const overrides = { '@hono/node-server': '1.13.8', hono: '4.13.19' };

/**
 * Installs Portkey's gateway from npm's registry into `folder`, without install scripts, unless it is there.
 *
 * @returns its program
 * @throws an error with npm's last lines when npm fails
 */
export async function installPortkey(folder: string, signal: AbortSignal): Promise<string> {
	const home = path.join(folder, `portkey-${portkeyVersion}-${overrides['@hono/node-server']}`);
	const program = path.join(home, 'node_modules/@portkey-ai/gateway/build/start-server.js');
	if (existsSync(home)) return program;
	console.log(`Installs Portkey's gateway ${portkeyVersion} from npm's registry (25 MB, once).`);
	mkdirSync(folder, { recursive: true });
	const part = await mkdtemp(`${home}.part-`);
	try {
		const dependencies = { '@portkey-ai/gateway': portkeyVersion };
		writeFileSync(path.join(part, 'package.json'), JSON.stringify({ private: true, dependencies, overrides }));
		await runCommand({
			file: 'npm',
			args: ['install', '--ignore-scripts', '--omit=dev', '--no-audit', '--no-fund'],
			cwd: part,
			env: process.env,
			log: `${home}.log`,
			signal,
		});
		renameSync(part, home);
	} finally {
		await rm(part, { recursive: true, force: true });
	}
	return program;
}
