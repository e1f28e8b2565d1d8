/** No model answers faster: what has less time left is not begun. */
const leastMs = 50;

/** Timers cannot be set further ahead than this (24 days). */
const longestTimerMs = 2 ** 31 - 1;

/** Whether what begins after a pause can end before the deadline, a reading of `performance.now()`. */
export function canBegin(deadline: number, pauseMs = 0): boolean {
	return performance.now() + pauseMs + leastMs <= deadline;
}

/** Calls back after that time; the function it returns keeps it from happening. */
export function after(ms: number, callBack: () => void): () => void {
	const timer = setTimeout(callBack, Math.min(Math.max(ms, 0), longestTimerMs));
	return () => clearTimeout(timer);
}
