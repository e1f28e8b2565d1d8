import type OpenAI from 'openai';
import { unprocessable } from '../../domain/apiError.ts';
import type { Sampling } from '../../domain/provider.ts';

export type Body = Record<string, unknown>;

/** One choice of a response, or of a stream's chunk: then only what is new. */
export type Choice = { index: number; text: string; finishReason: string | null; logprobs: unknown };

/** One of OpenAI's two endpoints for text: how to call it and how to read what it returns. */
export type Endpoint = {
	body(sampling: Sampling): Body;
	create(
		client: OpenAI,
		body: Body,
		options: { signal: AbortSignal; headers: Record<string, string> },
	): Promise<unknown>;
	/** The text in a choice of a response or a chunk. */
	textOf(choice: Body): string;
	/** A choice as a response has it, put together from a stream. */
	wholeChoice(choice: Choice): Body;
	/** The response's `object`. */
	object: string;
	operation: 'chat' | 'text_completion';
};

/** The call sets these. A config that overrides them would make the response unreadable. */
const reserved = ['stream', 'stream_options', 'n', 'messages', 'prompt'];

/** The parameters that both endpoints share, in the order of the contract's example. What is unset is not sent. */
function sharedParameters({ parameters, numSamples, stream, seed, user }: Sampling): Body {
	const overridden = reserved.filter((key) => Object.hasOwn(parameters.other, key));
	if (overridden.length > 0) {
		throw unprocessable(`The model config sets ${overridden.join(', ')} in "other"; the call itself decides these.`);
	}
	return {
		stream,
		n: numSamples,
		model: parameters.model,
		temperature: parameters.temperature,
		top_p: parameters.top_p,
		presence_penalty: parameters.presence_penalty,
		frequency_penalty: parameters.frequency_penalty,
		...(stream ? { stream_options: { include_usage: true } } : {}),
		...(parameters.stop === undefined ? {} : { stop: parameters.stop }),
		...(seed === undefined ? {} : { seed }),
		...(user === undefined ? {} : { user }),
	};
}

/** -1 means as many tokens as there is room for, which is OpenAI's default. */
function maxTokens({ parameters }: Sampling): Body {
	return parameters.max_tokens === -1 ? {} : { max_tokens: parameters.max_tokens };
}

function textIn(value: unknown): string {
	return typeof value === 'string' ? value : '';
}

const chatEndpoint: Endpoint = {
	object: 'chat.completion',
	operation: 'chat',
	body(sampling) {
		const { parameters, prompt, logprobs, suffix } = sampling;
		if (suffix !== undefined) {
			throw unprocessable(`The model "${parameters.model}" is a chat model, which takes no suffix; leave it out.`);
		}
		return {
			messages: [{ content: prompt, role: 'user' }],
			...sharedParameters(sampling),
			...(logprobs === undefined ? {} : { logprobs: true, top_logprobs: logprobs }),
			...(parameters.response_format === undefined ? {} : { response_format: parameters.response_format }),
			...(parameters.reasoning_effort === undefined ? {} : { reasoning_effort: parameters.reasoning_effort }),
			...parameters.other,
			...maxTokens(sampling),
		};
	},
	create: (client, body, options) => client.chat.completions.create(body as never, options),
	textOf(choice) {
		const message = (choice['delta'] ?? choice['message']) as Body | undefined;
		return textIn(message?.['content']);
	},
	wholeChoice: ({ index, text, finishReason, logprobs }) => ({
		index,
		message: { role: 'assistant', content: text },
		logprobs,
		finish_reason: finishReason,
	}),
};

const completionEndpoint: Endpoint = {
	object: 'text_completion',
	operation: 'text_completion',
	body(sampling) {
		const { parameters, prompt, logprobs, suffix } = sampling;
		return {
			prompt,
			...sharedParameters(sampling),
			...(logprobs === undefined ? {} : { logprobs }),
			...(suffix === undefined ? {} : { suffix }),
			...parameters.other,
			...maxTokens(sampling),
		};
	},
	create: (client, body, options) => client.completions.create(body as never, options),
	textOf: (choice) => textIn(choice['text']),
	wholeChoice: ({ index, text, finishReason, logprobs }) => ({ text, index, logprobs, finish_reason: finishReason }),
};

/** The models that OpenAI serves as completions. All others, including those of other hosts, are chat models. */
const completionModels = /^(gpt-3\.5-turbo-instruct|davinci-002|babbage-002|text-|code-)/;

export function endpointOf(model: string): Endpoint {
	return completionModels.test(model) ? completionEndpoint : chatEndpoint;
}
