import { countTokens, decodeGenerator, encode } from 'gpt-tokenizer/encoding/o200k_base';
import type { Delta, Outcome, Provider, Sampling } from '../domain/provider.ts';
import { mockLogprobs, mockText } from './mockText.ts';

type MockSample = { pieces: string[]; text: string; finishReason: 'stop' | 'length' };

/** Text of a user is text, also where it looks like one of the tokenizer's special tokens. */
const plain = { disallowedSpecial: new Set<string>() };

/**
 * Tokens of a text. Counting takes time with the square of a run's length (16 s for 200,000 letters without a space),
 * so runs are broken up; words and gaps of ordinary text are shorter and are counted exactly.
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
function sampleOf(sampling: Sampling, index: number): MockSample {
	const whole = mockText(sampling.prompt, index, sampling.seed);
	const cuts = stopsOf(sampling)
		.map((stop) => whole.indexOf(stop))
		.filter((at) => at >= 0);
	const stopped = whole.slice(0, Math.min(whole.length, ...cuts));
	const tokens = encode(stopped, plain);
	const { max_tokens: most } = sampling.parameters;
	const kept = most >= 0 ? tokens.slice(0, most) : tokens;
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

/** The answer in the form of a completions API. */
function outcomeOf(sampling: Sampling, samples: MockSample[]): Outcome {
	const promptTokens = tokensIn(sampling.prompt);
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
		samples: samples.map(({ text, finishReason }) => ({ text, finishReason, call: 0 })),
		responses: [response],
		usage: { promptTokens, generationTokens },
	};
}

async function* streamOf(
	samples: MockSample[],
	outcome: Outcome,
	signal: AbortSignal,
): AsyncGenerator<Delta, Outcome, void> {
	const longest = Math.max(...samples.map(({ pieces }) => pieces.length));
	for (let position = 0; position < longest; position += 1) {
		// Lets other requests, and the news that the caller is gone, come in between.
		await new Promise((resume) => setImmediate(resume));
		signal.throwIfAborted();
		for (const [index, { pieces }] of samples.entries()) {
			const text = pieces[position];
			if (text !== undefined) yield { index, text };
		}
	}
	return outcome;
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
 * A model without a model: answers at once, costs nothing, and says the same for the same prompt, sample index and
 * seed, streamed or not. Tokens are counted with o200k_base.
 */
export function mockProvider(): Provider {
	return {
		prepare(sampling) {
			const answer = () => {
				const samples = Array.from({ length: sampling.numSamples }, (_, index) => sampleOf(sampling, index));
				return { samples, outcome: outcomeOf(sampling, samples) };
			};
			return {
				request: requestOf(sampling),
				async complete() {
					return answer().outcome;
				},
				async *stream(signal) {
					const { samples, outcome } = answer();
					return yield* streamOf(samples, outcome, signal);
				},
			};
		},
	};
}
