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
export async function* withIdleTimeout(stream: ByteStream, idleMs: number): AsyncGenerator<Uint8Array> {
	const chunks = stream[Symbol.asyncIterator]();
	const watched: Watched = { lastChunkAt: Date.now(), interrupt: () => {} };
	watch(watched, idleMs);

	try {
		for (;;) {
			// Destroying the stream does not end the wait: axios wraps it, and the wrapper only notices at the next
			// chunk (axios 1.18, lib/adapters/http.js, enforceMaxContentLength).
			const chunk = await new Promise<IteratorResult<Uint8Array>>((resolve, reject) => {
				watched.interrupt = reject;
				chunks.next().then(resolve, reject);
			});
			if (chunk.done) return;
			watched.lastChunkAt = Date.now();
			yield chunk.value;
		}
	} finally {
		watched.interrupt = null;
		stream.destroy();
	}
}

interface Watched {
	/** In milliseconds since 1970. */
	lastChunkAt: number;
	/** Ends the wait for the next chunk; null when the stream has ended. */
	interrupt: ((reason: Error) => void) | null;
}

/**
 * One timer at a time per stream, not one per chunk: a timer cannot be stopped, so each would live on until the
 * timeout. The last one does, so it must not hold on to the stream.
 */
function watch(watched: Watched, idleMs: number): void {
	if (!watched.interrupt) return;
	const restMs = watched.lastChunkAt + idleMs - Date.now();
	if (restMs <= 0) watched.interrupt(idleFailure(idleMs));
	else callAfter(restMs, () => watch(watched, idleMs));
}

function idleFailure(idleMs: number): ApiFailure {
	return new ApiFailure({
		message: `The stream sent nothing for ${idleMs / 1000} s`,
		description: 'The call may still finish and be paid for. Raise the timeout in the request options.',
		isRetryable: true,
	});
}
