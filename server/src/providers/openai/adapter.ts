import { unprocessable } from '../../domain/apiError.ts';
import type { Sampling } from '../../domain/provider.ts';
import type { Body } from '../body.ts';
import { post } from '../http.ts';
import type { Adapter } from '../shell.ts';
import { endpointOf } from './endpoints.ts';
import { type HostName, mapError } from './errors.ts';
import { readChunks, readJson } from './read.ts';
import { readResponse, StreamAccumulator } from './response.ts';

export type OpenAiSettings = {
	/** Used when a request brings no key. */
	apiKey?: string;
	/** Another host that speaks OpenAI's API: Ollama, vLLM, a gateway. */
	baseUrl?: string;
};

function keyOf(settings: OpenAiSettings, sampling: Sampling): string | undefined {
	// A form that was not filled in sends an empty key.
	const key = sampling.keys.openai || settings.apiKey;
	if (key && !/^[\x21-\x7e]+$/.test(key)) {
		throw unprocessable(
			'The key "openai" in "provider_api_keys" cannot be used: a key has no white space and only ASCII characters. Copy it again.',
		);
	}
	if (key) return key;
	if (settings.baseUrl !== undefined) return undefined;
	throw unprocessable(
		'There is no OpenAI key for this call: send one as "openai" in "provider_api_keys", ' +
			'or set OPENAI_API_KEY where the server runs.',
	);
}

/** The host as errors name it: without path and query, which may hold secrets. */
function hostOf({ baseUrl }: OpenAiSettings): HostName {
	const inSentence =
		baseUrl === undefined ? 'OpenAI' : `the host of OPENAI_BASE_URL (${URL.parse(baseUrl)?.origin ?? 'no address'})`;
	return { origin: 'OpenAI', inSentence };
}

/** OpenAI, and every host that speaks its API. `num_samples` is a call's `n`. */
export function openaiAdapter(settings: OpenAiSettings): Adapter {
	const host = hostOf(settings);
	return {
		origin: host.origin,
		secrets: settings.apiKey === undefined ? [] : [settings.apiKey],
		prepare(sampling) {
			const endpoint = endpointOf(sampling.parameters.model);
			const body = endpoint.body(sampling);
			const key = keyOf(settings, sampling);
			const url = new URL(settings.baseUrl ?? 'https://api.openai.com/v1');
			url.pathname = `${url.pathname.replace(/\/$/, '')}${endpoint.path}`;
			const send = (samples: number, signal: AbortSignal) => {
				const headers = {
					'content-type': 'application/json',
					accept: sampling.stream ? 'text/event-stream' : 'application/json',
					'user-agent': 'humanloop-server',
					...(key === undefined ? {} : { authorization: `Bearer ${key}` }),
				};
				const sent: Body = { ...body, n: samples };
				return post({ url, headers, body: JSON.stringify(sent) }, signal);
			};
			return {
				request: body,
				operation: endpoint.operation,
				async generate(samples, signal) {
					return readResponse(endpoint, await readJson(await send(samples, signal)));
				},
				async *stream(samples, signal) {
					const accumulator = new StreamAccumulator(endpoint);
					const chunks = readChunks(await send(samples, signal));
					for await (const chunk of chunks) for (const choice of accumulator.add(chunk)) yield choice;
					return accumulator.generation;
				},
				mapError: (error) => mapError(error, host),
			};
		},
	};
}
