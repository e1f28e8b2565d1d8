import type { Usage } from '../domain/provider.ts';
import { unusableAnswer } from './openaiErrors.ts';
import type { Body, Choice, Form } from './openaiForms.ts';

export function isBody(value: unknown): value is Body {
	return typeof value === 'object' && value !== null && !Array.isArray(value);
}

/** OpenAI's names for why a sample ended, in the contract's; only one differs. */
function finishReasonOf(value: unknown): string | null {
	if (typeof value !== 'string') return null;
	return value === 'tool_calls' ? 'tool_call' : value;
}

/** The choices of an answer or of a stream's chunk; none where the host sends none (usage, keep-alive). */
export function choicesOf(form: Form, answer: unknown): Choice[] {
	if (!isBody(answer)) throw unusableAnswer('it is no JSON object.');
	const choices = answer['choices'];
	if (!Array.isArray(choices)) return [];
	return choices.filter(isBody).map((choice, position) => ({
		index: typeof choice['index'] === 'number' ? choice['index'] : position,
		text: form.textOf(choice),
		finishReason: finishReasonOf(choice['finish_reason']),
		logprobs: choice['logprobs'] ?? null,
	}));
}

/** Whether it can be stored and read back as a number of tokens. */
export function isCount(value: unknown): value is number {
	return typeof value === 'number' && Number.isSafeInteger(value) && value >= 0;
}

/** Tokens of an answer or a chunk; null where the host does not count. */
export function usageOf(answer: Body): Usage | null {
	const usage = answer['usage'];
	if (!isBody(usage)) return null;
	const { prompt_tokens: promptTokens, completion_tokens: generationTokens } = usage;
	if (!isCount(promptTokens) || !isCount(generationTokens)) return null;
	return { promptTokens, generationTokens };
}

/** Sums the lists inside two log probability objects (chat: content and refusal; completions: tokens and so on). */
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

/** What a stream has said so far, to be read as one answer at its end. */
export type Gathered = { head: Body; choices: Map<number, Choice>; usage: unknown };

export function gather(gathered: Gathered, chunk: Body, choice: Choice): void {
	const known = gathered.choices.get(choice.index);
	gathered.choices.set(choice.index, {
		index: choice.index,
		text: (known?.text ?? '') + choice.text,
		finishReason: choice.finishReason ?? known?.finishReason ?? null,
		logprobs: joinLogprobs(known?.logprobs ?? null, choice.logprobs),
	});
	if (Object.keys(gathered.head).length === 0) gathered.head = chunk;
}

/**
 * The answer that the host would have given without streaming. Throws when a sample is missing or was cut off: a
 * connection that ends early must never look like a short answer.
 */
export function wholeAnswer(form: Form, gathered: Gathered): { response: Body; choices: Choice[] } {
	const choices = [...gathered.choices.values()].sort((a, b) => a.index - b.index);
	if (choices.some(({ index }, position) => index !== position)) throw unusableAnswer('a sample is missing.');
	if (choices.some(({ finishReason }) => finishReason === null)) {
		throw unusableAnswer('the stream ended before every sample was finished.');
	}
	const { choices: _choices, usage: _usage, object: _object, ...head } = gathered.head;
	const response = {
		...head,
		object: form.object,
		choices: choices.map((choice) => form.wholeChoice(choice)),
		usage: gathered.usage ?? null,
	};
	return { response, choices };
}
