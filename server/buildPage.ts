import { existsSync, globSync, statSync } from 'node:fs';
import { rename, rm } from 'node:fs/promises';
import path from 'node:path';
import { build } from 'vite';

/*
 * Builds the page in src/web/ into dist-page/, which the server serves:
 *
 *   node buildPage.ts               builds it
 *   node buildPage.ts --if-needed   builds it if it is missing or older than its sources
 */
const folder = import.meta.dirname;
const target = path.join(folder, 'dist-page');

/** Whether the page is built, and nothing that it is built from has changed since. */
function isCurrent(): boolean {
	const built = path.join(target, 'index.html');
	if (!existsSync(built)) return false;
	const builtAt = statSync(built).mtimeMs;
	const sources = ['vite.config.ts', 'package.json', ...globSync('src/web/**/*.*', { cwd: folder })];
	return sources.every((file) => statSync(path.join(folder, file)).mtimeMs <= builtAt);
}

/** Builds beside the target and renames, so that a server that runs never serves half of a page. */
async function buildPage(): Promise<void> {
	const outDir = `${target}.${process.pid}`;
	const old = `${outDir}.old`;
	try {
		await build({ configFile: path.join(folder, 'vite.config.ts'), logLevel: 'warn', build: { outDir } });
		if (existsSync(target)) await rename(target, old);
		await rename(outDir, target);
	} finally {
		await rm(outDir, { recursive: true, force: true });
		await rm(old, { recursive: true, force: true });
	}
}

if (!process.argv.includes('--if-needed')) {
	await buildPage();
} else if (!isCurrent()) {
	console.log('Building the page: a few seconds, once after each change of its sources …');
	await buildPage();
}
