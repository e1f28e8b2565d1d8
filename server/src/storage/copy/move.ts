import { existsSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { messageOf } from '../../domain/apiError.ts';
import { OperatorError } from '../../domain/operatorError.ts';
import type { Dialect } from '../dialect.ts';
import { migrate } from '../migrations.ts';
import { openSqlite } from '../sqlite.ts';
import { copySqliteFile, checkSqliteFile } from './sqliteFile.ts';
import { type Copy, copyToPostgres } from './toPostgres.ts';

/** Opens a file that no other process has open, and keeps others away from it. Throws OperatorError if one has. */
function openAlone(file: string): DatabaseSync {
	const connection = new DatabaseSync(file);
	try {
		connection.exec('pragma locking_mode = exclusive; begin exclusive');
		return connection;
	} catch (error) {
		connection.close();
		throw new OperatorError(
			`${file} cannot be had alone (${messageOf(error)}). Stop the server that uses it, so that nothing is written there that is not moved.`,
		);
	}
}

/** Throws OperatorError if another process has the file open. */
export function checkAlone(file: string): void {
	openAlone(file).close();
}

/**
 * Copies all rows of a SQLite file with the newest schema into a PostgreSQL database. Throws OperatorError if a server has
 * the file open, or if the database has other rows. The file stays as it is.
 */
export async function moveToPostgres(file: string, target: Dialect): Promise<Copy> {
	const source = openAlone(file);
	try {
		return await copyToPostgres(source, target);
	} finally {
		source.close();
	}
}

/** The same with a backup, which can have an earlier schema. It is not changed: what is migrated is a copy of it. */
export async function restoreToPostgres(backup: string, target: Dialect): Promise<Copy> {
	if (!existsSync(backup)) throw new OperatorError(`There is no file ${backup}.`);
	checkSqliteFile(backup);
	const folder = mkdtempSync(join(tmpdir(), 'humanloop-restore-'));
	try {
		const file = join(folder, 'restore.db');
		await copySqliteFile(backup, file, 'The restore');
		const copy = openSqlite(file);
		try {
			await migrate(copy);
		} finally {
			await copy.close();
		}
		return await moveToPostgres(file, target);
	} finally {
		rmSync(folder, { recursive: true });
	}
}
