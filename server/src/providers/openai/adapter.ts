import OpenAI from 'openai';
import { unprocessable } from '../../domain/apiError.ts';
import type { Sampling } from '../../domain/provider.ts';
import { pooledFetch } from '../http.ts';
import type { Adapter } from '../shell.ts';
import { endpointOf } from './endpoints.ts';
import { mapError, origin } from './errors.ts';
import { readResponse, StreamAccumulator } from './response.ts';

export type OpenAiSettings = {
	/** Used when a request brings no key. */
	apiKey?: string;
	/** Another host that speaks OpenAI's API: Ollama, vLLM, a gateway. */
	baseUrl?: string;
};

/** The server times the call. The SDK's own timeout, which ends at the response's head, is as long as timers can be. */
const longestTimeoutMs = 2 ** 31 - 1;

/** Hosts on one's own machine need no key, but the SDK does. */
const placeholderKey = 'none';

function keyOf(settings: OpenAiSettings, sampling: Sampling): string {
	// A form that was not filled in sends an empty key.
	const key = sampling.keys.openai || settings.apiKey;
	if (key && !/^[\x21-\x7e]+$/.test(key)) {
		throw unprocessable(
			'The key "openai" in "provider_api_keys" cannot be used: a key has no white space and only ASCII characters. Copy it again.',
		);
	}
	if (key) return key;
	if (settings.baseUrl !== undefined) return placeholderKey;
	throw unprocessable(
		'There is no OpenAI key for this call: send one as "openai" in "provider_api_keys", ' +
			'or set OPENAI_API_KEY where the server runs.',
	);
}

/**
 * One client for all calls and keys: each request brings its own key. Everything that the SDK would otherwise read from
 * the environment is set, so that a caller's key never goes out with the operator's organization. The SDK's retries,
 * its timeout and its log, which shows headers, are off.
 */
function createClient(settings: OpenAiSettings): OpenAI {
	return new OpenAI({
		apiKey: placeholderKey,
		adminAPIKey: null,
		baseURL: settings.baseUrl ?? 'https://api.openai.com/v1',
		organization: null,
		project: null,
		maxRetries: 0,
		timeout: longestTimeoutMs,
		logLevel: 'off',
		fetch: pooledFetch,
	});
}

/** The host as errors name it: without path and query, which may hold secrets. */
function hostOf({ baseUrl }: OpenAiSettings): string {
	return baseUrl === undefined
		? 'OpenAI'
		: `the host of OPENAI_BASE_URL (${URL.parse(baseUrl)?.origin ?? 'no address'})`;
}

/** OpenAI, and every host that speaks its API, over OpenAI's own SDK. `num_samples` is a call's `n`. */
export function openaiAdapter(settings: OpenAiSettings): Adapter {
	const client = createClient(settings);
	const host = hostOf(settings);
	return {
		origin,
		secrets: settings.apiKey === undefined ? [] : [settings.apiKey],
		prepare(sampling) {
			const endpoint = endpointOf(sampling.parameters.model);
			const body = endpoint.body(sampling);
			const headers = { Authorization: `Bearer ${keyOf(settings, sampling)}` };
			const send = (samples: number, signal: AbortSignal) =>
				endpoint.create(client, { ...body, n: samples }, { signal, headers });
			return {
				request: body,
				operation: endpoint.operation,
				async generate(samples, signal) {
					return readResponse(endpoint, await send(samples, signal));
				},
				async *stream(samples, signal) {
					const accumulator = new StreamAccumulator(endpoint);
					const chunks = (await send(samples, signal)) as AsyncIterable<unknown>;
					for await (const chunk of chunks) for (const choice of accumulator.add(chunk)) yield choice;
					return accumulator.generation;
				},
				mapError: (error) => mapError(error, host),
			};
		},
	};
}
