import type { CacheControl } from '../contract/caching.ts';
import type { ChatMessage, ToolCall, ToolChoice } from '../contract/messages.ts';
import type { MockReplies } from '../contract/mock.ts';
import { type ProviderKeys, providerNames } from '../contract/providers.ts';
import type { ApiError } from './apiError.ts';
import type { ModelParameters } from './entities.ts';
import type { MemoryShare } from './memory.ts';

/** Tokens of all calls to the provider together. */
export type Usage = {
	promptTokens: number;
	generationTokens: number;
	/** Those of the prompt's tokens that came from the provider's cache; 0 if the provider tells none. */
	cachedPromptTokens: number;
	/** Those of the prompt's tokens that the provider wrote to its cache; 0 if the provider tells none. */
	cacheWriteTokens: number;
	/** Those of the generated tokens that are not in the text; 0 if the provider tells none. */
	reasoningTokens: number;
};
/**
 * `index` counts from 0 over the samples that the call asks for. `call` is the index of the response that the sample came
 * in. `toolCalls` are whole, with an ID each.
 */
export type Sample = { index: number; text: string; toolCalls: ToolCall[]; finishReason: string | null; call: number };

/** A function that the model may ask to call, in the form of OpenAI's API. */
export type FunctionTool = {
	type: 'function';
	function: { name: string; description?: string; strict?: boolean; parameters?: Record<string, unknown> };
};

/** What to ask a provider for. */
export type Sampling = {
	/** Without the config's settings for this server. */
	parameters: ModelParameters;
	/** A text to complete, or the messages of a chat. Filled from the inputs. */
	prompt: string | ChatMessage[];
	/** The tools that the model may call. Empty for none. */
	tools: FunctionTool[];
	toolChoice?: ToolChoice;
	inputs: Record<string, unknown>;
	mockReplies?: MockReplies;
	cacheControl?: CacheControl;
	numSamples: number;
	stream: boolean;
	seed?: number;
	logprobs?: number;
	suffix?: string;
	user?: string;
	/** The provider keys of the request. They are for this call only. */
	keys: ProviderKeys;
	/** Where responses count while they arrive, if memory is limited. */
	memory?: MemoryShare;
};

/**
 * What a call brought: the samples by index, and the raw responses, one per request to the provider. `missing` says why
 * there are fewer samples than wanted.
 */
export type ProviderResult = {
	samples: Sample[];
	responses: Record<string, unknown>[];
	usage: Usage | null;
	missing?: ApiError;
	/** Whether the model has answered more than `usage` counts, because a response broke off: nobody knows what it cost. */
	isUncounted?: boolean;
};

/** A piece of the text of one sample. */
export type Delta = { index: number; text: string };

/** What a response tells about itself: without its text, and without any key. Tokens are undefined if nobody counted them. */
export type ResponseReport = {
	/** The model as the provider names it. */
	model: string | undefined;
	finishReasons: string[];
	promptTokens: number | undefined;
	generationTokens: number | undefined;
	/** Those of the prompt's tokens that came from the provider's cache. */
	cachedPromptTokens: number | undefined;
	/** Those of the generated tokens that are not in the text. */
	reasoningTokens: number | undefined;
};

/** Sends the requests of one call to its provider, and counts them. */
export type Requests = {
	/**
	 * Sends a request for so many samples, and sends it again if it failed and that can help. Ends when something of its
	 * response is there.
	 */
	send<T>(samples: number, request: () => Promise<T>): Promise<T>;
	/** The head of a good response to a plain request is there, or the first content of a stream: the model has answered. */
	answering?(): void;
	/** The response of the last request came whole. Until then, the request counts as failed. */
	succeeded(response: ResponseReport): void;
	/** Nothing more is sent. If the last request has not succeeded, this is why. */
	failed(error: unknown): void;
};

/** A call that can be made. `request` is its raw body, without any key. */
export type ReadyCall = {
	request: Record<string, unknown>;
	/** What the provider is asked to do, in the terms of OpenTelemetry. */
	operation: 'chat' | 'text_completion';
	/** Whether a request for several samples is one to the provider for each of them. */
	isSideBySide: boolean;
	/** Throws ApiError with the provider's origin, or the reason of the signal. */
	complete(signal: AbortSignal, requests: Requests): Promise<ProviderResult>;
	/** Yields the text in pieces, then returns the whole. A sample that ends without a finish reason is an error. */
	stream(signal: AbortSignal, requests: Requests): AsyncGenerator<Delta, ProviderResult, void>;
};

export type Provider = {
	/** Checks what it can without calling the provider. Throws 422 for what the provider cannot do. */
	prepare(sampling: Sampling): Promise<ReadyCall>;
	/** Whether each call must bring a key, because the server has none for this provider. */
	needsKey?: boolean;
	/** What the operator has to set before it can be called, in a sentence. */
	unavailable?: string;
	/** The address that the operator has set, if any: another host than the provider's own has other prices. */
	baseUrl?: string;
};

/** The providers that this server knows how to call, by their name in a config. */
export type Providers = Readonly<Record<string, Provider | undefined>>;

/** Why a provider cannot be called, in a sentence. Undefined if it can. */
export function whyUnavailable(providers: Providers, name: string): string | undefined {
	const provider = providers[name];
	if (provider !== undefined) return provider.unavailable;
	if ((providerNames as readonly string[]).includes(name)) return `This server cannot run ${name} yet.`;
	return (
		`This server does not know ${name}. If it is a host that speaks OpenAI's API, ` +
		`set PROVIDER_${name.toUpperCase()}_BASE_URL to its address where the server runs.`
	);
}
