import { randomBytes } from 'node:crypto';
import type {
	LanguageModelV4Content,
	LanguageModelV4FinishReason,
	LanguageModelV4StreamPart,
	LanguageModelV4ToolCall,
	LanguageModelV4Usage,
} from '@ai-sdk/provider';
import type { ToolCall } from '../../contract/messages.ts';
import { textIn } from '../body.ts';
import type { Generation } from '../generation.ts';

const finishReasons: Partial<Record<LanguageModelV4FinishReason['unified'], string>> = {
	stop: 'stop',
	length: 'length',
	'content-filter': 'content_filter',
	'tool-calls': 'tool_call',
};

/** Why a sample ended: in the contract's terms, or in the provider's if it has none. null if the provider did not say. */
function finishReasonOf({ unified, raw }: LanguageModelV4FinishReason): string | null {
	return raw === undefined ? null : (finishReasons[unified] ?? raw);
}

/** Of the prompt, all tokens count, those that were read from or written to the provider's cache too. */
function usageOf({ inputTokens, outputTokens }: LanguageModelV4Usage): Generation['usage'] {
	return {
		promptTokens: inputTokens.total,
		generationTokens: outputTokens.total,
		cachedPromptTokens: inputTokens.cacheRead,
		cacheWriteTokens: inputTokens.cacheWrite,
		reasoningTokens: outputTokens.reasoning,
	};
}

/**
 * A tool call in the contract's form. Gemini signs its calls and wants to have the signature back with them:
 * `extra_content` is where Google's own API in OpenAI's form has it.
 */
function toToolCall({ toolCallId, toolName, input, providerMetadata }: LanguageModelV4ToolCall): ToolCall {
	const signature = textIn(providerMetadata?.['google']?.['thoughtSignature']);
	return {
		id: toolCallId === '' ? `call_${randomBytes(12).toString('hex')}` : toolCallId,
		type: 'function',
		function: { name: toolName, arguments: input === '' ? '{}' : input },
		...(signature === '' ? {} : { extra_content: { google: { thought_signature: signature } } }),
	};
}

/** The one sample of a response, put together from its parts. */
export class SampleAccumulator {
	#text = '';
	readonly #toolCalls: ToolCall[] = [];
	#finishReason: string | null = null;
	#usage: Generation['usage'] = { promptTokens: undefined, generationTokens: undefined };

	/** Takes a part and returns its text. */
	add(part: LanguageModelV4Content | LanguageModelV4StreamPart): string {
		if (part.type === 'finish') this.finish(part);
		// Tools that the provider runs by itself are no calls for the caller.
		if (part.type === 'tool-call' && part.providerExecuted !== true) this.#toolCalls.push(toToolCall(part));
		const text = part.type === 'text' ? part.text : part.type === 'text-delta' ? part.delta : '';
		this.#text += text;
		return text;
	}

	finish({ finishReason, usage }: { finishReason: LanguageModelV4FinishReason; usage: LanguageModelV4Usage }): void {
		// Some gateways have a name of their own for it.
		const isForTools = finishReason.unified === 'other' && finishReason.raw !== undefined && this.#toolCalls.length > 0;
		this.#finishReason = isForTools ? 'tool_call' : finishReasonOf(finishReason);
		this.#usage = usageOf(usage);
	}

	/** `response` is the provider's own. */
	generation(response: Generation['response']): Generation {
		const sample = { index: 0, text: this.#text, toolCalls: this.#toolCalls, finishReason: this.#finishReason };
		return { samples: [sample], response, usage: this.#usage };
	}
}
