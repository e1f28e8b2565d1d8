import type { Result, Statement } from './connection.ts';
import type { Executor } from './driver.ts';
import type { SqliteThread } from './thread.ts';

/** Statements whose result nobody needs. If one of them fails, so does what is sent with it. */
const deferrable = new Set(['savepoint job', 'release job']);

/** Executes the statements of one caller on a thread. Those that can wait are sent together with the next one. */
class DeferringExecutor implements Executor {
	readonly #thread: SqliteThread;
	#deferred: Statement[];

	constructor(thread: SqliteThread, first: Statement[]) {
		this.#thread = thread;
		this.#deferred = first;
	}

	async execute(statement: Statement): Promise<Result> {
		if (deferrable.has(statement.sql)) {
			this.#deferred.push(statement);
			return { rows: [] };
		}
		const batch = [...this.#deferred, statement];
		this.#deferred = [];
		return this.#thread.execute(batch);
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
