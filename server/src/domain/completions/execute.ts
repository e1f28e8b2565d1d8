import { ApiError, isClientClosedRequest, messageOf } from '../apiError.ts';
import { toNanos, totalOf } from '../costs/cost.ts';
import type { PricedResponse } from '../costs/responseCost.ts';
import { type Log, withoutContent } from '../entities.ts';
import type { Store, Writes } from '../store.ts';
import type { CallUsage } from '../usage.ts';
import { ensureConfig } from './callConfig.ts';
import {
	failedLog,
	logsOf,
	type PricedResult,
	type StoredIds,
	type Timing,
	usageOfFailure,
	usageOfResult,
} from './logs.ts';
import { SavedByOther } from '../idempotency/savedResponses.ts';
import type { PaidCommits } from './paidCommits.ts';
import type { PreparedCall } from './prepare.ts';
import { toResponse } from './response.ts';
import type { ModelAnswer, ModelAnswers } from './modelAnswers.ts';
import { type ModelRun, runModels } from './runModels.ts';

/** How a prepared call is executed. */
type Execution = ModelRun & {
	/** Called in the transaction that stores the logs. */
	onStored: (writes: Writes, response: PricedResponse) => Promise<void>;
	/** Called with the ID of the log of a failed call, when that is stored. */
	onFailedLog: (logId: string) => void;
	/** Called when the response is there and cannot be stored yet. */
	onHeld: () => void;
	/** Called with a response that can never be stored, for example because it is too large. */
	onUnstorable: (response: PricedResponse) => void;
	/** Called with the answer of each model when the response is there. */
	onAnswer: (answer: ModelAnswer) => void;
};

/** Where executed calls are stored. */
export type Storage = { store: Store; commits: PaidCommits };

/** Seconds since a reading of `performance.now()`. */
function secondsSince(reading: number): number {
	return (performance.now() - reading) / 1000;
}

/** The IDs that the logs of a call have if nobody else stores the same target or config meanwhile. */
export function expectedIds({ target: { project, session }, config }: PreparedCall): StoredIds {
	return { projectId: project?.id ?? null, sessionId: session?.id ?? null, configId: config.id };
}

/** What is stored of a call that has ended. Without `toUsage`, totals do not count it. */
type Records = {
	toLogs: (ids: StoredIds) => Log[];
	toUsage?: (ids: StoredIds) => CallUsage[];
	/** Billionths of a dollar, for budgets. null: not known. Undefined: no budget counts it. */
	costNanos?: number | null;
};

/**
 * Stores the logs of a call and counts its usage, and stores the target and the config if they are new. If the project was
 * deleted, it only counts and returns undefined, as if all of that had been stored just before and deleted with the project.
 * If the reply to a commit was lost and the project was deleted before the repeat, the call counts twice: its logs, which
 * would tell, are gone.
 */
export async function storeCall(
	writes: Writes,
	call: PreparedCall,
	{ toLogs, toUsage, costNanos }: Records,
): Promise<StoredIds | undefined> {
	if (costNanos !== undefined) await call.spending?.settle(writes, costNanos);
	const target = await writes.ensureTarget(call.target);
	if (target === undefined) {
		for (const usage of toUsage?.(expectedIds(call)) ?? []) await writes.usage({ ...usage, sessionId: null });
		return undefined;
	}
	const ids = { ...target, configId: await ensureConfig(writes, call, target) };
	// A commit whose reply was lost is repeated: what was stored then was counted then.
	if (await writes.logs(toLogs(ids))) for (const usage of toUsage?.(ids) ?? []) await writes.usage(usage);
	return ids;
}

/** Whether a call that ended with this error has failed. If its caller disconnected, it has not, and leaves no log. */
function isFailure(error: unknown): error is ApiError {
	return error instanceof ApiError && !isClientClosedRequest(error);
}

type Result = PricedResult & { call: PreparedCall };

/** What the answers of a call cost, in billionths of a dollar. null: that of one of them is not known. */
function nanosOf({ answers }: PricedResult): number | null {
	const costs = answers.map(({ cost }) => cost);
	return costs.every((cost) => cost !== null) ? costs.reduce((sum, cost) => sum + toNanos(totalOf(cost)), 0) : null;
}

/** What is stored of a call that got a response. `change` changes each of its logs. */
function recordsOf(result: Result, change: (log: Log) => Log = (log) => log): Records {
	const { call } = result;
	return {
		toLogs: (ids) => logsOf(call, ids, result).map(change),
		toUsage: (ids) => usageOfResult(call, ids, result),
		costNanos: nanosOf(result),
	};
}

