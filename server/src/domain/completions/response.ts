import type { CallEvent, CallRequest, CallResponse, CallSample } from '../../contract/calls.ts';
import { type Cost, sumOfCosts } from '../costs/cost.ts';
import { type PricedResponse, responseCost } from '../costs/responseCost.ts';
import type { Delta, Usage } from '../provider.ts';
import type { StoredIds } from './logs.ts';
import { chatFieldsOf } from './messages.ts';
import type { PreparedCall } from './prepare.ts';
import type { ModelAnswers } from './modelAnswers.ts';

/** The tokens of all models that answered; null if one of them did not count them. */
function sumOf([first, ...others]: ModelAnswers['answers']): Usage | null {
	return others.reduce<Usage | null>((sum, { outcome: { usage } }) => {
		if (sum === null || usage === null) return null;
		return {
			promptTokens: sum.promptTokens + usage.promptTokens,
			generationTokens: sum.generationTokens + usage.generationTokens,
			cachedPromptTokens: sum.cachedPromptTokens + usage.cachedPromptTokens,
			cacheWriteTokens: sum.cacheWriteTokens + usage.cacheWriteTokens,
			reasoningTokens: sum.reasoningTokens + usage.reasoningTokens,
		};
	}, first.outcome.usage);
}

/** The cost of all models that answered; null if that of one of them is not known. */
function totalCost([first, ...others]: ModelAnswers['answers']): Cost | null {
	return others.reduce<Cost | null>((sum, { cost }) => sum && cost && sumOfCosts(sum, cost), first.cost);
}

/** The tokens of a whole call and of the one before it; null if the provider did not count them. */
function usageOf(usage: Usage | null, prior: CallResponse | undefined): CallResponse['usage'] {
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
export function isWhole({ data, num_samples: wanted }: CallResponse): boolean {
	return data.length >= wanted;
}

function byIndex(a: { index: number }, b: { index: number }): number {
	return a.index - b.index;
}

function returnedInputs({ return_inputs: areReturned, inputs }: CallRequest): Record<string, unknown> {
	return areReturned === false ? {} : (inputs ?? {});
}

/** The response of a call, with what an earlier one with the same key got. What the request left out is null. */
export function toResponse(call: PreparedCall, { answers, abandoned }: ModelAnswers, ids: StoredIds): PricedResponse {
	const { request, prior, indices, messages } = call;
	const usage = sumOf(answers);
	const cost = responseCost(usage, totalCost(answers), prior);
	// One object for all samples, so that it is stored once.
	const inputs = returnedInputs(request);
	const returnedMessages = request.return_inputs === false ? [] : (messages ?? []);
	const samples = answers.flatMap(({ outcome }) => outcome.samples);
	const added = samples.map((sample) => ({
		id: call.logIds[sample.index] as string,
		index: indices[sample.index] as number,
		output: sample.text.trim(),
		raw_output: sample.text,
		inputs,
		finish_reason: sample.finishReason,
		model_config_id: ids.configId,
		tool_results: [],
		...(messages === undefined ? {} : chatFieldsOf(sample, returnedMessages)),
	}));
	const shared = messages === undefined ? { inputs } : { inputs, messages: returnedMessages };
	return {
		project_id: ids.projectId,
		num_samples: request.num_samples ?? 1,
		logprobs: request.logprobs ?? null,
		suffix: request.suffix ?? null,
		user: request.user ?? null,
		data: [...(prior?.data ?? []).map((sample) => ({ ...sample, ...shared })), ...added].sort(byIndex),
		usage: usageOf(usage, prior),
		metadata: request.metadata ?? null,
		provider_responses: [...(prior?.provider_responses ?? []), ...answers.flatMap(({ outcome }) => outcome.responses)],
		provider_request: answers[0].request,
		session_id: ids.sessionId,
		...(messages === undefined ? {} : { tool_choice: call.toolChoice ?? null }),
		// What a model costs that was given up is not known.
		cost: abandoned.length === 0 ? cost : { ...cost, charged: null },
	};
}

/**
 * New text of a sample. Only the sample's last event has the inputs and the messages: they can be long, and there are
 * many events.
 */
function textEvent(
	project_id: string | null,
	{ id, index, model_config_id }: Pick<CallSample, 'id' | 'index' | 'model_config_id'>,
	text: string,
	isChat: boolean,
): CallEvent {
	const sample = { id, index, output: text, raw_output: text, inputs: {}, finish_reason: null };
	const chatFields = isChat ? chatFieldsOf({ text, toolCalls: [] }, []) : {};
	return {
		project_id,
		data: [{ ...sample, model_config_id, tool_results: [], ...chatFields }],
		provider_responses: [],
	};
}

/** The event for a piece of a sample that has just arrived. */
export function deltaEvent(
	{ target, logIds, indices, config, messages }: PreparedCall,
	{ index, text }: Delta,
): CallEvent {
	const sample = { id: logIds[index] as string, index: indices[index] as number, model_config_id: config.id };
	return textEvent(target.project?.id ?? null, sample, text, messages !== undefined);
}

/** The sample without its text, which the events before its last one have. */
function withoutText(sample: CallSample): CallSample {
	const { output_message: message } = sample;
	const chatFields = message === undefined ? {} : { output_message: { ...message, content: '' } };
	return { ...sample, output: '', raw_output: '', ...chatFields };
}

/**
 * The end of a stream: one event per sample, with its finish reason and without text. The last of them also has what
 * belongs to the whole call.
 */
export function* lastEvents(response: CallResponse): Generator<CallEvent, void, void> {
	const { project_id, num_samples, logprobs, suffix, user, data, usage, metadata, session_id, tool_choice } = response;
	for (const [index, sample] of data.entries()) {
		const isLast = index === data.length - 1;
		yield {
			project_id,
			...(isLast ? { num_samples, logprobs, suffix, user } : {}),
			data: [withoutText(sample)],
			...(isLast ? { usage } : {}),
			metadata,
			provider_responses: isLast ? response.provider_responses : [],
			...(isLast ? { provider_request: response.provider_request } : {}),
			session_id,
			...(isLast && tool_choice !== undefined ? { tool_choice } : {}),
		};
	}
}

/** The text of each sample in one piece. */
export function* textEvents({ project_id, data }: CallResponse): Generator<CallEvent, void, void> {
	for (const sample of data) {
		const isChat = sample.output_message !== undefined;
		if (sample.raw_output !== '') yield textEvent(project_id, sample, sample.raw_output, isChat);
	}
}

/** A whole response as a stream: the text, then the usual end. */
export function* eventsOf(response: CallResponse): Generator<CallEvent, void, void> {
	yield* textEvents(response);
	yield* lastEvents(response);
}
