import type { Delta, Sampling } from '../../domain/provider.ts';
import { messagesOf } from '../chatMessages.ts';
import type { Adapter } from '../shell.ts';
import { generationOf } from './response.ts';
import { type MockSample, samplesOf } from './samples.ts';

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

/** The body as OpenAI would be sent it. Throws 422 for messages that OpenAI has no form for. */
function requestOf(sampling: Sampling): Record<string, unknown> {
	const { parameters, prompt, tools, toolChoice, numSamples, stream, seed, logprobs, suffix, user } = sampling;
	return {
		...(typeof prompt === 'string' ? { prompt } : { messages: messagesOf(prompt) }),
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
		...(tools.length === 0 ? {} : { tools }),
		...(toolChoice === undefined ? {} : { tool_choice: toolChoice }),
		...parameters.other,
		...(parameters.max_tokens === -1 ? {} : { max_tokens: parameters.max_tokens }),
	};
}

/**
 * Stands in for a model: responds at once, costs nothing, and returns the same for the same prompt, sample index and
 * seed, streamed or not: the config's canned replies, the tool call that `tool_choice` demands, or sentences that it makes
 * up. Tokens are counted with o200k_base, those of a long text are estimated.
 */
export function mockAdapter(): Adapter {
	return {
		origin: 'mock',
		secrets: [],
		prepare(sampling) {
			const generate = samplesOf(sampling);
			return {
				request: requestOf(sampling),
				operation: typeof sampling.prompt === 'string' ? 'text_completion' : 'chat',
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
