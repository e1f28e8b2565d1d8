import type { Dispatcher } from 'undici';
import type { Sampling } from '../../domain/provider.ts';
import type { Body } from '../body.ts';
import { isFinished } from '../generation.ts';
import { BrokenResponse, post } from '../http.ts';
import type { Adapter } from '../shell.ts';
import { endpointOf } from './endpoints.ts';
import { type HostName, mapError } from './errors.ts';
import type { HostProfile } from './hosts.ts';
import { checkDemands } from './limits.ts';
import { peek, readChunks, readJson } from './read.ts';
import { readResponse, StreamAccumulator } from './response.ts';

/** Where the requests of one call go, and what proves that they may. */
export type Target = {
	url: URL;
	/** With the key. */
	headers: Record<string, string>;
	/** The host as errors name it: without path and query, which may hold secrets. */
	host: HostName;
	/** Where its connections come from, if the caller has chosen the host. */
	dispatcher?: Dispatcher;
};

/** A host, or a family of hosts, that speaks OpenAI's API. */
export type Family = {
	profile: HostProfile;
	/** The server's own keys. */
	secrets: readonly string[];
	/** Chooses the host and the key of a call. `path` is that of the endpoint. Throws 422 if one is missing. */
	target: (sampling: Sampling, path: string) => Target;
};

/** OpenAI, Azure, and every host that speaks OpenAI's API. `num_samples` is a call's `n`. */
export function openaiAdapter({ profile, secrets, target }: Family): Adapter {
	return {
		origin: profile.origin,
		secrets,
		prepare(sampling) {
			checkDemands(sampling, profile);
			const endpoint = endpointOf(sampling.parameters.model, profile);
			const body = endpoint.body(sampling, profile);
			const { url, headers, host, dispatcher } = target(sampling, endpoint.path);
			const send = (samples: number, signal: AbortSignal) => {
				const sent: Body = { ...body, ...(Object.hasOwn(body, 'n') ? { n: samples } : {}) };
				const accept = sampling.stream ? 'text/event-stream' : 'application/json';
				const allHeaders = { 'content-type': 'application/json', accept, 'user-agent': 'humanloop-server', ...headers };
				return post({ url, headers: allHeaders, body: JSON.stringify(sent), dispatcher }, signal);
			};
			return {
				request: body,
				operation: endpoint.operation,
				async generate(samples, signal) {
					return readResponse(endpoint, await readJson(await send(samples, signal)));
				},
				async *stream(samples, signal) {
					const accumulator = new StreamAccumulator(endpoint);
					const { isPlain, all } = await peek(await send(samples, signal));
					if (isPlain) {
						const generation = readResponse(endpoint, await readJson(all));
						for (const { index, text } of generation.samples) yield { index, text };
						return generation;
					}
					const chunks = readChunks(all);
					try {
						for await (const chunk of chunks) for (const choice of accumulator.add(chunk)) yield choice;
					} catch (error) {
						// All that was paid for is there: only the usage or the last line is missing.
						if (!(error instanceof BrokenResponse && isFinished(accumulator.generation.samples))) throw error;
					}
					return accumulator.generation;
				},
				mapError: (error) => mapError(error, host),
			};
		},
	};
}
