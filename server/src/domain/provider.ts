import type { ProviderKeyField } from '../contract/providers.ts';
import type { Parameters } from './entities.ts';

export type Usage = { promptTokens: number; generationTokens: number };
/** `call`: the index of the response that it came in. */
export type Sample = { text: string; finishReason: string | null; call: number };

/** A completion call, as every provider gets it. */
export type Sampling = {
	parameters: Parameters;
	prompt: string;
	numSamples: number;
	stream: boolean;
	seed?: number;
	logprobs?: number;
	suffix?: string;
	user?: string;
	/** The request's keys, for this call only. */
	keys: Partial<Record<ProviderKeyField, string | null>>;
};

/**
 * What a provider returned: the samples by index, one response per call to the host, and the tokens of all these calls;
 * null if one of them was not counted.
 */
export type Outcome = { samples: Sample[]; responses: Record<string, unknown>[]; usage: Usage | null };

/** The next piece of one sample's text. */
export type Delta = { index: number; text: string };

/** Makes a call, and repeats it if that makes sense. Wrap calls in it only while none of the text has gone out. */
export type Retry = <T>(ask: () => Promise<T>) => Promise<T>;

/** A call that can be made. Nothing in it holds a key: `request` is the body that is sent. */
export type ReadyCall = {
	request: Record<string, unknown>;
	/** Throws ApiError with the provider's origin, or what the signal was aborted with. */
	complete(signal: AbortSignal, retry: Retry): Promise<Outcome>;
	/** The same in pieces, then the whole. A sample without a finish reason at the end is an error, never a short text. */
	stream(signal: AbortSignal, retry: Retry): AsyncGenerator<Delta, Outcome, void>;
};

/** Checks everything that can be checked without a call to the host. Throws ApiError 422 for what cannot be done. */
export type Provider = { prepare(sampling: Sampling): Promise<ReadyCall> };

/** The providers that this server runs, by name. */
export type Providers = Partial<Record<Parameters['provider'], Provider>>;
