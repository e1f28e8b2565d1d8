import { setTimeout as pause } from 'node:timers/promises';
import { ApiError } from '../apiError.ts';
import type { Retry } from '../provider.ts';

/** How many retries a call has in all, however many requests to the provider it consists of. */
const maxRetries = 2;

/** If the provider asks for a longer pause, the caller gets the error instead, so that the call frees its slot. */
const maxPauseMs = 20_000;

/** No model responds faster. A call with less time left is not started. */
const minCallMs = 50;

/** Whether a call that starts after a pause can end before the deadline, a reading of `performance.now()`. */
export function canStart(deadline: number, pauseMs = 0): boolean {
	return performance.now() + pauseMs + minCallMs <= deadline;
}

type RetryLimits = {
	/** When the caller stops waiting, as a reading of `performance.now()`. */
	deadline: number;
	/** The longest pause before the first retry, in milliseconds, if the provider does not name one. It doubles. */
	backoffMs: number;
};

/** The provider's own pause, or a random part of a maximum that doubles, so that calls do not retry all at once. */
function pauseBefore(retry: number, error: ApiError, backoffMs: number): number {
	return error.retryAfterMs ?? Math.random() * backoffMs * 2 ** (retry - 1);
}

/**
 * Repeats what failed with a retryable error. Throws the last error if it is not retryable, if no retry is left, or if
 * another try could not end in time. Throws the reason of the signal if that is aborted during a pause.
 */
export function retries({ deadline, backoffMs }: RetryLimits, signal: AbortSignal): Retry {
	let made = 0;
	return async (attempt) => {
		for (;;) {
			try {
				return await attempt();
			} catch (error) {
				if (!(error instanceof ApiError) || !error.isRetryable || made === maxRetries) throw error;
				const pauseMs = pauseBefore(made + 1, error, backoffMs);
				if (pauseMs > maxPauseMs || !canStart(deadline, pauseMs)) throw error;
				made += 1;
				await pause(pauseMs, undefined, { signal }).catch(() => signal.throwIfAborted());
			}
		}
	};
}
