import { countTokens, decodeGenerator, encode } from 'gpt-tokenizer/encoding/o200k_base';
import type { Delta, Sampling } from '../../domain/provider.ts';
import type { Generation } from '../generation.ts';
import type { Adapter } from '../shell.ts';
import { cannedReplies } from './replies.ts';
import { mockLogprobs, mockText, promptText } from './text.ts';

type MockSample = { pieces: string[]; text: string; finishReason: 'stop' | 'length' };

/** A user's text is plain text, even if it looks like one of the tokenizer's special tokens. */
const plain = { disallowedSpecial: new Set<string>() };

/**
 * Tokens of a text. The time to count grows with the square of a run's length (16 s for 200,000 letters without a
 * space), so long runs are broken up. Words and gaps of ordinary text are shorter and are counted exactly.
 */
function tokensIn(text: string): number {
	const broken = text.replace(/\S{200}(?=\S)/g, '$& ').replace(/\s{200}(?=\s)/g, '$&.');
	return countTokens(broken, plain);
}

function stopsOf(sampling: Sampling): string[] {
	const { stop } = sampling.parameters;
	return (stop === undefined ? [] : Array.isArray(stop) ? stop : [stop]).filter((text) => text !== '');
}

/** One sample: cut before the first stop sequence, then at max_tokens tokens. */
function sampleOf(sampling: Sampling, whole: string): MockSample {
	const cuts = stopsOf(sampling)
		.map((stop) => whole.indexOf(stop))
		.filter((at) => at >= 0);
	const stopped = whole.slice(0, Math.min(whole.length, ...cuts));
	const tokens = encode(stopped, plain);
	const { max_tokens: maxTokens } = sampling.parameters;
	const kept = maxTokens >= 0 ? tokens.slice(0, maxTokens) : tokens;
	// The generator holds back a token that ends in the middle of a character.
	const pieces = [...decodeGenerator(kept)];
	return { pieces, text: pieces.join(''), finishReason: kept.length < tokens.length ? 'length' : 'stop' };
}

function choiceOf(sample: MockSample, index: number, logprobs: number | undefined) {
	const values = logprobs === undefined ? [] : sample.pieces.map((piece) => mockLogprobs(piece, logprobs));
	return {
		text: sample.text,
		index,
		finish_reason: sample.finishReason,
		logprobs:
			logprobs === undefined
				? null
				: {
						tokens: sample.pieces,
						token_logprobs: values.map(({ own }) => own),
						top_logprobs: values.map(({ top }) => top),
					},
	};
}

/** The samples as a completions API would return them. */
function generationOf(sampling: Sampling, samples: MockSample[]): Generation {
	const promptTokens = tokensIn(promptText(sampling.prompt));
	const generationTokens = samples.reduce((sum, sample) => sum + sample.pieces.length, 0);
	const response = {
		object: 'text_completion',
		model: sampling.parameters.model,
		choices: samples.map((sample, index) => choiceOf(sample, index, sampling.logprobs)),
		usage: {
			prompt_tokens: promptTokens,
			completion_tokens: generationTokens,
			total_tokens: promptTokens + generationTokens,
		},
	};
	return {
		samples: samples.map(({ text, finishReason }, index) => ({ index, text, finishReason })),
		response,
		usage: { promptTokens, generationTokens },
	};
}

/** One token of each sample at a time. */
async function* piecesOf(samples: MockSample[], signal: AbortSignal): AsyncGenerator<Delta, void, void> {
	const longest = Math.max(...samples.map(({ pieces }) => pieces.length));
	for (let position = 0; position < longest; position += 1) {
		// Other requests, and the news that the caller has gone, come in between.
		await new Promise((resume) => setImmediate(resume));
		signal.throwIfAborted();
		for (const [index, { pieces }] of samples.entries()) {
			const text = pieces[position];
			if (text !== undefined) yield { index, text };
		}
	}
}

function requestOf(sampling: Sampling): Record<string, unknown> {
	const { parameters, numSamples, stream, seed, logprobs, suffix, user } = sampling;
	return {
		prompt: sampling.prompt,
		stream,
		n: numSamples,
		model: parameters.model,
		temperature: parameters.temperature,
		top_p: parameters.top_p,
		presence_penalty: parameters.presence_penalty,
		frequency_penalty: parameters.frequency_penalty,
		...(parameters.stop === undefined ? {} : { stop: parameters.stop }),
		...(seed === undefined ? {} : { seed }),
		...(logprobs === undefined ? {} : { logprobs }),
		...(suffix === undefined ? {} : { suffix }),
		...(user === undefined ? {} : { user }),
		...parameters.other,
		...(parameters.max_tokens === -1 ? {} : { max_tokens: parameters.max_tokens }),
	};
}

/**
 * Stands in for a model: responds at once, costs nothing, and returns the same text for the same prompt, sample index
 * and seed, streamed or not: the config's canned replies, or sentences that it makes up. Tokens are counted with o200k_base.
 */
export function mockAdapter(): Adapter {
	return {
		origin: 'mock',
		secrets: [],
		prepare(sampling) {
			const { seed } = sampling;
			const prompt = promptText(sampling.prompt);
			const canned = cannedReplies(sampling);
			const textOf = (index: number) => canned?.(index) ?? mockText(prompt, index, seed);
			const generate = (count: number) =>
				Array.from({ length: count }, (_, index) => sampleOf(sampling, textOf(index)));
			return {
				request: requestOf(sampling),
				operation: 'text_completion',
				async generate(count) {
					return generationOf(sampling, generate(count));
				},
				async *stream(count, signal) {
					const samples = generate(count);
					const generation = generationOf(sampling, samples);
					yield* piecesOf(samples, signal);
					return generation;
				},
				mapError: () => undefined,
			};
		},
	};
}