/**
 * Stores logs without what the call said, for a response that can never be stored: the caller gets it nevertheless,
 * because it is paid for. If not even those logs can be stored, the response has the IDs that they would have had.
 */
async function storeWithoutContent(
	{ store, commits }: Storage,
	result: Result,
	error: unknown,
	onHeld: () => void,
): Promise<PricedResponse> {
	const message = `The response could not be stored: ${messageOf(error)}.`;
	commits.report(message, error);
	const { call } = result;
	const records = recordsOf(result, (log) => ({ ...withoutContent(log), error: log.error ?? message }));
	const ids = await commits
		.commit(() => store.write((writes) => storeCall(writes, call, records)), onHeld)
		.catch((again: unknown) => {
			commits.report('the log of that response could not be stored either', again);
			return undefined;
		});
	return toResponse(call, result, ids ?? expectedIds(call));
}

/** Stores the logs of a call that was paid for and whose response nobody gets, because another process has saved one. */
async function storeSuperseded({ store, commits }: Storage, result: Result, onHeld: () => void): Promise<void> {
	const message = 'Another server ran the same call with the same Idempotency-Key. Callers get its response.';
	commits.report(`A call was paid for twice. ${message}`);
	const { call } = result;
	const records = recordsOf(result, (log) => ({ ...log, error: log.error ?? message }));
	try {
		await commits.commit(() => store.write((writes) => storeCall(writes, call, records)), onHeld);
	} catch (error) {
		commits.report('the log of that call could not be stored', error);
	}
}

/** Stores the logs of a call that has its response, and returns that. */
async function storeResponse(storage: Storage, result: Result, execution: Execution): Promise<PricedResponse> {
	const { call } = result;
	const write = () =>
		storage.store.write(async (writes) => {
			const ids = await storeCall(writes, call, recordsOf(result));
			const response = toResponse(call, result, ids ?? expectedIds(call));
			await execution.onStored(writes, response);
			return response;
		});
	try {
		const response = await storage.commits.commit(write, execution.onHeld);
		call.spending?.stored();
		return response;
	} catch (error) {
		if (error instanceof SavedByOther) await storeSuperseded(storage, result, execution.onHeld);
		if (error instanceof ApiError || error instanceof SavedByOther) throw error;
		const response = await storeWithoutContent(storage, result, error, execution.onHeld);
		execution.onUnstorable(response);
		return response;
	}
}

/** Stores the log of a call that failed. If that fails too, the caller gets the error of the call nevertheless. */
async function storeFailure(
	{ store, commits }: Storage,
	call: PreparedCall,
	error: ApiError,
	took: Timing,
	onFailedLog: Execution['onFailedLog'],
) {
	try {
		const ids = await store.write((writes) =>
			storeCall(writes, call, {
				toLogs: (made) => [failedLog(call, made, error, took)],
				toUsage: (made) => usageOfFailure(call, made),
				costNanos: 0,
			}),
		);
		call.spending?.stored();
		if (ids !== undefined) onFailedLog(call.logIds[0] as string);
	} catch (reason) {
		commits.report('the log of a failed call could not be stored', reason);
	}
}

/** Counts a call whose caller left: the provider may charge for what it had done by then. It leaves no log. */
async function countAbandoned({ store, commits }: Storage, call: PreparedCall): Promise<void> {
	const usages = usageOfFailure(call, expectedIds(call));
	try {
		// Its session may not be stored, and then nothing would delete its totals.
		await store.write(async (writes) => {
			for (const usage of usages) await writes.usage({ ...usage, sessionId: null });
		});
	} catch (error) {
		commits.report('a call whose caller left could not be counted', error);
	}
}

/**
 * Executes a prepared call. Returns the response when its logs are on the disk. By then, the listener of a streamed call
 * has got all text, but not the last events. Throws ApiError, or the reason of the signal. The log of a failed call is on
 * the disk before its error is thrown.
 */
export async function executeCompletion(
	storage: Storage,
	call: PreparedCall,
	execution: Execution,
): Promise<PricedResponse> {
	const calledAt = performance.now();
	const timing = (): Timing => ({ providerLatency: secondsSince(calledAt), duration: secondsSince(call.startedAt) });
	let run: ModelAnswers;
	try {
		run = await runModels(call, execution);
	} catch (error) {
		if (isFailure(error)) await storeFailure(storage, call, error, timing(), execution.onFailedLog);
		else if (isClientClosedRequest(error)) await countAbandoned(storage, call);
		throw error;
	}
	for (const answer of run.answers) execution.onAnswer(answer);
	return storeResponse(storage, { ...run, call, took: timing() }, execution);
}
