import { ApiError, clientClosedRequest } from '../apiError.ts';
import type { Caller } from '../idempotency/idempotency.ts';
import type { Waiters } from '../idempotency/waiters.ts';
import type { Listener } from './listener.ts';
import { startProviderTimer, startTimer } from './timer.ts';

/** The request that runs. `deadline` is when its caller stops waiting, as a reading of `performance.now()`. */
type Leader = Omit<Caller, 'scope'> & { deadline: number; listener: Listener | undefined };

function noResponseInTime(): ApiError {
	return new ApiError(504, "The model did not respond before the caller's timeout.");
}

function noMemoryInTime(): ApiError {
	return new ApiError(
		504,
		"The model has responded, but the server had no memory for its response before the caller's timeout. " +
			'Only a call with an Idempotency-Key can get it later.',
	);
}

/**
 * Tells the waiters when the leader disconnects, or when its deadline passes before the first event of a stream: after
 * that event, the caller sees that the call goes on. A plain call with a key ignores both: its response is paid for, and
 * a repeat finds it. A stream with a key goes on for a while, as a broken connection looks the same as a caller that
 * cancels. A response that waits for memory has come and is paid for: with a key, the deadline does not end that wait.
 * Returns the listener to use, and a function that ends all this.
 */
export function watchLeader({ key, signal, deadline, listener, memory }: Leader, waiters: Waiters, graceMs: number) {
	if (key !== undefined && listener === undefined) return { listener, stop: () => undefined };
	const disconnected = () => {
		cancelTimer();
		const startGrace = (end: () => void) => startProviderTimer(graceMs, memory, end);
		waiters.leaderLeft(clientClosedRequest(), key === undefined ? undefined : startGrace);
	};
	const cancelTimer = startTimer(deadline - performance.now(), () => {
		const responseWaits = memory?.isWaiting === true;
		if (key === undefined || !responseWaits) waiters.leaderLeft(responseWaits ? noMemoryInTime() : noResponseInTime());
	});
	if (signal.aborted) disconnected();
	signal.addEventListener('abort', disconnected);
	const listen: Listener | undefined = listener && ((event) => (cancelTimer(), listener(event)));
	return {
		listener: listen,
		stop: () => {
			cancelTimer();
			signal.removeEventListener('abort', disconnected);
		},
	};
}
