import { createHash } from 'node:crypto';

/** Pauses between two looks at a lock that another process has, in milliseconds: from the first, doubled up to the last. */
const firstPauseMs = 50;
const lastPauseMs = 200;

/** A lock that a request waits for or has. */
export class KeyLock {
	/** The key of PostgreSQL's advisory lock, a 64-bit number. */
	readonly id: string;
	readonly #onWait: () => void;
	readonly granted = Promise.withResolvers<void>();
	/** Whether its request runs. If the session is lost, it is locked again. */
	isGranted = false;
	/** Whether the session has it. */
	isLocked = false;
	/** When to look next, as a reading of `performance.now()`. */
	dueAt = 0;
	pauseMs = firstPauseMs;
	/** The session that had it at the last look, by process ID. */
	holder: number | undefined;
	#silence: NodeJS.Timeout | undefined;

	constructor(scope: string, key: string, onWait: () => void) {
		this.id = createHash('sha256').update(`${scope} ${key}`).digest().readBigInt64BE().toString();
		this.#onWait = onWait;
	}

	/** Ends the wait with this error when the database has not answered for so many milliseconds. */
	rejectAfter(ms: number, error: () => Error): void {
		this.#silence = setTimeout(() => this.granted.reject(error()), ms);
	}

	/** The database has answered. */
	answered(): void {
		if (!this.isGranted) this.#silence?.refresh();
	}

	stopTimer(): void {
		clearTimeout(this.#silence);
		this.#silence = undefined;
	}

	/** Another session has it. Which one is unknown if it has unlocked it meanwhile: then the one before counts. */
	denied(holder: number | undefined): void {
		this.holder = holder ?? this.holder;
		this.dueAt = performance.now() + this.pauseMs;
		this.pauseMs = Math.min(2 * this.pauseMs, lastPauseMs);
		if (!this.isGranted) this.#onWait();
	}

	/** The session was lost, and the lock with it. */
	lost(): void {
		this.isLocked = false;
		this.holder = undefined;
		this.dueAt = 0;
		this.pauseMs = firstPauseMs;
	}

	grant(): void {
		this.isGranted = true;
		this.granted.resolve();
	}
}
