import { setTimeout as pause } from 'node:timers/promises';
import { ApiError } from './apiError.ts';
import { canBegin } from './deadline.ts';
import type { Retry } from './provider.ts';

/** The most retries of one completion call, over all its requests to the provider. */
const mostRetries = 2;

/** Longer waits are passed on to the caller: a call that waits counts as in flight. */
const longestPauseMs = 20_000;

export type RetryLimits = {
	/** When the caller stops waiting, as a reading of `performance.now()`. */
	deadline: number;
	/** The longest pause before the first retry if the provider names none, in milliseconds. It doubles with each retry. */
	backoffMs: number;
};

/** The provider's own wait, or a random part of a limit that doubles: calls that failed together spread out. */
function pauseBefore(retry: number, error: ApiError, backoffMs: number): number {
	return error.retryAfterMs ?? Math.random() * backoffMs * 2 ** (retry - 1);
}

/**
 * Retries what failed temporarily. Throws the last error if it is final, if no retries are left or if the next one could
 * not end in time; or what the signal was aborted with.
 */
export function retries({ deadline, backoffMs }: RetryLimits, signal: AbortSignal): Retry {
	let made = 0;
	return async (ask) => {
		for (;;) {
			try {
				return await ask();
			} catch (error) {
				if (!(error instanceof ApiError) || !error.isTransient || made === mostRetries) throw error;
				const pauseMs = pauseBefore(made + 1, error, backoffMs);
				if (pauseMs > longestPauseMs || !canBegin(deadline, pauseMs)) throw error;
				made += 1;
				await pause(pauseMs, undefined, { signal }).catch(() => signal.throwIfAborted());
			}
		}
	};
}
