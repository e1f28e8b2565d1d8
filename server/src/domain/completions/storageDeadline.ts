import { ApiError } from '../apiError.ts';
import type { Waiters } from '../idempotency/waiters.ts';
import type { PaidCommits } from './paidCommits.ts';
import { startTimer } from './timer.ts';

/** When a caller may ask again for a response that is not stored yet, in milliseconds. */
const retryMs = 5_000;

/** Until when a request waits, as a reading of `performance.now()`, and its Idempotency-Key. */
type Waiting = { deadline: number; key: string | undefined };

/**
 * Ends a request's wait for a response that is there and cannot be stored yet. At its deadline, `passed` is rejected with
 * a 503. `watch` says for which call the request waits.
 */
export class StorageDeadline {
	readonly #context: Waiting;
	readonly #commits: PaidCommits;
	readonly #passed = Promise.withResolvers<never>();
	#cancelTimer = () => {};
	hasPassed = false;

	constructor(context: Waiting, commits: PaidCommits) {
		this.#context = context;
		this.#commits = commits;
		this.#passed.promise.catch(() => undefined);
	}

	get passed(): Promise<never> {
		return this.#passed.promise;
	}

	watch(waiters: Waiters): void {
		void waiters.responseHeld.then(() => {
			const { deadline } = this.#context;
			this.#cancelTimer = startTimer(deadline - performance.now(), () => this.#pass());
		});
	}

	stop(): void {
		this.#cancelTimer();
	}

	#pass(): void {
		this.hasPassed = true;
		const reason = this.#commits.problem ?? 'it is being stored';
		const advice =
			this.#context.key === undefined
				? 'Only a call with an Idempotency-Key can get it later.'
				: 'Send the same request with the same Idempotency-Key again to get it.';
		const message = `The model has responded, but the response is not stored yet: ${reason}. ${advice}`;
		this.#passed.reject(new ApiError(503, message, { retryAfterMs: retryMs }));
	}
}
