import type { CompletionEvent, CompletionResponse } from '../../contract/completions.ts';
import { ApiError, isClientClosedRequest } from '../apiError.ts';
import type { Log } from '../entities.ts';
import type { ProviderResult, Requests } from '../provider.ts';
import type { Store, TargetIds, Writes } from '../store.ts';
import { completionLogs, failedLog, type Timing } from './logs.ts';
import type { PreparedCall } from './prepare.ts';
import { deltaEvent, toResponse } from './response.ts';

/** Gets the events of a stream. If it returns a promise, the sender waits for it. It never throws. */
export type Listener = (event: CompletionEvent) => Promise<void> | undefined;

/** How a prepared call is executed. */
type Execution = {
	signal: AbortSignal;
	requests: Requests;
	/** Gets the text as it arrives. Undefined if the call is not streamed. */
	listener: Listener | undefined;
	/** Once fulfilled, nothing waits for the listener any more. */
	skipBackpressure: Promise<void>;
	/** Called in the transaction that stores the logs. */
	onStored: (writes: Writes, response: CompletionResponse) => Promise<void>;
};

/** Seconds since a reading of `performance.now()`. */
function secondsSince(reading: number): number {
	return (performance.now() - reading) / 1000;
}

async function stream(call: PreparedCall, execution: Execution, listener: Listener): Promise<ProviderResult> {
	const deltas = call.ready.stream(execution.signal, execution.requests);
	for (;;) {
		const step = await deltas.next();
		if (step.done) return step.value;
		const drained = listener(deltaEvent(call, step.value));
		if (drained !== undefined) await Promise.race([drained, execution.skipBackpressure]);
	}
}

/** Stores the logs that `toLogs` makes, and the target if it is new. */
async function storeLogs(writes: Writes, call: PreparedCall, toLogs: (ids: TargetIds) => Log[]): Promise<TargetIds> {
	const ids = await writes.ensureTarget(call.target);
	await writes.logs(toLogs(ids));
	return ids;
}

/** Whether a call that ended with this error has failed. If its caller disconnected, it has not, and leaves no log. */
function isFailure(error: unknown): error is ApiError {
	return error instanceof ApiError && !isClientClosedRequest(error);
}

/**
 * Executes a prepared call. Returns the response when its logs are on the disk. By then, the listener of a streamed call
 * has got all text, but not the last events. Throws ApiError, or the reason of the signal. The log of a failed call is on
 * the disk before its error is thrown.
 */
export async function executeCompletion(
	store: Store,
	call: PreparedCall,
	execution: Execution,
): Promise<CompletionResponse> {
	const calledAt = performance.now();
	const timing = (): Timing => ({ providerLatency: secondsSince(calledAt), duration: secondsSince(call.startedAt) });
	let outcome: ProviderResult;
	try {
		const { signal, requests, listener } = execution;
		outcome = await (listener === undefined
			? call.ready.complete(signal, requests)
			: stream(call, execution, listener));
	} catch (error) {
		if (isFailure(error)) {
			const took = timing();
			await store.write((writes) => storeLogs(writes, call, (ids) => [failedLog(call, ids, error, took)]));
		}
		throw error;
	}
	const took = timing();
	return store.write(async (writes) => {
		const ids = await storeLogs(writes, call, (made) => completionLogs(call, made, outcome, took));
		const response = toResponse(call, outcome, ids);
		await execution.onStored(writes, response);
		return response;
	});
}
