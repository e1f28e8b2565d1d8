/** Node.js cannot set a timer further ahead than this (24 days). */
const maxTimerMs = 2 ** 31 - 1;

/** Calls back after a number of milliseconds. The function that it returns cancels this. */
export function startTimer(ms: number, callBack: () => void): () => void {
	const timer = setTimeout(callBack, Math.min(Math.max(ms, 0), maxTimerMs));
	return () => clearTimeout(timer);
}
