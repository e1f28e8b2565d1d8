import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import type { Dialect } from './dialect.ts';
import { makePrivate } from './fileModes.ts';
import { openSqlite } from './sqlite.ts';

export type DatabaseSettings = {
	/** The folder of the SQLite file. It is created if it does not exist. */
	dataDir: string;
	/** How long a write waits for another process's lock on the database, in milliseconds. Default: 5,000. */
	busyTimeoutMs?: number | undefined;
};

/** The SQLite file in the data folder. */
export function dataFileIn(dataDir: string): string {
	return join(dataDir, 'humanloop.db');
}

/** Opens the database, or creates it. `warnings` has lines about what other users of the machine could read before. */
export function openDatabase({ dataDir, busyTimeoutMs }: DatabaseSettings): { database: Dialect; warnings: string[] } {
	mkdirSync(dataDir, { recursive: true, mode: 0o700 });
	const dataFile = dataFileIn(dataDir);
	const warnings = makePrivate(dataFile);
	return { database: openSqlite(dataFile, busyTimeoutMs), warnings };
}
