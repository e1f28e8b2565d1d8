import { ApiFailure } from './apiFailure';
import { callAfter } from './timer';

/** The part of a Node.js stream that is used here. */
export interface ByteStream extends AsyncIterable<Uint8Array> {
	destroy(): void;
}

/**
 * Passes a stream on, and ends it when nothing arrives for too long. n8n's own timeout only covers the time until
 * the headers arrive.
 *
 * @param idleMs the longest time between two chunks, in milliseconds
 * @throws ApiFailure when the stream was silent for that long
 */
export function withIdleTimeout(stream: ByteStream, idleMs: number): AsyncGenerator<Uint8Array> {
	let lastChunkAt = Date.now();
	return watched(stream, {
		endsAt: () => lastChunkAt + idleMs,
		onChunk: () => (lastChunkAt = Date.now()),
		failure: () =>
			new ApiFailure({
				message: `The stream sent nothing for ${idleMs / 1000} s`,
				description: 'The call may still finish and be paid for. Raise the timeout in the request options.',
				isRetryable: true,
			}),
	});
}

/**
 * Passes a stream on, and ends it at a given time, however much of it has arrived.
 *
 * @param endsAt in milliseconds since 1970
 * @param timeoutMs the timeout that ends then, for the message
 * @throws ApiFailure when the stream has not ended by then
 */
export function withDeadline(stream: ByteStream, endsAt: number, timeoutMs: number): AsyncGenerator<Uint8Array> {
	return watched(stream, {
		endsAt: () => endsAt,
		onChunk: () => {},
		failure: () =>
			new ApiFailure({
				message: `The response was not complete within the timeout of ${timeoutMs / 1000} s`,
				description:
					'The call may still finish and be paid for. Raise the timeout in the request options, or ask for a shorter output.',
				isRetryable: true,
			}),
	});
}

interface Limit {
	/** In milliseconds since 1970. */
	endsAt: () => number;
	onChunk: () => void;
	failure: () => ApiFailure;
}

async function* watched(stream: ByteStream, limit: Limit): AsyncGenerator<Uint8Array> {
	const chunks = stream[Symbol.asyncIterator]();
	const watch: Watch = { endsAt: limit.endsAt, interrupt: () => {}, isOver: false };
	callAtEnd(watch, limit.failure);

	try {
		for (;;) {
			if (watch.isOver) throw limit.failure();
			// Destroying the stream does not end the wait: axios wraps it, and the wrapper only notices at the next
			// chunk (axios 1.18, lib/adapters/http.js, enforceMaxContentLength).
			const chunk = await new Promise<IteratorResult<Uint8Array>>((resolve, reject) => {
				watch.interrupt = reject;
				chunks.next().then(resolve, reject);
			});
			if (chunk.done) return;
			limit.onChunk();
			yield chunk.value;
		}
	} finally {
		watch.interrupt = null;
		stream.destroy();
	}
}

interface Watch {
	endsAt: () => number;
	/** Ends the wait for the next chunk; null when the stream has ended. */
	interrupt: ((reason: Error) => void) | null;
	/** Whether the time ran out while a chunk was being worked on. */
	isOver: boolean;
}

/**
 * One timer at a time per stream, not one per chunk: a timer cannot be stopped, so each would live on until the
 * timeout. The last one does, so it must not hold on to the stream.
 */
function callAtEnd(watch: Watch, failure: () => ApiFailure): void {
	if (!watch.interrupt) return;
	const restMs = watch.endsAt() - Date.now();
	if (restMs > 0) return callAfter(restMs, () => callAtEnd(watch, failure));
	watch.isOver = true;
	watch.interrupt(failure());
}
