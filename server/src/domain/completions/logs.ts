import { type ApiError, errorType } from '../apiError.ts';
import type { Cost } from '../costs/cost.ts';
import { countsOf, failedCounts } from '../costs/usage.ts';
import { type Log, newLog } from '../entities.ts';
import type { ProviderResult } from '../provider.ts';
import type { TargetIds } from '../store.ts';
import type { CallUsage } from '../usage.ts';
import { outputMessageOf } from './messages.ts';
import type { PreparedCall } from './prepare.ts';

/** The IDs of what the logs of a call belong to. */
export type StoredIds = TargetIds & Pick<Log, 'configId'>;

/** Seconds that the provider took, null if it was not asked, and that the call took until its logs were ready to be stored. */
export type Timing = { providerLatency: number | null; duration: number };

/** What every log of a call has, whether it failed or not. */
function commonValues(
	{ request, config, target, ready, messages, toolChoice, origin, createdAt }: PreparedCall,
	ids: StoredIds,
	timing: Timing,
) {
	return {
		...ids,
		...timing,
		parentId: target.parentId,
		inputs: request.inputs ?? {},
		messages,
		environment: config.environment,
		toolChoice,
		source: request.source,
		metadata: request.metadata,
		save: request.save ?? true,
		sourceDatapointId: request.source_datapoint_id,
		user: request.user,
		providerRequest: ready.request,
		callOrigin: origin,
		createdAt,
		updatedAt: new Date().toISOString(),
	};
}

type CommonValues = ReturnType<typeof commonValues>;

/** The one log of the samples that failed, however many they are. `index` is the first of them, among those asked for. */
function logOfMissing(call: PreparedCall, common: CommonValues, error: ApiError, index: number): Log {
	const { message, status, origin } = error;
	return newLog({
		...common,
		id: call.logIds[index] as string,
		sampleIndex: call.indices[index] as number,
		// Providers quote what they were sent. With save false, only the kind of the error is stored.
		error: common.save ? message : `${errorType(status)} (${status}, ${origin})`,
	});
}

/** What a call brought, what it cost, and how long it took. null: the cost is not known. */
export type PricedResult = { outcome: ProviderResult; cost: Cost | null; took: Timing };

/** The hash of a whole answer, which the same call may get. A sample without a finish reason may have been changed since. */
function reusableHash(call: PreparedCall, { configId }: StoredIds, outcome: ProviderResult): string | null {
	const isWhole = outcome.missing === undefined && outcome.samples.every(({ finishReason }) => finishReason !== null);
	// The hash has the ID that the config was expected to get.
	return isWhole && configId === call.config.id ? call.answerHash : null;
}

/**
 * One log per sample, and one for those that are missing. Providers count the tokens of a call, not of a sample. The first
 * sample's log has them all, and their cost, so that sums over logs are right.
 */
export function logsOf(call: PreparedCall, ids: StoredIds, { outcome, cost, took }: PricedResult): Log[] {
	// Once: what several logs have is stored once if it is the same object.
	const common = commonValues(call, ids, took);
	const logs = outcome.samples.map((sample, position) =>
		newLog({
			...common,
			id: call.logIds[sample.index] as string,
			sampleIndex: call.indices[sample.index] as number,
			output: sample.text.trim(),
			rawOutput: sample.text,
			outputMessage: call.messages && outputMessageOf(sample),
			finishReason: sample.finishReason,
			promptTokens: position === 0 ? outcome.usage?.promptTokens : null,
			outputTokens: position === 0 ? outcome.usage?.generationTokens : null,
			promptCost: position === 0 ? cost?.prompt : null,
			outputCost: position === 0 ? cost?.output : null,
			providerResponse: outcome.responses[sample.call],
			answerHash: position === 0 ? reusableHash(call, ids, outcome) : null,
		}),
	);
	if (outcome.missing === undefined) return logs;
	const present = new Set(outcome.samples.map(({ index }) => index));
	const firstMissing = call.logIds.findIndex((_, index) => !present.has(index));
	return [...logs, logOfMissing(call, common, outcome.missing, firstMissing)];
}

/** The log of a call that got no sample. */
export function failedLog(call: PreparedCall, ids: StoredIds, error: ApiError, timing: Timing): Log {
	return logOfMissing(call, commonValues(call, ids, timing), error, 0);
}

function usageOf(
	{ config, origin, actor, createdAt }: PreparedCall,
	ids: StoredIds,
	counted: Pick<CallUsage, 'counts' | 'latency'>,
): CallUsage {
	const { provider, model } = config.parameters;
	return {
		day: createdAt.slice(0, 10),
		projectId: ids.projectId ?? '',
		configId: ids.configId,
		environment: config.environment ?? '',
		sessionId: ids.sessionId,
		apiKeyId: actor.keyId ?? '',
		workflowId: origin?.workflow_id ?? '',
		provider,
		model,
		...counted,
	};
}

/** What totals count of a call that got a response. */
export function usageOfResult(call: PreparedCall, ids: StoredIds, { outcome, cost, took }: PricedResult): CallUsage {
	return usageOf(call, ids, { counts: countsOf(outcome.usage, cost), latency: took.duration });
}

/** What totals count of a call that failed. */
export function usageOfFailure(call: PreparedCall, ids: StoredIds): CallUsage {
	return usageOf(call, ids, { counts: failedCounts, latency: null });
}
