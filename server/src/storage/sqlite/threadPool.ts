import type { SqliteThread } from './thread.ts';

type Waiter = { resolve: (thread: SqliteThread) => void; reject: (reason: unknown) => void };

function closedError(): Error {
	return new Error('The database is closed.');
}

/** Threads that are started when they are needed, up to a number, and end when they were not needed for a while. */
export class ThreadPool {
	readonly #start: () => SqliteThread;
	readonly #max: number;
	readonly #idleMs: number;
	readonly #busy = new Set<SqliteThread>();
	readonly #idle = new Map<SqliteThread, NodeJS.Timeout>();
	readonly #ending = new Set<Promise<void>>();
	readonly #waiting = new Set<Waiter>();
	#isClosed = false;

	/** A thread that nobody has acquired for `idleMs` milliseconds ends. */
	constructor(start: () => SqliteThread, max: number, idleMs: number) {
		this.#start = start;
		this.#max = max;
		this.#idleMs = idleMs;
	}

	/** Returns a thread for the caller alone. Waits for one if all are busy; throws the signal's reason if it is aborted. */
	async acquire(signal?: AbortSignal): Promise<SqliteThread> {
		if (this.#isClosed) throw closedError();
		signal?.throwIfAborted();
		const thread = this.#takeIdle() ?? (this.#busy.size < this.#max ? this.#start() : undefined);
		if (thread === undefined) return this.#wait(signal);
		this.#busy.add(thread);
		return thread;
	}

	/** Gives a thread back. Nothing may be executed on it any more. */
	release(thread: SqliteThread): void {
		this.#busy.delete(thread);
		const [waiter] = this.#waiting;
		if (waiter === undefined) {
			if (!thread.isLost) this.#idle.set(thread, setTimeout(() => this.#end(thread), this.#idleMs).unref());
			return;
		}
		this.#waiting.delete(waiter);
		const next = thread.isLost ? this.#start() : thread;
		this.#busy.add(next);
		waiter.resolve(next);
	}

	/** Cancels what is executed and what waits. Fulfilled when all threads have ended. */
	async close(): Promise<void> {
		this.#isClosed = true;
		for (const waiter of this.#waiting) waiter.reject(closedError());
		this.#waiting.clear();
		for (const thread of this.#busy) thread.cancel();
		for (const thread of [...this.#busy, ...this.#idle.keys()]) this.#end(thread);
		await Promise.all(this.#ending);
	}

	#takeIdle(): SqliteThread | undefined {
		// The last one: the others may end.
		for (const thread of [...this.#idle.keys()].reverse()) {
			clearTimeout(this.#idle.get(thread));
			this.#idle.delete(thread);
			if (!thread.isLost) return thread;
		}
		return undefined;
	}

	#wait(signal: AbortSignal | undefined): Promise<SqliteThread> {
		const { promise, resolve, reject } = Promise.withResolvers<SqliteThread>();
		const waiter = { resolve, reject };
		this.#waiting.add(waiter);
		const leave = () => {
			if (this.#waiting.delete(waiter)) reject(signal?.reason);
		};
		signal?.addEventListener('abort', leave);
		return promise.finally(() => signal?.removeEventListener('abort', leave));
	}

	#end(thread: SqliteThread): void {
		clearTimeout(this.#idle.get(thread));
		this.#idle.delete(thread);
		const ending = thread.close();
		this.#ending.add(ending);
		void ending.finally(() => this.#ending.delete(ending));
	}
}
