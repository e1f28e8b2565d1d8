import { type ApiError, errorType } from '../apiError.ts';
import type { Outcome } from '../provider.ts';
import type { TargetIds } from '../logs/logTarget.ts';
import type { Log } from '../store.ts';
import type { PreparedCall } from './prepare.ts';

/** Seconds: of the provider alone, and of the whole call up to its commit. */
export type Timing = { providerLatency: number; duration: number };

/** What the logs of a call have in common, whatever came of it. With save false nothing of what was said is kept. */
function callLog(call: PreparedCall, ids: TargetIds, timing: Timing) {
	const { request } = call;
	const save = request.save ?? true;
	return {
		projectId: ids.projectId,
		configId: call.config.id,
		sessionId: ids.sessionId,
		parentId: call.target.parentId,
		referenceId: null,
		inputs: save ? (request.inputs ?? {}) : null,
		messages: null,
		outputMessage: null,
		source: request.source ?? null,
		metadata: request.metadata ?? null,
		save,
		sourceDatapointId: request.source_datapoint_id ?? null,
		user: request.user ?? null,
		stdout: null,
		duration: timing.duration,
		providerLatency: timing.providerLatency,
		promptCost: null,
		outputCost: null,
		providerRequest: save ? call.ready.request : null,
		createdAt: call.createdAt,
		updatedAt: new Date().toISOString(),
	};
}

/**
 * One log per sample. Providers count the tokens of a call, not of a sample: they stand on the first sample's log, so
 * that sums over logs are right.
 */
export function completionLogs(call: PreparedCall, ids: TargetIds, outcome: Outcome, timing: Timing): Log[] {
	const common = callLog(call, ids, timing);
	return outcome.samples.map(({ text, finishReason, call: responseIndex }, index) => {
		const usage = index === 0 ? outcome.usage : null;
		return {
			...common,
			id: call.logIds[index] as string,
			sampleIndex: index,
			output: common.save ? text.trim() : null,
			rawOutput: common.save ? text : null,
			finishReason,
			error: null,
			promptTokens: usage?.promptTokens ?? null,
			outputTokens: usage?.generationTokens ?? null,
			providerResponse: common.save ? (outcome.responses[responseIndex] ?? null) : null,
		};
	});
}

/** Providers quote what they were sent: with save false only the kind of the error is kept. */
function keptMessage({ message, status, origin }: ApiError, save: boolean): string {
	return save ? message : `${errorType(status)} (${status}, ${origin})`;
}

/** The one log of a call that failed for good, however many samples it asked for. */
export function failedLog(call: PreparedCall, ids: TargetIds, error: ApiError, timing: Timing): Log {
	const common = callLog(call, ids, timing);
	return {
		...common,
		id: call.logIds[0] as string,
		sampleIndex: 0,
		output: null,
		rawOutput: null,
		finishReason: null,
		error: keptMessage(error, common.save),
		promptTokens: null,
		outputTokens: null,
		providerResponse: null,
	};
}
