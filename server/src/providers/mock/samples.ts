import { createHash } from 'node:crypto';
import { decodeGenerator, encode } from 'gpt-tokenizer/encoding/o200k_base';
import type { ToolCall } from '../../contract/messages.ts';
import type { Sampling } from '../../domain/provider.ts';
import { cannedReplies, type MockReply } from './replies.ts';
import { mockText, mockWords, promptText, shortened, wordsOf } from './text.ts';
import { plain } from './tokens.ts';
import { demandedCall, withIds } from './toolCalls.ts';

/** What the mock says in one sample. `pieces` are the tokens of the text. */
export type MockSample = {
	pieces: string[];
	text: string;
	toolCalls: ToolCall[];
	/** In OpenAI's terms. */
	finishReason: 'stop' | 'length' | 'tool_calls';
};

function stopsOf(sampling: Sampling): string[] {
	const { stop } = sampling.parameters;
	return (stop === undefined ? [] : Array.isArray(stop) ? stop : [stop]).filter((text) => text !== '');
}

/** A text: cut before the first stop sequence, then at max_tokens tokens. */
function textSample(sampling: Sampling, whole: string): MockSample {
	const cuts = stopsOf(sampling)
		.map((stop) => whole.indexOf(stop))
		.filter((at) => at >= 0);
	const stopped = whole.slice(0, Math.min(whole.length, ...cuts));
	const tokens = encode(stopped, plain);
	const { max_tokens: maxTokens } = sampling.parameters;
	const kept = maxTokens >= 0 ? tokens.slice(0, maxTokens) : tokens;
	// The generator holds back a token that ends in the middle of a character.
	const pieces = [...decodeGenerator(kept)];
	return {
		pieces,
		text: pieces.join(''),
		toolCalls: [],
		finishReason: kept.length < tokens.length ? 'length' : 'stop',
	};
}

/** Checks what the mock is told to say, and returns a function that makes the samples. Throws 422. */
export function samplesOf(sampling: Sampling): (count: number) => MockSample[] {
	const { seed } = sampling;
	const prompt = shortened(promptText(sampling.prompt));
	const canned = cannedReplies(sampling);
	let words: string[] | undefined;
	const madeUp = (index: number): MockReply => {
		// A prompt can be long, and a call have many samples: its words are looked for once.
		words ??= wordsOf(prompt);
		const demanded = demandedCall(sampling, mockWords(prompt, index, seed, words));
		return demanded === undefined ? mockText(prompt, index, seed, words) : [demanded];
	};
	const replyOf = (index: number) => canned?.(index) ?? madeUp(index);
	let promptHash: string | undefined;
	const sampleOf = (index: number): MockSample => {
		const reply = replyOf(index);
		if (typeof reply === 'string') return textSample(sampling, reply);
		// A chat can have megabytes of images, and a call many samples.
		promptHash ??= createHash('sha256').update(JSON.stringify(sampling.prompt)).digest('hex');
		const toolCalls = withIds(reply, [promptHash, index, seed ?? null]);
		return { pieces: [], text: '', toolCalls, finishReason: 'tool_calls' };
	};
	return (count) => Array.from({ length: count }, (_, index) => sampleOf(index));
}
