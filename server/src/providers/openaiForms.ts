import type OpenAI from 'openai';
import { unprocessable } from '../domain/apiError.ts';
import type { Sampling } from '../domain/provider.ts';

export type Body = Record<string, unknown>;

/** One choice of an answer or of a stream's chunk: what is new of a sample. */
export type Choice = { index: number; text: string; finishReason: string | null; logprobs: unknown };

/** One of OpenAI's two APIs for text: how to ask and how to read what comes. */
export type Form = {
	body(sampling: Sampling): Body;
	create(
		client: OpenAI,
		body: Body,
		options: { signal: AbortSignal; headers: Record<string, string> },
	): Promise<unknown>;
	/** Of an answer's or a chunk's choice. */
	textOf(choice: Body): string;
	/** A choice in an answer's form, put together from a stream. */
	wholeChoice(choice: Choice): Body;
	object: string;
};

/** Set by the call itself; a config that overrides them would make the answer unreadable. */
const reserved = ['stream', 'stream_options', 'n', 'messages', 'prompt'];

/** The parameters that both APIs share, in the order of the contract's example; what is unset is not sent. */
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

/** -1 means as many tokens as there is room for, which is what OpenAI does when it is not told. */
function maxTokens({ parameters }: Sampling): Body {
	return parameters.max_tokens === -1 ? {} : { max_tokens: parameters.max_tokens };
}

function textIn(value: unknown): string {
	return typeof value === 'string' ? value : '';
}

export const chatForm: Form = {
	object: 'chat.completion',
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
		const said = (choice['delta'] ?? choice['message']) as Body | undefined;
		return textIn(said?.['content']);
	},
	wholeChoice: ({ index, text, finishReason, logprobs }) => ({
		index,
		message: { role: 'assistant', content: text },
		logprobs,
		finish_reason: finishReason,
	}),
};

export const completionForm: Form = {
	object: 'text_completion',
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

/** The models that OpenAI serves as completions; all others, also unknown ones of other hosts, speak chat. */
const completionModels = /^(gpt-3\.5-turbo-instruct|davinci-002|babbage-002|text-|code-)/;

export function formOf(model: string): Form {
	return completionModels.test(model) ? completionForm : chatForm;
}
