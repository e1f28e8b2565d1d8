import type { ToolCall } from '../../contract/messages.ts';
import { unprocessable } from '../../domain/apiError.ts';
import type { Sampling } from '../../domain/provider.ts';
import { bodyIn, type Body, textIn } from '../body.ts';
import { messagesOf } from '../chatMessages.ts';
import type { HostProfile } from './hosts.ts';
import { type ToolCallPiece, toolCallPieces } from './toolCalls.ts';

/** What a model said: in a response all of it, in a stream's chunk what is new. */
export type Said = {
	text: string;
	/** Why the model does not answer, in its own words. null if it never said so. */
	refusal: string | null;
};

/** One choice of a response, put together from a stream. */
export type WholeChoice = Said & {
	index: number;
	toolCalls: ToolCall[];
	/** In OpenAI's terms. */
	finishReason: string | null;
	logprobs: unknown;
};

/** One of OpenAI's two endpoints for text: how to call it and how to read what it returns. */
export type Endpoint = {
	/** Throws 422 for what the endpoint cannot do. What the host does not know is left out. */
	body(sampling: Sampling, host: HostProfile): Body;
	/** Below the base URL. */
	path: string;
	/** What is said in a choice of a response or a chunk. */
	read(choice: Body): Said & { toolCalls: ToolCallPiece[] };
	/** A choice as a response has it. */
	wholeChoice(choice: WholeChoice): Body;
	/** The response's `object`. */
	object: string;
	operation: 'chat' | 'text_completion';
};

/**
 * The call sets these. A config that overrides them would make the response unreadable. Logs, prices and budgets name the
 * config's own model.
 */
const reserved = ['model', 'stream', 'stream_options', 'n', 'messages', 'prompt'];

/** What the call sets, and a config must not set in `other`. */
function reservedBy({ tools, toolChoice }: Sampling): string[] {
	return [...reserved, ...(tools.length > 0 ? ['tools'] : []), ...(toolChoice === undefined ? [] : ['tool_choice'])];
}

/** The parameters that both endpoints share, in the order of the contract's example. What is unset is not sent. */
function sharedParameters(sampling: Sampling, { lacks, seedName = 'seed' }: HostProfile): Body {
	const { parameters, numSamples, stream, seed, user } = sampling;
	const overridden = reservedBy(sampling).filter((key) => Object.hasOwn(parameters.other, key));
	if (overridden.length > 0) {
		throw unprocessable(`The model config sets ${overridden.join(', ')} in "other"; the call itself decides these.`);
	}
	return {
		stream,
		...(lacks.includes('n') ? {} : { n: numSamples }),
		model: parameters.model,
		temperature: parameters.temperature,
		top_p: parameters.top_p,
		...(lacks.includes('penalties')
			? {}
			: { presence_penalty: parameters.presence_penalty, frequency_penalty: parameters.frequency_penalty }),
		...(stream && !lacks.includes('stream_options') ? { stream_options: { include_usage: true } } : {}),
		...(parameters.stop === undefined ? {} : { stop: parameters.stop }),
		...(seed === undefined ? {} : { [seedName]: seed }),
		...(user === undefined || lacks.includes('user') ? {} : { user }),
	};
}

/** OpenAI's models that reason refuse `max_tokens`; older ones and other hosts know no other name. */
const reasoningModels = /^(o\d|gpt-([5-9]|\d\d))/;

/** -1 means as many tokens as there is room for, which is the default. */
function maxTokens({ parameters: { max_tokens: most, model } }: Sampling, { origin }: HostProfile): Body {
	if (most === -1) return {};
	const isReasoning = origin.endsWith('OpenAI') && reasoningModels.test(model);
	return isReasoning ? { max_completion_tokens: most } : { max_tokens: most };
}

/** The text of a message. Mistral's models that reason send parts: what they think is not text. */
function contentIn(content: unknown): string {
	if (!Array.isArray(content)) return textIn(content);
	return content.map((part) => textIn(bodyIn(part)['text'])).join('');
}

/** The tools of a call, and which of them the model may call. */
function toolParameters({ tools, toolChoice }: Sampling): Body {
	return {
		...(tools.length === 0 ? {} : { tools }),
		...(toolChoice === undefined ? {} : { tool_choice: toolChoice }),
	};
}

const chatEndpoint: Endpoint = {
	path: '/chat/completions',
	object: 'chat.completion',
	operation: 'chat',
	body(sampling, host) {
		const { parameters, prompt, logprobs, suffix } = sampling;
		if (suffix !== undefined) {
			throw unprocessable(`The model "${parameters.model}" is a chat model, which takes no suffix; leave it out.`);
		}
		return {
			messages: messagesOf(prompt),
			...sharedParameters(sampling, host),
			...(logprobs === undefined ? {} : { logprobs: true, top_logprobs: logprobs }),
			...(parameters.response_format === undefined ? {} : { response_format: parameters.response_format }),
			...(parameters.reasoning_effort === undefined ? {} : { reasoning_effort: parameters.reasoning_effort }),
			...toolParameters(sampling),
			...parameters.other,
			...maxTokens(sampling, host),
		};
	},
	read(choice) {
		const message = bodyIn(choice['delta'] ?? choice['message']);
		const { refusal } = message;
		return {
			text: contentIn(message['content']),
			refusal: typeof refusal === 'string' ? refusal : null,
			toolCalls: toolCallPieces(message['tool_calls']),
		};
	},
	wholeChoice: ({ index, text, refusal, toolCalls, finishReason, logprobs }) => ({
		index,
		message: {
			role: 'assistant',
			content: text === '' && (refusal !== null || toolCalls.length > 0) ? null : text,
			...(refusal === null ? {} : { refusal }),
			...(toolCalls.length === 0 ? {} : { tool_calls: toolCalls }),
		},
		logprobs,
		finish_reason: finishReason,
	}),
};

const completionEndpoint: Endpoint = {
	path: '/completions',
	object: 'text_completion',
	operation: 'text_completion',
	body(sampling, host) {
		const { parameters, prompt, tools, logprobs, suffix } = sampling;
		if (typeof prompt !== 'string') {
			throw unprocessable(
				`The model "${parameters.model}" is a completion model, which takes no messages. Use a chat model, ` +
					'or a config with a prompt_template and the endpoint "complete".',
			);
		}
		if (tools.length > 0) {
			throw unprocessable(
				`The model "${parameters.model}" is a completion model, which takes no tools. Use a chat model.`,
			);
		}
		return {
			prompt,
			...sharedParameters(sampling, host),
			...(logprobs === undefined ? {} : { logprobs }),
			...(suffix === undefined ? {} : { suffix }),
			...parameters.other,
			...maxTokens(sampling, host),
		};
	},
	read: (choice) => ({ text: textIn(choice['text']), refusal: null, toolCalls: [] }),
	wholeChoice: ({ index, text, finishReason, logprobs }) => ({ text, index, logprobs, finish_reason: finishReason }),
};

/** The models that OpenAI serves as completions (Azure writes gpt-35). All others are chat models. */
const completionModels = /^(gpt-3\.?5-turbo-instruct|davinci-002|babbage-002|text-|code-)/;

export function endpointOf(model: string, { lacks }: HostProfile): Endpoint {
	return completionModels.test(model) && !lacks.includes('completions') ? completionEndpoint : chatEndpoint;
}
