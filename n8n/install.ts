import { existsSync, mkdirSync, readdirSync, renameSync, statfsSync, writeFileSync } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { homedir } from 'node:os';
import path from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';

import { runCommand } from './command.ts';
import { takeLock } from './lock.ts';
import { withProgress } from './progress.ts';

/** Newer ones need packages that not every registry has. */
export const n8nVersion = '2.41.1';

/** What an installation takes on disk: 2.8 GB measured, and npm's own copies. */
const neededBytes = 5e9;

export interface InstallOptions {
	version?: string;
	/** Stops the installation when it aborts. The next one starts over, and uses what npm has cached. */
	signal?: AbortSignal;
}

/**
 * Provides n8n in a folder outside of the clone, `$XDG_CACHE_HOME` (or `~/.cache`)`/n8n-nodes-humanloop/n8n-<version>`,
 * for all clones on the machine. Takes minutes the first time and nothing after that; says on stdout what it does. The
 * folder gets its name when everything is in it, so one that is there is whole. Of two at once, the second one waits.
 *
 * @returns the folder whose node_modules holds n8n
 * @throws an error that says what is missing and what to do
 */
export async function installN8n({ version = n8nVersion, signal }: InstallOptions = {}): Promise<string> {
	const cache = path.join(process.env.XDG_CACHE_HOME || path.join(homedir(), '.cache'), 'n8n-nodes-humanloop');
	const folder = path.join(cache, `n8n-${version}`);
	if (existsSync(folder)) return folder;

	mkdirSync(cache, { recursive: true });
	const release = await waitForLock(folder, signal);
	try {
		// Another process may have installed it in the meantime.
		if (!existsSync(folder)) await install(folder, version, signal);
		return folder;
	} finally {
		await release();
	}
}

async function waitForLock(folder: string, signal?: AbortSignal): Promise<() => Promise<void>> {
	const held = await takeLock(folder);
	if (held) return held;
	return await withProgress(
		() => 'Another process is installing n8n; waiting for it',
		async () => {
			for (;;) {
				await sleep(1000, undefined, { signal });
				const release = await takeLock(folder);
				if (release) return release;
			}
		},
	);
}

async function install(folder: string, version: string, signal?: AbortSignal): Promise<void> {
	const cache = path.dirname(folder);
	// Left behind by processes that were killed: this one holds the lock, so nobody works in there.
	for (const name of readdirSync(cache)) {
		if (name.startsWith(`${path.basename(folder)}.part-`)) await rm(path.join(cache, name), { recursive: true });
	}
	const { bavail, bsize } = statfsSync(cache);
	if (bavail * bsize < neededBytes) {
		throw new Error(
			`n8n takes up to 5 GB, and ${((bavail * bsize) / 1e9).toFixed(1)} GB are free in ${cache}. Make room, or set XDG_CACHE_HOME to a folder on another disk.`,
		);
	}

	const part = await mkdtemp(`${folder}.part-`);
	const log = `${folder}.log`;
	try {
		writeFileSync(path.join(part, 'package.json'), JSON.stringify({ private: true, dependencies: { n8n: version } }));
		const packages = path.join(part, 'node_modules');
		const unpacked = () => (existsSync(packages) ? `, ${readdirSync(packages).length} folders so far` : '');
		console.log(
			`n8n ${version} is not on this machine yet: it comes from npm's registry into ${folder} (2.8 GB, about 5 minutes, once).`,
		);
		await withProgress(
			() => `  1/2 npm installs n8n${unpacked()}`,
			// All of n8n's packages, with the scripts of none: one of them compiles what it fetches from a third host, and n8n does without.
			async () =>
				await npm(['install', '--ignore-scripts', '--omit=dev', '--no-audit', '--no-fund'], part, log, signal),
		);
		await withProgress(
			() => '  2/2 npm builds sqlite3, the database',
			async () => {
				await npm(['rebuild', 'sqlite3', '--ignore-scripts=false', '--foreground-scripts'], part, log, signal);
				await runCommand({
					file: process.execPath,
					args: ['--eval', "require('sqlite3')"],
					cwd: part,
					env: process.env,
					log,
					signal,
				});
			},
		);
		renameSync(part, folder);
		await rm(log);
	} catch (error) {
		signal?.throwIfAborted();
		throw new Error(`n8n could not be installed. ${adviceOn(String(error), cache)}\n${(error as Error).message}`, {
			cause: error,
		});
	} finally {
		await rm(part, { recursive: true, force: true });
	}
}

/** Runs npm on the Node.js that runs this. */
async function npm(args: string[], cwd: string, log: string, signal?: AbortSignal): Promise<void> {
	const env = { ...process.env, PATH: `${path.dirname(process.execPath)}${path.delimiter}${process.env.PATH}` };
	await runCommand({ file: 'npm', args, cwd, env, log, signal });
}

function adviceOn(failure: string, cache: string): string {
	if (/ENOSPC/.test(failure)) return `The disk is full: make room, or set XDG_CACHE_HOME to a folder on another disk.`;
	if (/rebuild sqlite3|require\('sqlite3'\)/.test(failure)) {
		return `sqlite3 is compiled where its prebuilt binary cannot be fetched, which takes a C++ compiler, make and Python (Debian: apt-get install build-essential python3).`;
	}
	if (/EACCES|EPERM/.test(failure))
		return `A folder cannot be written: see below which, or set XDG_CACHE_HOME to one that can instead of ${cache}.`;
	if (/ETARGET|E404|notarget/.test(failure))
		return `The registry that npm asks lacks a package; 'npm config get registry' says which one it is.`;
	if (/ENOTFOUND|EAI_AGAIN|ECONNREFUSED|ECONNRESET|ETIMEDOUT|ENETUNREACH|ERR_SOCKET_TIMEOUT/.test(failure)) {
		return `npm cannot reach its registry: check the network, and the proxy if there is one ('npm config get registry proxy'), and try again.`;
	}
	if (/ENOENT/.test(failure)) return `npm was not found: it comes with Node.js.`;
	return `What npm said:`;
}
