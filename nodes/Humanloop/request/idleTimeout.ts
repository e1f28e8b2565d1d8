import { FailedCallError } from './failedCall';
import { afterwards } from './timer';

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
	let hasEnded = false;
	let lastPieceAt = Date.now();
	let interrupt: (reason: Error) => void = () => {};

	// One timer at a time for each stream: a timer for each piece would outlive it by the time-out.
	const watch = () => {
		const restMs = lastPieceAt + idleMs - Date.now();
		if (hasEnded) return;
		if (restMs <= 0) interrupt(silent(idleMs));
		else afterwards(restMs, watch);
	};
	watch();

	try {
		for (;;) {
			// Destroying the stream alone would not end the wait: axios hands out a wrapper that only
			// notices at the next piece (axios 1.18, lib/adapters/http.js, enforceMaxContentLength).
			const piece = await new Promise<IteratorResult<Uint8Array>>((resolve, reject) => {
				interrupt = reject;
				pieces.next().then(resolve, reject);
			});
			if (piece.done) return;
			lastPieceAt = Date.now();
			yield piece.value;
		}
	} finally {
		hasEnded = true;
		stream.destroy();
	}
}

function silent(idleMs: number): FailedCallError {
	return new FailedCallError({
		message: `The stream has been silent for ${idleMs / 1000} s`,
		description: 'The answer may still be on its way and be paid for. Raise the timeout in the request options.',
		isTransient: true,
	});
}
