import type { ProviderKeyField } from '../contract/providers.ts';
import type { Parameters } from './entities.ts';

export type Usage = { promptTokens: number; generationTokens: number };
/** `call`: which of the outcome's responses it came in. */
export type Sample = { text: string; finishReason: string | null; call: number };

/** What a provider is asked for. */
export type Sampling = {
	parameters: Parameters;
	prompt: string;
	numSamples: number;
	stream: boolean;
	seed?: number;
	logprobs?: number;
	suffix?: string;
	user?: string;
	/** Keys of the request, for this call alone. */
	keys: Partial<Record<ProviderKeyField, string | null>>;
};

/** A whole answer: one sample per index; one response per call to the provider; tokens summed over these calls. */
export type Outcome = { samples: Sample[]; responses: Record<string, unknown>[]; usage: Usage | null };

/** A piece of one sample's text, as it arrives. */
export type Delta = { index: number; text: string };

/**
 * Asks once, and again where that makes sense: a provider wraps each of its calls in it as long as none of the
 * answer has gone out.
 */
export type Retry = <T>(ask: () => Promise<T>) => Promise<T>;

/** A call that can be made: `request` is the raw body, without any key. */
export type ReadyCall = {
	request: Record<string, unknown>;
	/** Throws ApiError with the provider's origin; or what the signal was aborted with. */
	complete(signal: AbortSignal, retry: Retry): Promise<Outcome>;
	/** The same in pieces, then the whole. A sample that has no finish reason at the end is an error, never a short answer. */
	stream(signal: AbortSignal, retry: Retry): AsyncGenerator<Delta, Outcome, void>;
};

/** Checks all that can be checked without calling anybody, and throws a 422 for what cannot be done. */
export type Provider = { prepare(sampling: Sampling): ReadyCall };

/** The providers that this server runs, by their name in a config. */
export type Providers = Partial<Record<Parameters['provider'], Provider>>;
