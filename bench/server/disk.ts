import { open, rm } from 'node:fs/promises';
import path from 'node:path';

import { percentile } from './figures.ts';

/** How long the disk takes for 4 kB that must be on it before the next ones are written, in milliseconds. */
export interface SyncTimes {
	p50: number;
	p99: number;
}

/** Writes 200 blocks into a file in the folder, each with fdatasync, and removes the file. */
export async function timeSyncs(folder: string): Promise<SyncTimes> {
	const name = path.join(folder, 'sync-probe');
	const file = await open(name, 'w');
	const block = Buffer.alloc(4096, 1);
	const times: number[] = [];
	for (let index = 0; index < 200; index++) {
		const startedAt = performance.now();
		await file.write(block);
		await file.datasync();
		times.push(performance.now() - startedAt);
	}
	await file.close();
	await rm(name);
	times.sort((a, b) => a - b);
	return { p50: percentile(times, 0.5), p99: percentile(times, 0.99) };
}
