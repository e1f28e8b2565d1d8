import type { Result, Statement } from './connection.ts';
import type { Deferring } from './executeLater.ts';
import type { SqliteThread } from './thread.ts';

/** The statements of a transaction with one savepoint at a time. */
export const statements = {
	begin: 'begin immediate',
	commit: 'commit',
	rollback: 'rollback',
	savepoint: 'savepoint job',
	release: 'release job',
	rollbackToSavepoint: 'rollback to job',
};

/**
 * Where the writer keeps what takes a statement back. SQLite's default is a file: the statement that stores a log, which has
 * a trigger, then takes twice as long. A change of the schema sorts whole tables there, which may not fit in memory.
 */
export const temporaryStorage = { memory: 'pragma temp_store = memory', file: 'pragma temp_store = file' };

/** How long the texts of deferred statements may be, in UTF-16 code units: memory, and the time to copy them. */
const maxDeferredLength = 256 * 1024;

function lengthOf({ parameters }: Statement): number {
	return parameters.reduce<number>((sum, value) => sum + (typeof value === 'string' ? value.length : 0), 0);
}

/** A failure of a statement that the work of the transaction did not wait for. */
type DeferredFailure = Error & { deferred: 'begin' | 'other' };

/** Marks the error of a batch if it is of a statement that was deferred. `isAwaited`: somebody waits for the last one. */
function markDeferred(error: unknown, batch: Statement[], isAwaited: boolean): error is DeferredFailure {
	if (!(error instanceof Error && 'failedAt' in error)) return false;
	const failedAt = Number(error.failedAt);
	if (isAwaited && failedAt === batch.length - 1) return false;
	Object.assign(error, { deferred: batch[failedAt]?.sql === statements.begin ? 'begin' : 'other' });
	return true;
}

/** See `Dialect`. */
export function deferredFailure(error: unknown): 'begin' | 'other' | undefined {
	return error instanceof Error && 'deferred' in error ? (error as DeferredFailure).deferred : undefined;
}

/**
 * Executes the statements of one transaction on a thread. Those that can wait are sent together with a later one: the way to
 * the thread and back takes longer than most of them. If one of them fails, it is too late to take back what belongs to
 * it alone. So from then on all statements fail, until the transaction is rolled back.
 */
class DeferringExecutor implements Deferring {
	readonly #thread: SqliteThread;
	#deferred: Statement[];
	#deferredLength = 0;
	/** Where among the deferred statements the savepoint is, if it was not sent yet. */
	#savepointAt: number | undefined;
	#failed: Error | undefined;

	constructor(thread: SqliteThread, first: Statement[]) {
		this.#thread = thread;
		this.#deferred = first;
	}

	/** Executes the statement and those that were deferred. */
	async execute(statement: Statement): Promise<Result> {
		const { sql } = statement;
		if (sql === statements.rollback) {
			const begin = this.#deferred.findIndex((deferred) => deferred.sql === statements.begin);
			const before = this.#deferred.slice(0, Math.max(begin, 0));
			this.#forget();
			if (begin !== -1) {
				// The transaction has not begun. What comes before it is for the thread, whose settings are taken as set.
				this.#deferred = before;
				return before.length > 0 ? this.#send() : { rows: [] };
			}
		}
		if (this.#failed !== undefined) throw this.#failed;
		const isDone = sql === statements.begin || this.#moveSavepoint(sql);
		if (sql === statements.begin) this.#deferred.push(statement);
		return isDone ? { rows: [] } : this.#send(statement);
	}

	/** Executes the statement together with a later one. If there are too many of them, it is executed now. */
	defer(statement: Statement): Promise<unknown> | undefined {
		if (this.#failed !== undefined) return Promise.reject(this.#failed);
		this.#deferred.push(statement);
		this.#deferredLength += lengthOf(statement);
		return this.#deferredLength > maxDeferredLength ? this.#send() : undefined;
	}

	/** Carries out a statement about the savepoint, if it is about deferred statements only. */
	#moveSavepoint(sql: string): boolean {
		if (sql === statements.savepoint) {
			this.#savepointAt = this.#deferred.length;
			return true;
		}
		if (sql === statements.release) {
			// Nothing was sent since the savepoint: nobody needs it.
			if (this.#savepointAt === undefined) this.#deferred.push({ sql, parameters: [] });
			this.#savepointAt = undefined;
			return true;
		}
		if (sql !== statements.rollbackToSavepoint || this.#savepointAt === undefined) return false;
		this.#deferred.length = this.#savepointAt;
		return true;
	}

	async #send(last?: Statement): Promise<Result> {
		const batch = last === undefined ? this.#deferred : [...this.#deferred, last];
		if (this.#savepointAt !== undefined) {
			batch.splice(this.#savepointAt, 0, { sql: statements.savepoint, parameters: [] });
			this.#savepointAt = undefined;
		}
		this.#deferred = [];
		this.#deferredLength = 0;
		try {
			return await this.#thread.execute(batch);
		} catch (error) {
			if (markDeferred(error, batch, last !== undefined)) this.#failed = error;
			throw error;
		}
	}

	#forget(): void {
		this.#deferred = [];
		this.#deferredLength = 0;
		this.#savepointAt = undefined;
		this.#failed = undefined;
	}
}

/** The thread that writes. One that was lost is replaced for the next caller; the caller that had it gets errors only. */
export class SqliteWriter {
	/** How long the statements of the next callers wait for another process's lock, in milliseconds. */
	busyTimeoutMs: number;
	readonly #start: () => SqliteThread;
	readonly #initialTimeoutMs: number;
	#thread: SqliteThread | undefined;
	#threadTimeoutMs = 0;
	#isClosed = false;

	/** `start` starts a thread with that time-out. */
	constructor(start: () => SqliteThread, busyTimeoutMs: number) {
		this.#start = start;
		this.#initialTimeoutMs = busyTimeoutMs;
		this.busyTimeoutMs = busyTimeoutMs;
	}

	/** An executor for one transaction. */
	acquire(): Deferring {
		if (this.#isClosed) throw new Error('The database is closed.');
		const first: Statement[] = [];
		if (this.#thread === undefined || this.#thread.isLost) {
			this.#thread = this.#start();
			this.#threadTimeoutMs = this.#initialTimeoutMs;
			first.push({ sql: temporaryStorage.memory, parameters: [] });
		}
		if (this.#threadTimeoutMs !== this.busyTimeoutMs) {
			this.#threadTimeoutMs = this.busyTimeoutMs;
			first.push({ sql: `pragma busy_timeout = ${this.busyTimeoutMs}`, parameters: [] });
		}
		return new DeferringExecutor(this.#thread, first);
	}

	async close(): Promise<void> {
		this.#isClosed = true;
		await this.#thread?.close();
	}
}
