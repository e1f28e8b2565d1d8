import { dirname } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { messageOf } from '../../domain/apiError.ts';
import { OperatorError } from '../../domain/operatorError.ts';
import { checkRoom, makeFile } from './newFile.ts';

/** How long a copy waits for another process's lock, in milliseconds. Reading hardly ever waits. */
const busyTimeoutMs = 10_000;

function openToRead(file: string): DatabaseSync {
	const connection = new DatabaseSync(file, { readOnly: true });
	connection.exec(`pragma busy_timeout = ${busyTimeoutMs}`);
	return connection;
}

function numberOf(connection: DatabaseSync, pragma: string): number {
	return Number(Object.values(connection.prepare(`pragma ${pragma}`).get() ?? {})[0]);
}

/** How many bytes of the file have data in them. */
function usedBytes(connection: DatabaseSync): number {
	const pages = numberOf(connection, 'page_count') - numberOf(connection, 'freelist_count');
	return pages * numberOf(connection, 'page_size');
}

/**
 * Writes one state of a SQLite database into an empty file, however much is written to the database meanwhile. Throws
 * OperatorError if there is no room for it.
 */
export function vacuumInto(from: string, part: string, purpose: string): void {
	const source = openToRead(from);
	try {
		checkRoom(dirname(part), usedBytes(source), purpose);
		source.prepare('vacuum into ?').run(part);
	} finally {
		source.close();
	}
}

/** The same, to a file that does not exist yet. Throws OperatorError if it exists or cannot be written. */
export async function copySqliteFile(from: string, to: string, purpose: string): Promise<void> {
	await makeFile(to, (part) => vacuumInto(from, part, purpose));
}

function problemsIn(file: string): string[] {
	try {
		const connection = openToRead(file);
		try {
			const rows = connection.prepare('pragma integrity_check(1)').all();
			const orphans = connection.prepare('pragma foreign_key_check').all();
			const problems = rows.map((row) => String(Object.values(row)[0])).filter((text) => text !== 'ok');
			return orphans.length === 0 ? problems : [...problems, `${orphans.length} rows refer to rows that are missing`];
		} finally {
			connection.close();
		}
	} catch (error) {
		return [messageOf(error)];
	}
}

/** Throws OperatorError if a file is no SQLite database, or if a part of it is damaged. */
export function checkSqliteFile(file: string): void {
	const problem = problemsIn(file)[0];
	if (problem !== undefined)
		throw new OperatorError(`${file} is not a whole database: ${problem}. Use another backup.`);
}
