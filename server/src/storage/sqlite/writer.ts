import type { Result, Statement } from './connection.ts';
import type { Executor } from './driver.ts';
import type { SqliteThread } from './thread.ts';

/** Further statements whose result nobody needs. */
const deferrable = new Set(['savepoint job', 'release job']);

/** How long the texts of deferred statements may be, in UTF-16 code units: memory, and the time to copy them. */
const maxDeferredLength = 256 * 1024;

function lengthOf({ parameters }: Statement): number {
	return parameters.reduce<number>((sum, value) => sum + (typeof value === 'string' ? value.length : 0), 0);
}

function failedEarly(error: unknown, batch: Statement[]): boolean {
	return error instanceof Error && 'failedAt' in error && error.failedAt !== batch.length - 1;
}

/**
 * Executes the statements of one caller on a thread. Those that can wait are sent together with the next one: the way to
 * the thread and back takes longer than most of them. If one of them fails, it is too late to take back what belongs to
 * it alone. So from then on all statements fail, until the transaction is rolled back.
 */
class DeferringExecutor implements Executor {
	readonly #thread: SqliteThread;
	#deferred: Statement[];
	#deferredLength = 0;
	#failed: { error: unknown } | undefined;

	constructor(thread: SqliteThread, first: Statement[]) {
		this.#thread = thread;
		this.#deferred = first;
	}

	async execute(statement: Statement, isForLater: boolean): Promise<Result> {
		if (statement.sql === 'rollback') this.#forget();
		if (this.#failed !== undefined) throw this.#failed.error;
		if (isForLater || deferrable.has(statement.sql)) {
			this.#deferredLength += lengthOf(statement);
			if (this.#deferredLength <= maxDeferredLength) {
				this.#deferred.push(statement);
				return { rows: [] };
			}
		}
		return this.#send(statement);
	}

	async #send(statement: Statement): Promise<Result> {
		const batch = [...this.#deferred, statement];
		this.#deferred = [];
		this.#deferredLength = 0;
		try {
			return await this.#thread.execute(batch);
		} catch (error) {
			if (failedEarly(error, batch)) this.#failed = { error };
			throw error;
		}
	}

	#forget(): void {
		this.#deferred = [];
		this.#deferredLength = 0;
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

	acquire(): Executor {
		if (this.#isClosed) throw new Error('The database is closed.');
		if (this.#thread === undefined || this.#thread.isLost) {
			this.#thread = this.#start();
			this.#threadTimeoutMs = this.#initialTimeoutMs;
		}
		if (this.#threadTimeoutMs === this.busyTimeoutMs) return new DeferringExecutor(this.#thread, []);
		this.#threadTimeoutMs = this.busyTimeoutMs;
		const setTimeout = { sql: `pragma busy_timeout = ${this.busyTimeoutMs}`, parameters: [] };
		return new DeferringExecutor(this.#thread, [setTimeout]);
	}

	async close(): Promise<void> {
		this.#isClosed = true;
		await this.#thread?.close();
	}
}
