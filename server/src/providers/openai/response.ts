import { memoryOfPiece, memoryOfValue } from '../../domain/memory.ts';
import { keepOnly } from '../responseLimit.ts';
import { type Generation, UnusableResponse } from '../generation.ts';
import type { Body, Choice, Endpoint } from './endpoints.ts';

function isBody(value: unknown): value is Body {
	return typeof value === 'object' && value !== null && !Array.isArray(value);
}

/** Why a sample ended: OpenAI's term in the contract's. Only one differs. */
function finishReasonOf(value: unknown): string | null {
	if (typeof value !== 'string') return null;
	return value === 'tool_calls' ? 'tool_call' : value;
}

/** The choices of a response or of a stream's chunk; none if the host sends none (usage, keep-alive). */
function choicesOf(endpoint: Endpoint, body: Body): Choice[] {
	const choices = body['choices'];
	if (!Array.isArray(choices)) return [];
	return choices.filter(isBody).map((choice, position) => ({
		index: typeof choice['index'] === 'number' ? choice['index'] : position,
		text: endpoint.textOf(choice),
		finishReason: finishReasonOf(choice['finish_reason']),
		logprobs: choice['logprobs'] ?? null,
	}));
}

function bodyOf(value: unknown): Body {
	if (!isBody(value)) throw new UnusableResponse('it is not a JSON object.');
	return value;
}

function bodyIn(value: unknown): Body {
	return isBody(value) ? value : {};
}

function usageOf({ usage }: Body): Generation['usage'] {
	const counts = bodyIn(usage);
	return {
		promptTokens: counts['prompt_tokens'],
		generationTokens: counts['completion_tokens'],
		cachedPromptTokens: bodyIn(counts['prompt_tokens_details'])['cached_tokens'],
		reasoningTokens: bodyIn(counts['completion_tokens_details'])['reasoning_tokens'],
	};
}

/** A plain call's response. Throws UnusableResponse. */
export function readResponse(endpoint: Endpoint, value: unknown): Generation {
	const response = bodyOf(value);
	return { samples: choicesOf(endpoint, response), response, usage: usageOf(response) };
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

/** Puts a stream's chunks together into the response that the host would have sent without streaming. */
export class StreamAccumulator {
	readonly #endpoint: Endpoint;
	readonly #choices = new Map<number, Choice>();
	/** The first chunk that has a choice. */
	#head: Body | undefined;
	#usage: unknown = null;

	constructor(endpoint: Endpoint) {
		this.#endpoint = endpoint;
	}

	/** Takes a chunk and returns what is new in it. Gives back the memory of what it does not keep. Throws UnusableResponse. */
	add(value: unknown): Choice[] {
		const chunk = bodyOf(value);
		this.#usage = chunk['usage'] ?? this.#usage;
		const choices = choicesOf(this.#endpoint, chunk);
		let kept = 0;
		for (const choice of choices) {
			const known = this.#choices.get(choice.index);
			this.#choices.set(choice.index, {
				index: choice.index,
				text: (known?.text ?? '') + choice.text,
				finishReason: choice.finishReason ?? known?.finishReason ?? null,
				logprobs: joinLogprobs(known?.logprobs ?? null, choice.logprobs),
			});
			kept += memoryOfPiece(choice.text, choice.logprobs);
			if (this.#head === undefined) kept += memoryOfValue(chunk);
			this.#head ??= chunk;
		}
		keepOnly(kept);
		return choices;
	}

	/** The whole of all chunks so far; its choices are in order. */
	get generation(): Generation {
		const samples = [...this.#choices.values()].sort((a, b) => a.index - b.index);
		const { choices: _choices, usage: _usage, object: _object, ...head } = this.#head ?? {};
		const response = {
			...head,
			object: this.#endpoint.object,
			choices: samples.map((choice) => this.#endpoint.wholeChoice(choice)),
			usage: this.#usage,
		};
		return { samples, response, usage: usageOf(response) };
	}
}
