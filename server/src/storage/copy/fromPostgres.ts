import { dirname } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { type Kysely, sql } from 'kysely';
import { OperatorError } from '../../domain/operatorError.ts';
import type { Dialect } from '../dialect.ts';
import { migrate, migrationState } from '../migrations.ts';
import { openSqlite } from '../sqlite.ts';
import { checkCopy, type Checksum, checksumsOf, RowSum } from './checksums.ts';
import { checkRoom, makeFile } from './newFile.ts';
import { insertRows, postgresRows, type ReadRows, sqliteRows } from './rows.ts';
import { checkSqliteFile } from './sqliteFile.ts';
import { type Table, tablesIn } from './tables.ts';

/** Reads from a file that nobody writes. */
async function reading<T>(file: string, work: (connection: DatabaseSync) => Promise<T> | T): Promise<T> {
	const connection = new DatabaseSync(file, { readOnly: true });
	try {
		return await work(connection);
	} finally {
		connection.close();
	}
}

/** With a write-ahead log, each reader of the file puts others beside it. */
function makeSelfContained(file: string): void {
	const connection = new DatabaseSync(file);
	connection.exec('pragma journal_mode = delete');
	connection.close();
}

async function insertAll(target: Dialect, tables: Table[], read: ReadRows): Promise<Checksum[]> {
	const plain = target.writer.withoutPlugins() as Kysely<unknown>;
	return plain.connection().execute(async (db) => {
		await sql.raw(target.statements.begin).execute(db);
		// Rows can refer to rows that come later.
		await sql`pragma defer_foreign_keys = on`.execute(db);
		const sums: Checksum[] = [];
		for (const table of tables) {
			const sum = new RowSum();
			await insertRows(db, table, read(table), (row) => sum.add(row));
			sums.push(sum.resultFor(table));
		}
		await sql.raw(target.statements.commit).execute(db);
		return sums;
	});
}

/** Fills an empty file with what a transaction sees. */
async function fill(part: string, source: Dialect, db: Kysely<unknown>): Promise<Checksum[]> {
	const schema = (await migrationState(source, db)).done.at(-1);
	if (schema === undefined)
		throw new OperatorError('The database in DATABASE_URL is empty: there is nothing to back up.');
	const target = openSqlite(part);
	let read: Checksum[];
	try {
		await migrate(target, schema);
		const tables = await reading(part, tablesIn);
		read = await insertAll(target, tables, postgresRows(db));
	} finally {
		await target.close();
	}
	makeSelfContained(part);
	checkSqliteFile(part);
	const written = await reading(part, (connection) => checksumsOf(tablesIn(connection), sqliteRows(connection)));
	checkCopy(read, written);
	return read;
}

/**
 * Copies one state of a PostgreSQL database to a new SQLite file with the same schema, however much is written to the
 * database meanwhile, and compares counts and checksums. Throws OperatorError if the file exists or cannot be written.
 */
export async function copyPostgresToFile(source: Dialect, file: string): Promise<Checksum[]> {
	let checksums: Checksum[] = [];
	await makeFile(file, async (part) => {
		const plain = source.lists().withoutPlugins() as Kysely<unknown>;
		checksums = await plain.connection().execute(async (db) => {
			await sql`begin isolation level repeatable read read only`.execute(db);
			try {
				const { rows } = await sql<{ bytes: number }>`select pg_database_size(current_database()) as bytes`.execute(db);
				checkRoom(dirname(file), rows[0]?.bytes ?? 0, 'The backup');
				return await fill(part, source, db);
			} finally {
				await sql`rollback`.execute(db).catch(() => undefined);
			}
		});
	});
	return checksums;
}
