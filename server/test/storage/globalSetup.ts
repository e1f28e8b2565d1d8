import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type Cluster, startCluster } from './cluster.ts';
import { createPglite } from './pglite.ts';

/*
 * What all test files of a run share. A file that runs alone makes its own.
 */

let cluster: Cluster | undefined;
let dumpDir: string | undefined;

/** Compiled code, without types. Each file and thread of the tests would otherwise compile the whole server again. */
const compileCache = join(import.meta.dirname, '../../../node_modules/.cache/node-compile');

export async function globalSetup(): Promise<void> {
	process.env['NODE_COMPILE_CACHE'] ??= compileCache;
	if (process.env['TEST_STORAGE'] === 'postgres') {
		cluster = await startCluster();
		process.env['TEST_POSTGRES_ADDRESS'] = cluster.address;
	}
	if (process.env['TEST_STORAGE'] === 'pglite') {
		// To load its files takes a fifth of the time that it takes to make them.
		const engine = await createPglite();
		const dump = await engine.dumpDataDir('none');
		await engine.close();
		dumpDir = mkdtempSync(join(tmpdir(), 'humanloop-pglite-'));
		const file = join(dumpDir, 'dump.tar');
		writeFileSync(file, Buffer.from(await dump.arrayBuffer()));
		process.env['TEST_PGLITE_DUMP'] = file;
	}
}

export async function globalTeardown(): Promise<void> {
	await cluster?.stop();
	if (dumpDir !== undefined) rmSync(dumpDir, { recursive: true, force: true });
}
