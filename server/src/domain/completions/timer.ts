import type { MemoryShare } from '../memory.ts';

/** Node.js cannot set a timer further ahead than this (24 days). */
const maxTimerMs = 2 ** 31 - 1;

/** Calls back after a number of milliseconds. The function that it returns cancels this. */
export function startTimer(ms: number, callBack: () => void): () => void {
	const timer = setTimeout(callBack, Math.min(Math.max(ms, 0), maxTimerMs));
	// A timer that nobody cancels does not hold the process up.
	timer.unref();
	return () => clearTimeout(timer);
}

/** The same. The time in which a response waits for room in the memory does not count. */
export function startProviderTimer(ms: number, memory: MemoryShare | undefined, callBack: () => void): () => void {
	const waitedMs = () => memory?.waitedMs ?? 0;
	const endsAt = performance.now() + ms - waitedMs();
	const check = () => {
		const leftMs = endsAt + waitedMs() - performance.now();
		if (leftMs <= 0) callBack();
		else cancel = startTimer(leftMs, check);
	};
	let cancel = startTimer(ms, check);
	return () => cancel();
}
