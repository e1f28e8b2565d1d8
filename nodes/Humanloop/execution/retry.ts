import { NodeOperationError } from 'n8n-workflow';

import type { ApiFailure } from '../transport/apiFailure';
import { toApiFailure } from '../transport/connectionFailure';
import { RunEndedError, type NodeRun } from './nodeRun';

const firstDelayMs = 250;
const longestDelayMs = 30_000;

export interface RetryPolicy {
	/** How often a call is sent again at most. */
	maxRetries: number;
	/** The last attempt starts at most this many milliseconds after the first. */
	budgetMs: number;
}

/**
 * Sends an item's call until it succeeds, fails permanently, or has used up its retries.
 *
 * The wait before a retry is the one that the host asks for, or exponential with full jitter: a random part of a
 * ceiling that doubles. Meanwhile other items may use the item's share of the concurrency limit.
 *
 * @param run its limit has let the item through, and still does when this function returns
 * @param send sends the call once
 * @throws ApiFailure with the number of attempts; NodeOperationError as `send` throws it; RunEndedError when the run has
 *   ended meanwhile
 */
export async function sendWithRetries<T>(run: NodeRun, policy: RetryPolicy, send: () => Promise<T>): Promise<T> {
	const startedAt = Date.now();
	for (let attempts = 1; ; attempts++) {
		if (run.hasEnded) throw new RunEndedError();
		const result = await send().then(
			(response) => ({ response }),
			(error: unknown) => ({ error }),
		);
		if ('response' in result) return result.response;
		if (run.hasEnded) throw new RunEndedError();
		// Bad input: nothing was sent.
		if (result.error instanceof NodeOperationError) throw result.error;

		const failure = toApiFailure(result.error);
		const delayMs = delayBefore(attempts, failure);
		const isInBudget = Date.now() + delayMs - startedAt <= policy.budgetMs;
		if (!failure.isRetryable || attempts > policy.maxRetries || !isInBudget) throw failure.after(attempts);
		run.limit.release(isOverload(failure) ? 'dropped' : 'ignored');
		await run.pause(delayMs);
		if (!(await run.limit.reacquire())) throw new RunEndedError();
	}
}

/** Whether the host asks for fewer requests. */
export function isOverload({ status }: ApiFailure): boolean {
	return status === 429 || status === 503 || status === 529;
}

function delayBefore(retry: number, { retryAfterMs }: ApiFailure): number {
	const ceilingMs = Math.min(longestDelayMs, firstDelayMs * 2 ** (retry - 1));
	// Calls that got the same time from the host must not come back at the same moment.
	return retryAfterMs === null ? Math.random() * ceilingMs : retryAfterMs + (Math.random() * retryAfterMs) / 10;
}
