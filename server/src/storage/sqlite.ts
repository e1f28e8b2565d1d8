import { DatabaseSync, type SQLInputValue, type StatementSync } from 'node:sqlite';
import { CamelCasePlugin, Kysely, SqliteDialect } from 'kysely';
import { mentions } from './search.ts';
import type { Database, Tables } from './tables.ts';

/** Statements are kept prepared; beyond this many different texts, all are let go. */
const preparedLimit = 200;

/** What Kysely's SQLite dialect asks of better-sqlite3, said by Node's own module. */
function adapt(connection: DatabaseSync) {
	const prepared = new Map<string, ReturnType<typeof adaptStatement>>();
	return {
		close: () => connection.close(),
		prepare(text: string) {
			let statement = prepared.get(text);
			if (statement === undefined) {
				if (prepared.size >= preparedLimit) prepared.clear();
				statement = adaptStatement(connection.prepare(text));
				prepared.set(text, statement);
			}
			return statement;
		},
	};
}

function adaptStatement(statement: StatementSync) {
	return {
		reader: statement.columns().length > 0,
		all: (values: readonly unknown[]) => statement.all(...(values as SQLInputValue[])),
		run: (values: readonly unknown[]) => statement.run(...(values as SQLInputValue[])),
		iterate: (values: readonly unknown[]) =>
			statement.iterate(...(values as SQLInputValue[])) as IterableIterator<unknown>,
	};
}

function connect(file: string): Database {
	const connection = new DatabaseSync(file);
	// FULL: a commit is on the disk when it returns, also when the machine loses its power the moment after.
	connection.exec(`
    pragma busy_timeout = 5000;
    pragma journal_mode = wal;
    pragma synchronous = full;
    pragma foreign_keys = on;
  `);
	connection.function('mentions', { deterministic: true }, mentions);
	// A file that may not be written opens all the same; this fails now rather than at the first log.
	connection.exec('begin immediate; create table probe (x); rollback');
	return new Kysely<Tables>({
		dialect: new SqliteDialect({ database: adapt(connection) }),
		plugins: [new CamelCasePlugin({ maintainNestedObjectKeys: true })],
	});
}

/**
 * Opens (or makes) the database file. Two connections: reads see what is committed and never what a transaction in
 * progress has written. Throws what SQLite throws when the file cannot be opened or written.
 */
export function openSqlite(file: string): { reader: Database; writer: Database; close(): Promise<void> } {
	const writer = connect(file);
	const reader = connect(file);
	return {
		reader,
		writer,
		async close() {
			await reader.destroy();
			await writer.destroy();
		},
	};
}
