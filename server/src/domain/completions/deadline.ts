/** No model responds faster. A call with less time left is not started. */
const minCallMs = 50;

/** Node.js cannot set a timer further ahead than this (24 days). */
const maxTimerMs = 2 ** 31 - 1;

/** Whether a call that starts after a pause can end before the deadline, a reading of `performance.now()`. */
export function canStart(deadline: number, pauseMs = 0): boolean {
	return performance.now() + pauseMs + minCallMs <= deadline;
}

/** Calls back after a number of milliseconds. The function that it returns cancels this. */
export function startTimer(ms: number, callBack: () => void): () => void {
	const timer = setTimeout(callBack, Math.min(Math.max(ms, 0), maxTimerMs));
	return () => clearTimeout(timer);
}
