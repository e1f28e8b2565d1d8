import type { CompletionAnswer, CompletionEvent, CompletionRequest } from '../../contract/completions.ts';
import type { Call } from './prepare.ts';
import { projectIdOf } from '../logs/logTarget.ts';
import type { Delta, Outcome } from '../provider.ts';

/** Where the logs of a call went. */
export type Settled = { projectId: string | null; sessionId: string | null };

type Sample = CompletionAnswer['data'][number];

/** Usage of a whole call in the contract's form; null when the provider counted nothing. */
function usageBody(outcome: Outcome): CompletionAnswer['usage'] {
	if (outcome.usage === null) return null;
	const { promptTokens, generationTokens } = outcome.usage;
	return {
		prompt_tokens: promptTokens,
		generation_tokens: generationTokens,
		total_tokens: promptTokens + generationTokens,
	};
}

function shownInputs({ return_inputs: shown, inputs }: CompletionRequest): Record<string, unknown> {
	return shown === false ? {} : (inputs ?? {});
}

/** The whole answer of a call: explicit null where the request gave nothing. */
export function answerOf(call: Call, outcome: Outcome, settled: Settled): CompletionAnswer {
	const { request } = call;
	return {
		project_id: settled.projectId,
		num_samples: request.num_samples ?? 1,
		logprobs: request.logprobs ?? null,
		suffix: request.suffix ?? null,
		user: request.user ?? null,
		data: outcome.samples.map(({ text, finishReason }, index) => ({
			id: call.ids[index] as string,
			index,
			output: text.trim(),
			raw_output: text,
			inputs: shownInputs(request),
			finish_reason: finishReason,
			model_config_id: call.config.id,
			tool_results: [],
		})),
		usage: usageBody(outcome),
		metadata: request.metadata ?? null,
		provider_responses: outcome.responses,
		provider_request: call.ready.request,
		session_id: settled.sessionId,
	};
}

/**
 * New text of a sample. The inputs stand in its last event: with every token, a long document would go out a thousand
 * times.
 */
function textEvent(
	projectId: string | null,
	sample: Pick<Sample, 'id' | 'index' | 'model_config_id'>,
	text: string,
): CompletionEvent {
	const { id, index, model_config_id: configId } = sample;
	return {
		project_id: projectId,
		data: [
			{
				id,
				index,
				output: text,
				raw_output: text,
				inputs: {},
				finish_reason: null,
				model_config_id: configId,
				tool_results: [],
			},
		],
		provider_responses: [],
	};
}

/** A piece of a sample as it arrives. */
export function deltaEvent(call: Call, { index, text }: Delta): CompletionEvent {
	return textEvent(
		projectIdOf(call.place),
		{ id: call.ids[index] as string, index, model_config_id: call.config.id },
		text,
	);
}

/**
 * How a stream ends: each sample's last event, with its finish reason and without text. The call's last event also
 * carries what belongs to the whole call.
 */
export function* lastEvents(answer: CompletionAnswer): Generator<CompletionEvent, void, void> {
	const { project_id, num_samples, logprobs, suffix, user, data, usage, metadata, session_id } = answer;
	for (const [index, sample] of data.entries()) {
		const isLast = index === data.length - 1;
		yield {
			project_id,
			...(isLast ? { num_samples, logprobs, suffix, user } : {}),
			data: [{ ...sample, output: '', raw_output: '' }],
			...(isLast ? { usage } : {}),
			metadata,
			provider_responses: isLast ? answer.provider_responses : [],
			...(isLast ? { provider_request: answer.provider_request } : {}),
			session_id,
		};
	}
}

/** A whole answer as a stream: each sample's text in one piece, then the end as ever. */
export function* eventsOf(answer: CompletionAnswer): Generator<CompletionEvent, void, void> {
	for (const sample of answer.data) {
		if (sample.raw_output !== '') yield textEvent(answer.project_id, sample, sample.raw_output);
	}
	yield* lastEvents(answer);
}
