import { FailedCallError } from '../failedCall';
import { afterwards } from '../timer';

/** A Node.js stream, as far as it is used here. */
export interface ByteStream extends AsyncIterable<Uint8Array> {
	destroy(): void;
}

/**
 * Passes a stream on, and ends it when nothing has come for too long. n8n's own time-out ends when
 * the headers are there.
 *
 * @param idleMs the longest time between two pieces, in milliseconds
 * @throws FailedCallError when the stream has been silent for that long
 */
export async function* withIdleTimeout(stream: ByteStream, idleMs: number): AsyncGenerator<Uint8Array> {
	const pieces = stream[Symbol.asyncIterator]();
	const watched: Watched = { lastPieceAt: Date.now(), interrupt: () => {} };
	watch(watched, idleMs);

	try {
		for (;;) {
			// Destroying the stream alone would not end the wait: axios hands out a wrapper that only
			// notices at the next piece (axios 1.18, lib/adapters/http.js, enforceMaxContentLength).
			const piece = await new Promise<IteratorResult<Uint8Array>>((resolve, reject) => {
				watched.interrupt = reject;
				pieces.next().then(resolve, reject);
			});
			if (piece.done) return;
			watched.lastPieceAt = Date.now();
			yield piece.value;
		}
	} finally {
		watched.interrupt = null;
		stream.destroy();
	}
}

interface Watched {
	/** In milliseconds since 1970. */
	lastPieceAt: number;
	/** Ends the wait for the next piece; null when the stream has ended. */
	interrupt: ((reason: Error) => void) | null;
}

/**
 * One timer at a time for each stream: a timer for each piece would outlive it by the time-out. The last
 * one does, because it cannot be stopped: so it must not know the stream.
 */
function watch(watched: Watched, idleMs: number): void {
	if (!watched.interrupt) return;
	const restMs = watched.lastPieceAt + idleMs - Date.now();
	if (restMs <= 0) watched.interrupt(silent(idleMs));
	else afterwards(restMs, () => watch(watched, idleMs));
}

function silent(idleMs: number): FailedCallError {
	return new FailedCallError({
		message: `The stream has been silent for ${idleMs / 1000} s`,
		description: 'The answer may still be on its way and be paid for. Raise the timeout in the request options.',
		isTransient: true,
	});
}
