import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { locationOf } from '../domain/databaseLocation.ts';
import type { Dialect } from './dialect.ts';
import { makePrivate } from './fileModes.ts';
import { openPostgres } from './postgres.ts';
import { waitForPostgres } from './postgresStart.ts';
import { openSqlite } from './sqlite.ts';
import { hasDatabase } from './sqliteFiles.ts';

export type DatabaseSettings = {
	/** The folder of the SQLite file. It is created if it does not exist. */
	dataDir: string;
	/** The address of a PostgreSQL database to use instead of the file. */
	databaseUrl?: string | undefined;
	/** How many connections to PostgreSQL there may be. Default: 10. */
	databasePoolSize?: number;
	/** How long to wait for PostgreSQL to be there, in milliseconds. Default: 30,000. */
	databaseWaitMs?: number;
	/** How long a write waits for another process's lock on the database, in milliseconds. Default: 5,000. */
	busyTimeoutMs?: number;
};

export type OpenDatabase = {
	database: Dialect;
	/** The SQLite file. Undefined for PostgreSQL. */
	file: string | undefined;
	/** Where the database is, without user and password. */
	location: string;
	/** What the operator should know, one line each. */
	warnings: string[];
};

/** The SQLite file in the data folder. */
export function dataFileIn(dataDir: string): string {
	return join(dataDir, 'humanloop.db');
}

/**
 * Opens the database, or creates it. `onWait` is called once if PostgreSQL is not there at once. Throws the database's
 * error if it cannot be used, and OperatorError if a part of it is missing.
 */
export async function openDatabase(
	{ dataDir, databaseUrl, databasePoolSize = 10, databaseWaitMs = 30_000, busyTimeoutMs = 5_000 }: DatabaseSettings,
	onWait: (error: unknown) => void,
): Promise<OpenDatabase> {
	if (databaseUrl === undefined) {
		mkdirSync(dataDir, { recursive: true, mode: 0o700 });
		const file = dataFileIn(dataDir);
		hasDatabase(file);
		const warnings = makePrivate(file);
		return { database: openSqlite(file, busyTimeoutMs), file, location: file, warnings };
	}
	const database = await openPostgres(databaseUrl, databasePoolSize, busyTimeoutMs);
	try {
		await waitForPostgres(database.writer, databaseWaitMs, onWait);
	} catch (error) {
		await database.close();
		throw error;
	}
	return { database, file: undefined, location: locationOf(databaseUrl), warnings: [] };
}
