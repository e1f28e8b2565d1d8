import { setTimeout as pause } from 'node:timers/promises';
import { ApiError, StoreUnavailable } from '../apiError.ts';

/** The pause before the first repeat of a commit, in milliseconds. It doubles up to the longest. */
const firstPauseMs = 100;
const longestPauseMs = 5_000;

type Report = (message: string, error?: unknown) => void;

/**
 * Commits what a provider was paid for. If the database cannot be written, it is kept in memory and committed again until
 * that succeeds: throwing it away would mean to pay for it again.
 */
export class PaidCommits {
	/** Tells the operator what cannot be stored. */
	readonly report: Report;
	readonly #closing = new AbortController();
	#held = 0;
	#lost = 0;
	#reason = '';
	#pauseMs = firstPauseMs;
	#nextTry: Promise<void> | undefined;

	constructor(report: Report) {
		this.report = report;
	}

	/** Why commits fail, or undefined. As long as they fail, no new call may be paid for: memory is finite. */
	get problem(): string | undefined {
		return this.#held === 0 ? undefined : this.#reason;
	}

	/** How many paid responses wait to be committed. */
	get held(): number {
		return this.#held;
	}

	/**
	 * Commits. Calls `onHeld` if that fails with an error that may pass. Throws an error that stays, or a 503 if the server
	 * closes and the last attempt failed.
	 */
	async commit<T>(write: () => Promise<T>, onHeld: () => void): Promise<T> {
		try {
			return await write();
		} catch (error) {
			if (!(error instanceof StoreUnavailable)) throw error;
			if (this.#held === 0) this.report('answers cannot be stored; no new calls until they are', error);
			this.#reason = error.reason;
			this.#held += 1;
			onHeld();
		}
		try {
			return await this.#commitAgain(write);
		} finally {
			this.#held -= 1;
			if (this.#held === 0) {
				this.#pauseMs = firstPauseMs;
				this.report('no answer waits to be stored any more');
			}
		}
	}

	/** The server closes: what is held is tried once more, now. */
	close(): void {
		this.#closing.abort();
	}

	/** Reports how many answers were lost because the server closed. */
	reportLost(): void {
		if (this.#lost > 0) this.report(`${this.#lost} paid answers could not be stored and are lost: ${this.#reason}`);
	}

	async #commitAgain<T>(write: () => Promise<T>): Promise<T> {
		for (;;) {
			await this.#pause();
			const isLast = this.#closing.signal.aborted;
			try {
				return await write();
			} catch (error) {
				if (!(error instanceof StoreUnavailable)) throw error;
				this.#reason = error.reason;
				if (!isLast) continue;
				this.#lost += 1;
				throw new ApiError(503, `The server closes, and the response could not be stored: ${error.reason}.`);
			}
		}
	}

	/** All that is held waits for the same moment, so that one transaction tries it. */
	#pause(): Promise<void> {
		const next = () => {
			this.#nextTry = undefined;
			this.#pauseMs = Math.min(2 * this.#pauseMs, longestPauseMs);
		};
		this.#nextTry ??= pause(this.#pauseMs, undefined, { signal: this.#closing.signal }).then(next, next);
		return this.#nextTry;
	}
}
