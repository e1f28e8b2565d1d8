import { setTimeout as pause } from 'node:timers/promises';
import { ApiError } from '../apiError.ts';
import type { Spending } from '../budgets/spending.ts';
import type { Requests } from '../provider.ts';
import type { ModelRequestTelemetry } from '../telemetry.ts';
import type { ModelRequestCount } from './requestCounts.ts';

/** How many retries a call has at one model, however many requests it consists of. */
const maxRetriesPerModel = 2;

/** If the provider asks for a longer pause, the caller gets the error instead, so that the call frees its slot. */
const maxPauseMs = 20_000;

/** The same if another model can be asked at once. */
const maxPauseBeforeFallbackMs = 1_000;

/** No model responds faster. A call with less time left is not started. */
const minCallMs = 50;

/** Whether a call that starts after a pause can end before the deadline, a reading of `performance.now()`. */
export function canStart(deadline: number, pauseMs = 0): boolean {
	return performance.now() + pauseMs + minCallMs <= deadline;
}

type RetryOptions = {
	/** When the caller stops waiting, as a reading of `performance.now()`. */
	deadline: number;
	/** The longest pause before the first retry, in milliseconds, if the provider does not name one. It doubles. */
	backoffMs: number;
	/** Whether another model can be asked instead. */
	hasFallback?: boolean;
	/** Called with what failed just before it is sent again, after the pause. */
	onRetry?: (error: ApiError) => void;
};

/** Whether the provider asks for a pause that is not worth waiting for. The server's own pauses always are. */
function isTooLong({ retryAfterMs = 0 }: ApiError, hasFallback: boolean): boolean {
	return retryAfterMs > (hasFallback ? maxPauseBeforeFallbackMs : maxPauseMs);
}

/** The provider's own pause, or a random part of a maximum that doubles, so that calls do not retry all at once. */
function pauseBefore(retry: number, error: ApiError, backoffMs: number): number {
	return error.retryAfterMs ?? Math.random() * backoffMs * 2 ** (retry - 1);
}

/**
 * Repeats what failed with a retryable error. Throws the last error if it is not retryable, if no retry is left, or if
 * another try could not end in time. Throws the reason of the signal if that is aborted during a pause. `observe` is
 * called for each request, but not for its retries, with the number of samples that it asks for. What a budget has too little
 * left for is not tried again.
 */
export function retries(
	{ deadline, backoffMs, hasFallback = false, onRetry }: RetryOptions,
	count: ModelRequestCount,
	signal: AbortSignal,
	observe: (samples: number) => ModelRequestTelemetry,
	spending?: Spending,
): Requests {
	let made = 0;
	let observed: ModelRequestTelemetry | undefined;
	return {
		succeeded(response) {
			count.lastSucceeded();
			spending?.succeeded();
			observed?.succeeded(response);
			observed = undefined;
		},
		failed(error) {
			observed?.failed(error);
			observed = undefined;
		},
		async send(samples, request) {
			const current = observe(samples);
			observed = current;
			for (;;) {
				count.sent();
				spending?.sent(samples);
				current.sent();
				try {
					const response = await request();
					current.responded();
					return response;
				} catch (error) {
					spending?.failed(error);
					if (!(error instanceof ApiError)) throw error;
					count.lastFailed(error);
					if (!error.isRetryable) throw error;
					if (made === maxRetriesPerModel || count.isUsedUp) throw error;
					const pauseMs = pauseBefore(made + 1, error, backoffMs);
					if (isTooLong(error, hasFallback) || !canStart(deadline, pauseMs)) throw error;
					if ((await spending?.cover()) !== undefined) throw error;
					made += 1;
					current.retrying(error, pauseMs);
					await pause(pauseMs, undefined, { signal }).catch(() => signal.throwIfAborted());
					onRetry?.(error);
				}
			}
		},
	};
}
