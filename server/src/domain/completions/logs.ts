import { type ApiError, errorType } from '../apiError.ts';
import { countsOf, failedCounts } from '../costs/usage.ts';
import { type Log, newLog } from '../entities.ts';
import { modelName } from '../prompts/fallback.ts';
import type { TargetIds } from '../store.ts';
import { type CallUsage, noCounts } from '../usage.ts';
import { outputMessageOf } from './messages.ts';
import type { PreparedCall } from './prepare.ts';
import type { ReadyModel } from './readyModels.ts';
import type { ModelAnswer, ModelAnswers } from './modelAnswers.ts';

/** The IDs of what the logs of a call belong to. */
export type StoredIds = TargetIds & Pick<Log, 'configId'>;

/** Seconds that the provider took, null if it was not asked, and that the call took until its logs were ready to be stored. */
export type Timing = { providerLatency: number | null; duration: number };

/** What every log of a call has, whether it failed or not. */
function commonValues(
	{ request, config, target, messages, toolChoice, origin, createdAt }: PreparedCall,
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
		callOrigin: origin,
		createdAt,
		updatedAt: new Date().toISOString(),
	};
}

type CommonValues = ReturnType<typeof commonValues>;

/** An error as a log says it. Providers quote what they were sent: with save false, only the kind of the error is stored. */
function errorText({ message, status, origin }: ApiError, isSaved: boolean): string {
	return isSaved ? message : `${errorType(status)} (${status}, ${origin})`;
}

/** A line for each request to a model that failed and was sent again. Without a model: to any. */
function retryLines({ repeated = [] }: PreparedCall, isSaved: boolean, ofModel?: ReadyModel): string[] {
	return repeated
		.filter(({ model }) => ofModel === undefined || model === ofModel)
		.map(({ model, error }) => `${modelName(model)} failed and was asked again: ${errorText(error, isSaved)}`);
}

/** Lines as a log reports them, or null if there are none. */
const report = (lines: string[]) => (lines.length === 0 ? null : lines.join('\n'));

/** The one log of the samples that failed, however many they are. `index` is the first of them, among those asked for. */
function logOfMissing(call: PreparedCall, common: CommonValues, error: ApiError, index: number): Log {
	return newLog({
		...common,
		id: call.logIds[index] as string,
		sampleIndex: call.indices[index] as number,
		providerRequest: call.models[0].ready.request,
		error: errorText(error, common.save),
		stdout: report(retryLines(call, common.save)),
	});
}

/** What a call brought, and how long it took. */
export type PricedResult = ModelAnswers & { took: Timing };

/** The hash of a whole answer, which the same call may get. A sample without a finish reason may have been changed since. */
function reusableHash(call: PreparedCall, { configId }: StoredIds, { answers, missing }: ModelAnswers): string | null {
	// Samples of two models are no answer that either of them would give.
	const isWhole =
		missing === undefined &&
		answers.length === 1 &&
		answers[0].outcome.samples.every(({ finishReason }) => finishReason !== null);
	// The hash has the ID that the config was expected to get.
	return isWhole && configId === call.config.id ? call.answerHash : null;
}

/** What was tried before a model answered: requests that were sent again, and which model a fallback was, and why. */
function attempts(call: PreparedCall, { model, failures }: ModelAnswer, isSaved: boolean): string | null {
	const failed = failures.flatMap((failure) => [
		...retryLines(call, isSaved, failure.model),
		failure.error === null
			? `${modelName(failure.model)} was not asked again: X-Max-Retries allows no further request.`
			: `${modelName(failure.model)} failed: ${errorText(failure.error, isSaved)}`,
	]);
	const answered = failures.length === 0 ? [] : [`${modelName(model)} answered.`];
	return report([...failed, ...retryLines(call, isSaved, model), ...answered]);
}

/** The logs of what one model brought. */
function logsOfAnswer(call: PreparedCall, common: CommonValues, answer: ModelAnswer): Log[] {
	const { outcome, cost, request: providerRequest } = answer;
	const stdout = attempts(call, answer, common.save);
	const firstCall = outcome.samples[0]?.call ?? 0;
	return outcome.samples.map((sample, position) =>
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
			providerRequest,
			providerResponse: outcome.responses[sample.call - firstCall],
			stdout,
		}),
	);
}

/**
 * One log per sample, and one for those that are missing. Providers count the tokens of a call, not of a sample. The first
 * sample of each model has them all, and their cost, so that sums over logs are right.
 */
export function logsOf(call: PreparedCall, ids: StoredIds, result: PricedResult): Log[] {
	const { answers, missing, took } = result;
	// Once: what several logs have is stored once if it is the same object.
	const common = commonValues(call, ids, took);
	const [first, ...others] = answers.flatMap((answer) => logsOfAnswer(call, common, answer)) as [Log, ...Log[]];
	// A log that is not saved has no hash.
	const logs = [common.save ? { ...first, answerHash: reusableHash(call, ids, result) } : first, ...others];
	if (missing === undefined) return logs;
	const present = new Set(answers.flatMap(({ outcome }) => outcome.samples.map(({ index }) => index)));
	const firstMissing = call.logIds.findIndex((_, index) => !present.has(index));
	return [...logs, logOfMissing(call, common, missing, firstMissing)];
}

/** The log of a call that got no sample. */
export function failedLog(call: PreparedCall, ids: StoredIds, error: ApiError, timing: Timing): Log {
	return logOfMissing(call, commonValues(call, ids, timing), error, 0);
}

function usageOf(
	{ config, origin, actor, createdAt }: PreparedCall,
	ids: StoredIds,
	{ provider, model }: ReadyModel,
	counted: Pick<CallUsage, 'counts' | 'latency'>,
): CallUsage {
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

/**
 * What totals count of a call that got a response: the tokens and the cost of each model that answered. The call itself
 * counts once, with the first of them. A model that was given up may charge for that: it has an unpriced call.
 */
export function usageOfResult(
	call: PreparedCall,
	ids: StoredIds,
	{ answers, abandoned, took }: PricedResult,
): CallUsage[] {
	const answered = answers.map(({ model, outcome, cost }, position) => {
		const counts = countsOf(outcome.usage, cost);
		if (position === 0) return usageOf(call, ids, model, { counts, latency: took.duration });
		return usageOf(call, ids, model, { counts: { ...counts, calls: 0 }, latency: null });
	});
	const givenUp = { counts: { ...noCounts, unpricedCalls: 1 }, latency: null };
	return [...answered, ...abandoned.map((model) => usageOf(call, ids, model, givenUp))];
}

/** What totals count of a call that got no sample. */
export function usageOfFailure(call: PreparedCall, ids: StoredIds): CallUsage[] {
	return [usageOf(call, ids, call.models[0], { counts: failedCounts, latency: null })];
}
