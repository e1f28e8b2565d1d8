import { makePrivate } from './fileModes.ts';
import type { Dialect } from './dialect.ts';
import { openPostgres } from './postgres.ts';
import { locationOf, waitForPostgres } from './postgresStart.ts';
import { openSqlite } from './sqlite.ts';

export type DatabaseOptions = {
	/** The file of a SQLite database, for which `url` is undefined. */
	file: string;
	/** The address of a PostgreSQL database. */
	url: string | undefined;
	/** How many connections to PostgreSQL there may be. */
	poolSize: number;
	/** How long to wait for PostgreSQL to be there, in milliseconds. */
	waitMs: number;
	/** Called once if it is not there at once. */
	onWait: (error: unknown) => void;
	/** How long a write waits for another process's lock, in milliseconds. */
	busyTimeoutMs: number;
};

/** An open database, where it is (without user and password), and what the operator should know, one line each. */
export type OpenDatabase = { database: Dialect; location: string; warnings: string[] };

/** Opens the database. Throws the database's error if it cannot be used. */
export async function openDatabase(options: DatabaseOptions): Promise<OpenDatabase> {
	const { file, url, poolSize, busyTimeoutMs, waitMs, onWait } = options;
	if (url === undefined) {
		const warnings = makePrivate(file);
		return { database: openSqlite(file, busyTimeoutMs), location: file, warnings };
	}
	const database = await openPostgres(url, poolSize, busyTimeoutMs);
	try {
		await waitForPostgres(database.writer, waitMs, onWait);
	} catch (error) {
		await database.close();
		throw error;
	}
	return { database, location: locationOf(url), warnings: [] };
}
