import type { Sampling } from '../../domain/provider.ts';
import type { Generation } from '../generation.ts';
import type { MockSample } from './samples.ts';
import { mockLogprobs } from './text.ts';
import { tokensOfCalls, tokensOfPrompt } from './tokens.ts';

function completionLogprobs({ pieces }: MockSample, n: number) {
	const values = pieces.map((piece) => mockLogprobs(piece, n));
	return {
		tokens: pieces,
		token_logprobs: values.map(({ own }) => own),
		top_logprobs: values.map(({ top }) => top),
	};
}

function chatLogprobs({ pieces }: MockSample, n: number) {
	const content = pieces.map((token) => {
		const { own, top } = mockLogprobs(token, n);
		const alternatives = Object.entries(top).map(([other, logprob]) => ({ token: other, logprob }));
		return { token, logprob: own, top_logprobs: alternatives };
	});
	return { content, refusal: null };
}

/** A choice as a completions API returns it. Such an API has no tools. */
function completionChoice(sample: MockSample, index: number, logprobs: number | undefined) {
	const { text, finishReason } = sample;
	return {
		text,
		index,
		finish_reason: finishReason,
		logprobs: logprobs === undefined ? null : completionLogprobs(sample, logprobs),
	};
}

/** A choice as a chat API returns it. */
function chatChoice(sample: MockSample, index: number, logprobs: number | undefined) {
	const { text, toolCalls, finishReason } = sample;
	return {
		index,
		message: {
			role: 'assistant',
			content: toolCalls.length === 0 ? text : null,
			...(toolCalls.length === 0 ? {} : { tool_calls: toolCalls }),
		},
		logprobs: logprobs === undefined ? null : chatLogprobs(sample, logprobs),
		finish_reason: finishReason,
	};
}

/** The samples as a completions API or a chat API would return them. */
export function generationOf(sampling: Sampling, samples: readonly MockSample[]): Generation {
	const promptTokens = tokensOfPrompt(sampling.prompt);
	const generationTokens = samples.reduce((sum, one) => sum + one.pieces.length + tokensOfCalls(one.toolCalls), 0);
	const isChat = typeof sampling.prompt !== 'string';
	const toChoice = isChat ? chatChoice : completionChoice;
	return {
		samples: samples.map(({ text, toolCalls, finishReason }, index) => ({
			index,
			text,
			toolCalls,
			finishReason: finishReason === 'tool_calls' ? 'tool_call' : finishReason,
		})),
		response: {
			object: isChat ? 'chat.completion' : 'text_completion',
			model: sampling.parameters.model,
			choices: samples.map((sample, index) => toChoice(sample, index, sampling.logprobs)),
			usage: {
				prompt_tokens: promptTokens,
				completion_tokens: generationTokens,
				total_tokens: promptTokens + generationTokens,
			},
		},
		usage: { promptTokens, generationTokens },
	};
}
