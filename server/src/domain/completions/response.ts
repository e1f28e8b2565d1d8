import type { CompletionEvent, CompletionRequest, CompletionResponse } from '../../contract/completions.ts';
import type { Delta, ProviderResult } from '../provider.ts';
import type { TargetIds } from '../store.ts';
import type { PreparedCall } from './prepare.ts';

type SampleResponse = CompletionResponse['data'][number];

/** The tokens of a whole call and of the one before it; null if the provider did not count them. */
function usageOf({ usage }: ProviderResult, prior: CompletionResponse | undefined): CompletionResponse['usage'] {
	if (usage === null || prior?.usage === null) return null;
	const promptTokens = usage.promptTokens + (prior?.usage.prompt_tokens ?? 0);
	const generationTokens = usage.generationTokens + (prior?.usage.generation_tokens ?? 0);
	return {
		prompt_tokens: promptTokens,
		generation_tokens: generationTokens,
		total_tokens: promptTokens + generationTokens,
	};
}

/** Whether a response has every sample that was asked for. */
export function isWhole({ data, num_samples: wanted }: CompletionResponse): boolean {
	return data.length >= wanted;
}

function returnedInputs({ return_inputs: areReturned, inputs }: CompletionRequest): Record<string, unknown> {
	return areReturned === false ? {} : (inputs ?? {});
}

/** The response of a call, with what an earlier one with the same key got. What the request left out is null. */
export function toResponse(call: PreparedCall, outcome: ProviderResult, ids: TargetIds): CompletionResponse {
	const { request, prior, firstIndex } = call;
	// One object for all samples, so that it is stored once.
	const inputs = returnedInputs(request);
	const added = outcome.samples.map(({ text, finishReason }, index) => ({
		id: call.logIds[index] as string,
		index: firstIndex + index,
		output: text.trim(),
		raw_output: text,
		inputs,
		finish_reason: finishReason,
		model_config_id: call.config.id,
		tool_results: [],
	}));
	return {
		project_id: ids.projectId,
		num_samples: request.num_samples ?? 1,
		logprobs: request.logprobs ?? null,
		suffix: request.suffix ?? null,
		user: request.user ?? null,
		data: [...(prior?.data ?? []).map((sample) => ({ ...sample, inputs })), ...added],
		usage: usageOf(outcome, prior),
		metadata: request.metadata ?? null,
		provider_responses: [...(prior?.provider_responses ?? []), ...outcome.responses],
		provider_request: call.ready.request,
		session_id: ids.sessionId,
	};
}

/** New text of a sample. Only the sample's last event has the inputs: they can be long, and there are many events. */
function textEvent(
	project_id: string | null,
	{ id, index, model_config_id }: Pick<SampleResponse, 'id' | 'index' | 'model_config_id'>,
	text: string,
): CompletionEvent {
	const sample = { id, index, output: text, raw_output: text, inputs: {}, finish_reason: null };
	return { project_id, data: [{ ...sample, model_config_id, tool_results: [] }], provider_responses: [] };
}

/** The event for a piece of a sample that has just arrived. */
export function deltaEvent(
	{ target, logIds, firstIndex, config }: PreparedCall,
	{ index, text }: Delta,
): CompletionEvent {
	const sample = { id: logIds[index] as string, index: firstIndex + index, model_config_id: config.id };
	return textEvent(target.project?.id ?? null, sample, text);
}

/**
 * The end of a stream: one event per sample, with its finish reason and without text. The last of them also has what
 * belongs to the whole call.
 */
export function* lastEvents(response: CompletionResponse): Generator<CompletionEvent, void, void> {
	const { project_id, num_samples, logprobs, suffix, user, data, usage, metadata, session_id } = response;
	for (const [index, sample] of data.entries()) {
		const isLast = index === data.length - 1;
		yield {
			project_id,
			...(isLast ? { num_samples, logprobs, suffix, user } : {}),
			data: [{ ...sample, output: '', raw_output: '' }],
			...(isLast ? { usage } : {}),
			metadata,
			provider_responses: isLast ? response.provider_responses : [],
			...(isLast ? { provider_request: response.provider_request } : {}),
			session_id,
		};
	}
}

/** The text of each sample in one piece. */
export function* textEvents({ project_id, data }: CompletionResponse): Generator<CompletionEvent, void, void> {
	for (const sample of data) {
		if (sample.raw_output !== '') yield textEvent(project_id, sample, sample.raw_output);
	}
}

/** A whole response as a stream: the text, then the usual end. */
export function* eventsOf(response: CompletionResponse): Generator<CompletionEvent, void, void> {
	yield* textEvents(response);
	yield* lastEvents(response);
}
