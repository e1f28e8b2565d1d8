import type { ToolCall } from '../../contract/messages.ts';
import { memoryOfPieces, memoryOfValue } from '../../domain/memory.ts';
import type { Delta } from '../../domain/provider.ts';
import { type Generation, UnusableResponse } from '../generation.ts';
import { contentCame, keepOnly } from '../responseLimit.ts';
import { bodyIn, type Body, isBody } from '../body.ts';
import type { Endpoint, Said, WholeChoice } from './endpoints.ts';
import { toToolCall, ToolCallAccumulator, type ToolCallPiece } from './toolCalls.ts';

/** One choice of a response, or of a stream's chunk: then only what is new. */
type Choice = Omit<WholeChoice, 'toolCalls'> & { toolCalls: ToolCallPiece[] };

/** Why a sample ended: OpenAI's term in the contract's. Only one differs. */
function finishReasonOf(reason: string | null): string | null {
	return reason === 'tool_calls' ? 'tool_call' : reason;
}

/** The choices of a response or of a stream's chunk; none if the host sends none (usage, keep-alive). */
function choicesOf(endpoint: Endpoint, body: Body): Choice[] {
	const choices = body['choices'];
	if (!Array.isArray(choices)) return [];
	return choices.filter(isBody).map((choice, position) => {
		const { index, finish_reason: reason, logprobs } = choice;
		return {
			index: typeof index === 'number' ? index : position,
			...endpoint.read(choice),
			finishReason: typeof reason === 'string' ? reason : null,
			logprobs: logprobs ?? null,
		};
	});
}

function sampleOf({ index, text, finishReason }: Choice | WholeChoice, toolCalls: ToolCall[]) {
	return { index, text, toolCalls, finishReason: finishReasonOf(finishReason) };
}

function bodyOf(value: unknown): Body {
	if (!isBody(value)) throw new UnusableResponse('it is not a JSON object.');
	return value;
}

function usageOf({ usage }: Body): Generation['usage'] {
	const counts = bodyIn(usage);
	return {
		promptTokens: counts['prompt_tokens'],
		generationTokens: counts['completion_tokens'],
		// DeepSeek had a name of its own before OpenAI's.
		cachedPromptTokens: bodyIn(counts['prompt_tokens_details'])['cached_tokens'] ?? counts['prompt_cache_hit_tokens'],
		reasoningTokens: bodyIn(counts['completion_tokens_details'])['reasoning_tokens'],
	};
}

/** A plain call's response. Throws UnusableResponse. */
export function readResponse(endpoint: Endpoint, value: unknown): Generation {
	const response = bodyOf(value);
	const samples = choicesOf(endpoint, response).map((choice) => sampleOf(choice, choice.toolCalls.map(toToolCall)));
	return { samples, response, usage: usageOf(response) };
}

/** Joins the lists in two log probability objects (chat: content and refusal; completions: tokens and so on). */
function joinLogprobs(before: unknown, more: unknown): unknown {
	if (!isBody(before)) return more;
	if (!isBody(more)) return before;
	const joined: Body = { ...before };
	for (const [key, value] of Object.entries(more)) {
		const known = joined[key];
		const lists = Array.isArray(known) && Array.isArray(value);
		joined[key] = lists ? (known as unknown[]).concat(value) : (value ?? known);
	}
	return joined;
}

function joinRefusals(before: string | null, more: string | null): string | null {
	return before === null ? more : before + (more ?? '');
}

/** One choice of a stream, put together from its pieces. */
class ChoiceAccumulator {
	readonly #index: number;
	readonly #toolCalls = new ToolCallAccumulator();
	#said: Said = { text: '', refusal: null };
	#finishReason: string | null = null;
	#logprobs: unknown = null;

	constructor(index: number) {
		this.#index = index;
	}

	/** Takes a piece and returns the memory that it takes while it is kept. */
	add({ text, refusal, toolCalls, finishReason, logprobs }: Choice): number {
		this.#said = { text: this.#said.text + text, refusal: joinRefusals(this.#said.refusal, refusal) };
		for (const piece of toolCalls) this.#toolCalls.add(piece);
		this.#finishReason = finishReason ?? this.#finishReason;
		this.#logprobs = joinLogprobs(this.#logprobs, logprobs);
		const ofCalls = toolCalls.map(({ id, name, arguments: more }) => id + name + more);
		return memoryOfPieces([text + (refusal ?? ''), ...ofCalls], logprobs);
	}

	get whole(): WholeChoice {
		return {
			index: this.#index,
			...this.#said,
			toolCalls: this.#toolCalls.calls.map(toToolCall),
			finishReason: this.#finishReason,
			logprobs: this.#logprobs,
		};
	}
}

/** Puts a stream's chunks together into the response that the host would have sent without streaming. */
export class StreamAccumulator {
	readonly #endpoint: Endpoint;
	readonly #choices = new Map<number, ChoiceAccumulator>();
	/** The first chunk that has a choice. */
	#head: Body | undefined;
	#usage: unknown = null;

	constructor(endpoint: Endpoint) {
		this.#endpoint = endpoint;
	}

	/** Takes a chunk and returns its new text. Gives back the memory of what it does not keep. Throws UnusableResponse. */
	add(value: unknown): Delta[] {
		const chunk = bodyOf(value);
		this.#usage = chunk['usage'] ?? this.#usage;
		const choices = choicesOf(this.#endpoint, chunk);
		let kept = 0;
		for (const choice of choices) {
			const known = this.#choices.get(choice.index) ?? new ChoiceAccumulator(choice.index);
			this.#choices.set(choice.index, known);
			kept += known.add(choice);
			if (this.#head === undefined) kept += memoryOfValue(chunk);
			this.#head ??= chunk;
		}
		keepOnly(kept);
		if (choices.length > 0) contentCame();
		return choices.map(({ index, text }) => ({ index, text }));
	}

	/** The whole of all chunks so far; its choices are in order. */
	get generation(): Generation {
		const choices = [...this.#choices.values()].map(({ whole }) => whole).sort((a, b) => a.index - b.index);
		const { choices: _choices, usage: _usage, object: _object, ...head } = this.#head ?? {};
		const response = {
			...head,
			object: this.#endpoint.object,
			choices: choices.map((choice) => this.#endpoint.wholeChoice(choice)),
			usage: this.#usage,
		};
		const samples = choices.map((choice) => sampleOf(choice, choice.toolCalls));
		return { samples, response, usage: usageOf(response) };
	}
}
