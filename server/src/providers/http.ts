import { Agent, fetch, Response } from 'undici';
import { memoryOf } from '../domain/memory.ts';
import { RejectedResponse, type ResponseLimit, responseLimit } from './responseLimit.ts';

/**
 * Connections to the hosts of all providers, kept open from call to call. Node's own fetch keeps them too, but gives up
 * when a response takes longer than five minutes to start. Here the caller's signal alone limits the time.
 */
const dispatcher = new Agent({ headersTimeout: 0, bodyTimeout: 0 });

/** A response of text takes 8 bytes of memory for each byte, one with all log probabilities 12. */
const maxMemoryPerByte = 16;

function reject(limit: ResponseLimit, reason: string): RejectedResponse {
	limit.rejection = new RejectedResponse(reason);
	return limit.rejection;
}

/** Following a redirect would send the prompt to a host that nobody has chosen. */
function redirectReason(url: string, location: string | null): string {
	const target = location === null ? null : URL.parse(location, url);
	if (target === null) return 'it is a redirect without a usable address.';
	return (
		`it is a redirect to ${target.host}. This server does not follow redirects. ` +
		"If you trust that host, set it as the provider's address."
	);
}

/** The response, whose body fails and closes the connection as soon as it exceeds the limit. It counts after decompression. */
function limited(response: Response, limit: ResponseLimit, signal: AbortSignal | undefined): Response {
	if (response.body === null) return response;
	const reader = (response.body as ReadableStream<Uint8Array>).getReader();
	let bytes = 0;
	let memory = 0;
	const excess = () => {
		if (bytes > limit.maxBytes) return 'is larger than';
		return memory > limit.maxBytes * maxMemoryPerByte ? 'has too many values for' : undefined;
	};
	const body = new ReadableStream<Uint8Array>(
		{
			async pull(controller) {
				const { done, value } = await reader.read();
				if (done) return controller.close();
				bytes += value.length;
				const taken = memoryOf(value);
				memory += taken;
				const is = excess();
				if (is === undefined) {
					await limit.memory?.add(taken, signal);
					limit.unparsed += taken;
					return controller.enqueue(value);
				}
				const error = reject(limit, `it ${is} the limit of ${limit.maxBytes} bytes (MAX_RESPONSE_BYTES).`);
				await reader.cancel(error);
				throw error;
			},
			cancel: (reason) => reader.cancel(reason),
		},
		{ highWaterMark: 0 },
	);
	const { status, statusText, headers } = response;
	return new Response(body, { status, statusText, headers });
}

async function fetchLimited(url: string, init?: { signal?: AbortSignal }): Promise<Response> {
	const limit = responseLimit.getStore();
	if (limit === undefined) throw new Error('pooledFetch was called outside of a call of the shell');
	const response = await fetch(url, { ...init, dispatcher, redirect: 'manual' });
	if (response.status >= 300 && response.status < 400) {
		await response.body?.cancel();
		throw reject(limit, redirectReason(url, response.headers.get('location')));
	}
	return limited(response, limit, init?.signal);
}

/**
 * `fetch` over these connections, for adapters and for SDKs in place of their own. It does not follow redirects, and
 * limits the size of responses. The shell turns both into an error of the call.
 */
export const pooledFetch = fetchLimited as unknown as typeof globalThis.fetch;
