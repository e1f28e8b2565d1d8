import { DatabaseSync, type SQLInputValue, type StatementSync } from 'node:sqlite';
import { Kysely, sql, SqliteDialect, SqliteQueryCompiler } from 'kysely';
import type { Dialect } from './dialect.ts';
import { camelCase, toSnakeCase, toStored } from './names.ts';
import type { Database, Tables } from './tables.ts';

/** How many statements stay prepared. Beyond that, all are dropped. */
const maxPrepared = 200;

/** Node's own SQLite module with the interface of better-sqlite3, which Kysely's dialect expects. */
function adapt(connection: DatabaseSync) {
	const prepared = new Map<string, ReturnType<typeof adaptStatement>>();
	return {
		close: () => connection.close(),
		prepare(text: string) {
			let statement = prepared.get(text);
			if (statement === undefined) {
				if (prepared.size >= maxPrepared) prepared.clear();
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

/** Converts the names in a statement when it is compiled. */
class SnakeCaseCompiler extends SqliteQueryCompiler {
	protected override sanitizeIdentifier(identifier: string): string {
		return super.sanitizeIdentifier(toSnakeCase(identifier));
	}

	protected override addParameter(parameter: unknown): void {
		super.addParameter(toStored(parameter));
	}
}

class SnakeCaseDialect extends SqliteDialect {
	override createQueryCompiler() {
		return new SnakeCaseCompiler();
	}
}

type Json = string | number | boolean | null | Json[] | { [name: string]: Json };

function hasValueWith(json: Json, text: string): boolean {
	if (json === null) return false;
	if (typeof json === 'object') return Object.values(json).some((inner) => hasValueWith(inner, text));
	return String(json).toLowerCase().includes(text);
}

/**
 * The SQL function `mentions`: 1 if `text` contains `part`, or if a value of the JSON in `inputs` does, otherwise 0. Names
 * and punctuation of the JSON do not count. `part` is in lower case. SQLite's own lower() only knows A to Z.
 */
function mentions(inputs: unknown, text: unknown, part: unknown): number {
	const sought = String(part);
	if (typeof text === 'string' && text.toLowerCase().includes(sought)) return 1;
	if (typeof inputs !== 'string') return 0;
	// Parsing JSON takes much longer than searching its text, which rules out most logs.
	const asJson = JSON.stringify(sought).slice(1, -1);
	return inputs.toLowerCase().includes(asJson) && hasValueWith(JSON.parse(inputs) as Json, sought) ? 1 : 0;
}

/**
 * SQLite's codes of failures that can pass: BUSY, LOCKED, READONLY, INTERRUPT, IOERR, FULL, CANTOPEN, PROTOCOL. NOMEM is
 * not one of them: a row that is always too large for the memory would be tried forever, and stop all new calls.
 */
const temporary = new Set([5, 6, 8, 9, 10, 13, 14, 15]);

function isTemporary(error: unknown): boolean {
	// The lowest byte of an extended code is the primary one.
	return error instanceof Error && 'errcode' in error && temporary.has(Number(error.errcode) & 0xff);
}

/** How long a transaction without patience waits for a lock, in milliseconds. Nothing else happens meanwhile. */
const shortBusyTimeoutMs = 50;

function connect(file: string, busyTimeoutMs: number) {
	const connection = new DatabaseSync(file);
	// FULL: when a commit returns, it is on the disk, even if the machine loses power at that moment.
	connection.exec(`
    pragma busy_timeout = ${busyTimeoutMs};
    pragma journal_mode = wal;
    pragma synchronous = full;
    pragma foreign_keys = on;
  `);
	connection.function('mentions', { deterministic: true }, mentions);
	// SQLite opens a read-only file without an error. This fails now instead of at the first log.
	connection.exec('begin immediate; create table probe (x); rollback');
	const database: Database = new Kysely<Tables>({
		dialect: new SnakeCaseDialect({ database: adapt(connection) }),
		plugins: [camelCase],
	});
	return { connection, database };
}

/**
 * Opens the database file, or creates it. A statement waits at most `busyTimeoutMs` milliseconds for another process's
 * lock. Throws SQLite's error if the file cannot be opened or written.
 */
export function openSqlite(file: string, busyTimeoutMs = 5_000): Dialect {
	const { connection, database: writer } = connect(file, busyTimeoutMs);
	const { connection: readConnection, database: reader } = connect(file, busyTimeoutMs);
	return {
		name: 'sqlite',
		reader,
		lists: () => reader,
		writer,
		async close() {
			await reader.destroy();
			await writer.destroy();
			// Kysely closes only what it has used, and an open connection leaves files beside the database.
			for (const open of [readConnection, connection]) if (open.isOpen) open.close();
		},
		isTemporary,
		isConflict: () => false,
		isOutcomeUnknown: () => false,
		setPatience(isPatient) {
			connection.exec(
				`pragma busy_timeout = ${isPatient ? busyTimeoutMs : Math.min(busyTimeoutMs, shortBusyTimeoutMs)}`,
			);
		},
		statements: {
			begin: 'begin immediate',
			commit: 'commit',
			rollback: 'rollback',
			savepoint: 'savepoint job',
			release: 'release job',
			rollbackToSavepoint: 'rollback to job',
		},
		currentSchema: async () => undefined,
		// A transaction excludes all others from its beginning.
		lockSchema: async () => undefined,
		lockLog: async () => undefined,
		logContains: (text) => sql<boolean>`mentions(inputs, output, ${text.toLowerCase()})`,
		// SQLite runs in this process: nothing else happens while it reads.
		logsPerSearch: 500,
		projectNameContains: (text) => sql<boolean>`mentions(null, name, ${text.toLowerCase()})`,
		isOfProjectWithoutIndex: (projectId) => sql<boolean>`project_id || '' = ${projectId}`,
	};
}
