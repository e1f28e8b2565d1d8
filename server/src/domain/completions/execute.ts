import type { CompletionAnswer, CompletionEvent } from '../../contract/completions.ts';
import { ApiError, isHangUp } from '../apiError.ts';
import type { Call } from './prepare.ts';
import { answerOf, deltaEvent, type Settled } from './response.ts';
import { completionLogs, failedLog, type Timing } from './logs.ts';
import { settleProject, settleSession } from '../logs/logTarget.ts';
import type { Outcome, Retry } from '../provider.ts';
import type { Log, Store, Writes } from '../store.ts';

/** Takes a stream's events; where it returns a promise, it asks to be waited for. It never throws. */
export type Listener = (event: CompletionEvent) => Promise<void> | undefined;

/** How a prepared call is run. */
export type Run = {
	signal: AbortSignal;
	retry: Retry;
	/** Takes the text as it arrives, when the call is streamed. */
	listen: Listener | undefined;
	/** Once fulfilled, the listener is waited for no longer. */
	hurried: Promise<void>;
	/** Keeps the answer for repeats, within the transaction of its logs. */
	keep: (writes: Writes, answer: CompletionAnswer) => Promise<void>;
};

/** Seconds since a reading of `performance.now()`. */
function secondsSince(reading: number): number {
	return (performance.now() - reading) / 1000;
}

async function streamed(call: Call, run: Run, listen: Listener): Promise<Outcome> {
	const deltas = call.ready.stream(run.signal, run.retry);
	for (;;) {
		const step = await deltas.next();
		if (step.done) return step.value;
		const taken = listen(deltaEvent(call, step.value));
		if (taken !== undefined) await Promise.race([taken, run.hurried]);
	}
}

async function ask(call: Call, run: Run): Promise<Outcome> {
	const outcome = await (run.listen === undefined
		? call.ready.complete(run.signal, run.retry)
		: streamed(call, run, run.listen));
	run.signal.throwIfAborted();
	return outcome;
}

/** Stores logs, with the project and the session that the call is the first to use. */
async function settle(writes: Writes, call: Call, logs: (settled: Settled) => Log[]): Promise<Settled> {
	const project = await settleProject(writes, call.place);
	const settled = { projectId: project?.id ?? null, sessionId: await settleSession(writes, call.place) };
	await writes.logs(logs(settled));
	return settled;
}

/** Whether a call that ended so has failed; when its caller went away, it was only given up. */
function isFailure(error: unknown): error is ApiError {
	return error instanceof ApiError && !isHangUp(error);
}

/**
 * Runs a prepared call and answers when its logs are on the disk; a streamed one has given the listener all text by
 * then, and no last events. Throws ApiError, or what the signal was aborted with. A failed call is on the disk as one
 * log when its error is thrown.
 */
export async function runCompletion(store: Store, call: Call, run: Run): Promise<CompletionAnswer> {
	const askedAt = performance.now();
	const timing = (): Timing => ({ providerLatency: secondsSince(askedAt), duration: secondsSince(call.startedAt) });
	let outcome: Outcome;
	try {
		outcome = await ask(call, run);
	} catch (error) {
		if (isFailure(error)) {
			const took = timing();
			await store.write((writes) => settle(writes, call, (settled) => [failedLog(call, settled, error, took)]));
		}
		throw error;
	}
	const took = timing();
	return store.write(async (writes) => {
		const answer = answerOf(
			call,
			outcome,
			await settle(writes, call, (settled) => completionLogs(call, settled, outcome, took)),
		);
		await run.keep(writes, answer);
		return answer;
	});
}
