import { failedCallOf } from './errors';
import { FailedCallError, type FailedCall } from './failedCall';
import { RunEndedError, type Run } from './run';

const firstDelayMs = 250;
const longestDelayMs = 30_000;

export interface RetryPolicy {
	/** How often a call is sent again at most. */
	maxRetries: number;
	/** Within how many milliseconds after the first attempt the last one must begin. */
	budgetMs: number;
}

/**
 * Sends an item's call until it is answered, refused for good, or out of tries.
 *
 * The wait before a retry is the one that the host asks for, or exponential with full jitter (a
 * random part of a ceiling that doubles), and gives the item's place to others.
 *
 * @param run the run, of which the item holds a place, before and afterwards
 * @param send sends the call once
 * @throws FailedCallError with the number of attempts; RunEndedError when the run has ended meanwhile
 */
export async function sendWithRetries<T>(run: Run, policy: RetryPolicy, send: () => Promise<T>): Promise<T> {
	const startedAt = Date.now();
	for (let attempts = 1; ; attempts++) {
		if (run.hasEnded()) throw new RunEndedError();
		const outcome = await send().then(
			(answer) => ({ answer }),
			(error: unknown) => ({ error }),
		);
		if ('answer' in outcome) return outcome.answer;
		if (run.hasEnded()) throw new RunEndedError();

		const failed = failedCallOf(outcome.error);
		const delayMs = delayBefore(attempts, failed);
		const isInBudget = Date.now() + delayMs - startedAt <= policy.budgetMs;
		if (!failed.isTransient || attempts > policy.maxRetries || !isInBudget) {
			throw new FailedCallError(failed, attempts);
		}
		run.leavePlace(isOverload(failed) ? 'overloaded' : 'failed');
		await run.pause(delayMs);
		if (!(await run.takePlace(true))) throw new RunEndedError();
	}
}

/** Whether the host asks for fewer requests. */
export function isOverload({ status }: FailedCall): boolean {
	return status === 429 || status === 503 || status === 529;
}

function delayBefore(retry: number, { retryAfterMs }: FailedCall): number {
	const ceilingMs = Math.min(longestDelayMs, firstDelayMs * 2 ** (retry - 1));
	// Those who were told the same time must not come back at the same moment.
	return retryAfterMs === null ? Math.random() * ceilingMs : retryAfterMs + (Math.random() * retryAfterMs) / 10;
}
