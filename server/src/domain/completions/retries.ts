import { setTimeout as pause } from 'node:timers/promises';
import { ApiError } from '../apiError.ts';
import { canBegin } from './deadline.ts';
import type { Retry } from '../provider.ts';

/** How often a call is tried again at most, however many requests to the provider it is made of. */
const mostRetries = 2;

/** Who is to wait longer than this is told so, instead of holding a place meanwhile. */
const longestPauseMs = 20_000;

export type RetryLimits = {
	/** When the caller stops waiting, as a reading of `performance.now()`. */
	deadline: number;
	/** The longest pause before the first retry where the provider names none; it doubles. */
	backoffMs: number;
};

/** The provider's own wait, or a random part of a ceiling that doubles, so that calls which failed together part. */
function pauseBefore(retry: number, error: ApiError, backoffMs: number): number {
	return error.retryAfterMs ?? Math.random() * backoffMs * 2 ** (retry - 1);
}

/**
 * Tries again what failed for the moment. Throws the last error when it is final, when the retries are used up, or
 * when the next one could not end in time; what the signal was aborted with when that comes first.
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
