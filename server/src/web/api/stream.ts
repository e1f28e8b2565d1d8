import { EventSourceParserStream } from 'eventsource-parser/stream';

import { send, toApiError, type RequestOptions } from './client.ts';

/**
 * Sends a call with `stream: true` and yields its events as they arrive.
 *
 * @param onComment gets the comments between events; the last one of a call tells its cost
 * @throws ApiError for an error response, and for an error that ends the stream
 */
export async function* streamEvents<T>(
	path: string,
	body: Record<string, unknown>,
	{
		onComment,
		...options
	}: Pick<RequestOptions, 'headers' | 'signal'> & { onComment?: (comment: string) => void } = {},
): AsyncGenerator<T> {
	const headers = { ...options.headers, Accept: 'text/event-stream' };
	const response = await send('POST', path, { ...options, headers, body: { ...body, stream: true } });
	if (!response.body) return;
	const reader = response.body
		.pipeThrough(new TextDecoderStream())
		.pipeThrough(new EventSourceParserStream(onComment ? { onComment } : {}))
		.getReader();
	// Not `for await`: Safari cannot iterate over streams.
	try {
		for (;;) {
			const { done, value } = await reader.read();
			if (done) return;
			yield eventOf<T>(value.data);
		}
	} finally {
		await reader.cancel().catch(() => undefined);
	}
}

function eventOf<T>(data: string): T {
	const event = JSON.parse(data) as T;
	if (typeof event !== 'object' || event === null || !('detail' in event)) return event;
	const { code } = event.detail as { code?: number };
	throw toApiError(code ?? 500, event);
}
