import { availableParallelism } from 'node:os';
import { Kysely, sql, SqliteAdapter, SqliteDialect, SqliteQueryCompiler } from 'kysely';
import { ApiError } from '../domain/apiError.ts';
import type { Dialect } from './dialect.ts';
import { camelCase, toSnakeCase, toStored } from './names.ts';
import { readDirectlyOn } from './prepared.ts';
import { fold } from './search/searchText.ts';
import { SqliteConnection } from './sqlite/connection.ts';
import { type Acquire, type Executor, SqliteDriver } from './sqlite/driver.ts';
import { deferOn } from './sqlite/executeLater.ts';
import { SqliteThread, ThreadLost } from './sqlite/thread.ts';
import { ThreadPool } from './sqlite/threadPool.ts';
import { deferredFailure, SqliteWriter, statements, temporaryStorage } from './sqlite/writer.ts';
import { mergeIndex, untilEmpty } from './sqliteScrub.ts';
import { addTexts, rowsWithText } from './sqliteSearch.ts';
import type { Database, Tables } from './tables.ts';

/** Converts the names in a statement when it is compiled. */
class SnakeCaseCompiler extends SqliteQueryCompiler {
	protected override sanitizeIdentifier(identifier: string): string {
		return super.sanitizeIdentifier(toSnakeCase(identifier));
	}

	protected override addParameter(parameter: unknown): void {
		super.addParameter(toStored(parameter));
	}
}

/** Several connections at once, unlike Kysely's own, which has one. */
class ManyConnections extends SqliteAdapter {
	override get supportsMultipleConnections() {
		return true;
	}
}

class ThreadsDialect extends SqliteDialect {
	readonly #acquire: Acquire;
	readonly #hasMany: boolean;

	constructor(acquire: Acquire, hasMany: boolean) {
		super({ database: () => Promise.reject(new Error('This dialect has a driver of its own.')) });
		this.#acquire = acquire;
		this.#hasMany = hasMany;
	}

	override createDriver() {
		return new SqliteDriver(this.#acquire);
	}

	override createQueryCompiler() {
		return new SnakeCaseCompiler();
	}

	override createAdapter() {
		return this.#hasMany ? new ManyConnections() : new SqliteAdapter();
	}
}

function databaseOn(acquire: Acquire, hasMany: boolean): Database {
	return new Kysely<Tables>({ dialect: new ThreadsDialect(acquire, hasMany), plugins: [camelCase] });
}

/**
 * SQLite's codes of failures that can pass: BUSY, LOCKED, READONLY, INTERRUPT, IOERR, FULL, CANTOPEN, PROTOCOL. NOMEM is
 * not one of them: a row that is always too large for the memory would be tried forever, and stop all new calls.
 */
const temporary = new Set([5, 6, 8, 9, 10, 13, 14, 15]);

function isTemporary(error: unknown): boolean {
	// The same goes for a thread that ran out of memory. A lost thread is replaced.
	if (error instanceof ThreadLost) return !error.isOutOfMemory;
	// The lowest byte of an extended code is the primary one.
	return error instanceof Error && 'errcode' in error && temporary.has(Number(error.errcode) & 0xff);
}

/** How long a transaction without patience waits for a lock, in milliseconds. */
const shortBusyTimeoutMs = 50;

/** Threads for lists: more than the cores would only take turns, and each takes 10 MB and a page cache. */
const maxReaders = Math.min(3, availableParallelism());
/** How long a thread for lists that nobody needs stays, in milliseconds. */
const readerIdleMs = 30_000;

/** What a list throws when its thread has ended. */
function toReadError(error: unknown): unknown {
	if (!(error instanceof ThreadLost)) return error;
	return new ApiError(503, `The server cannot read its database: ${error.message}. Try again in a moment.`, {
		retryAfterMs: 5_000,
	});
}

/** A thread for one statement of a list. */
async function acquireReader(pool: ThreadPool, signal: AbortSignal | undefined): Promise<Executor> {
	const thread = await pool.acquire(signal);
	return {
		execute: (statement) =>
			thread.execute([statement], signal).catch((error: unknown) => Promise.reject(toReadError(error) as Error)),
		release: () => pool.release(thread),
	};
}

/**
 * Opens the database file, or creates it. A statement waits at most `busyTimeoutMs` milliseconds for another process's
 * lock. Throws SQLite's error if the file cannot be opened or written.
 */
export function openSqlite(file: string, busyTimeoutMs = 5_000): Dialect {
	// Looking up a row by its key takes less time than asking another thread to do so.
	const connection = new SqliteConnection(file, busyTimeoutMs);
	connection.checkWritable();
	const reader = databaseOn(() => connection, true);
	readDirectlyOn(reader, (statement) => {
		const row = connection.first(statement);
		return row && camelCase.toCamelCase(row);
	});
	const start = () => new SqliteThread(file, busyTimeoutMs);
	const writer = new SqliteWriter(start, busyTimeoutMs);
	const pool = new ThreadPool(start, maxReaders, readerIdleMs);
	let executor: ReturnType<SqliteWriter['acquire']>;
	const writes = databaseOn(() => (executor = writer.acquire()), false);
	const connectWriter: Dialect['connectWriter'] = (work, defers) =>
		writes.connection().execute((db) => {
			// There is one connection at a time, so this is its executor.
			if (defers) deferOn(db, executor);
			return work(db);
		});
	const emptyWriteAheadLog = async () => {
		writer.busyTimeoutMs = Math.min(busyTimeoutMs, shortBusyTimeoutMs);
		try {
			const { rows } = await sql<{ busy: number }>`pragma wal_checkpoint(truncate)`.execute(writes);
			return rows[0]?.busy === 0;
		} finally {
			writer.busyTimeoutMs = busyTimeoutMs;
		}
	};
	return {
		name: 'sqlite',
		reader,
		lists: (signal) => databaseOn(() => acquireReader(pool, signal), true),
		writer: writes,
		connectWriter,
		maintenance: writes,
		maintenanceSettings: { before: temporaryStorage.file, after: temporaryStorage.memory },
		async close() {
			await pool.close();
			connection.close();
			// The last connection that is closed empties the write-ahead log, which takes time.
			await writer.close();
		},
		isTemporary,
		isConflict: () => false,
		isOutcomeUnknown: (error) => error instanceof ThreadLost,
		setPatience(isPatient) {
			writer.busyTimeoutMs = isPatient ? busyTimeoutMs : Math.min(busyTimeoutMs, shortBusyTimeoutMs);
		},
		deferredFailure,
		statements,
		currentSchema: async () => undefined,
		// A transaction excludes all others from its beginning.
		lockSchema: async () => undefined,
		lockLog: async () => undefined,
		tryLock: async () => true,
		async scrub(write, isThorough, signal) {
			if (isThorough) await mergeIndex(write, signal);
			await untilEmpty(emptyWriteAheadLog, signal);
		},
		logContains: (folded) => sql<boolean>`mentions(inputs, output, ${folded})`,
		valuesContain: (column, folded) => sql<boolean>`mentions(${column}, null, ${folded})`,
		logsPerSearch: 500,
		searchIndex: { add: addTexts, rowsWith: rowsWithText },
		projectNameContains: (text) => sql<boolean>`mentions(null, name, ${fold(text)})`,
	};
}
