import { setTimeout as wait } from 'node:timers/promises';

/** How long a step may hold up other writes, in milliseconds. */
const targetMs = 10;

/** How many rows a step takes at first, and at most. */
const firstSize = 10;
const maxSize = 200;

/** Runs small transactions one after the other. Requests get at least as much time as the steps take. */
export class Steps {
	readonly #signal: AbortSignal;
	#size = firstSize;

	/** No step begins after the signal is aborted. */
	constructor(signal: AbortSignal) {
		this.#signal = signal;
	}

	/** Repeats a step until it returns false. `size` says how many rows it takes. Throws the signal's reason. */
	async repeat(step: (size: number) => Promise<boolean>): Promise<void> {
		for (;;) {
			this.#signal.throwIfAborted();
			const startedAt = performance.now();
			const hasMore = await step(this.#size);
			const tookMs = performance.now() - startedAt;
			if (tookMs > 2 * targetMs) this.#size = Math.max(1, Math.floor(this.#size / 2));
			else if (tookMs < targetMs) this.#size = Math.min(maxSize, this.#size + firstSize);
			if (!hasMore) return;
			await wait(Math.max(1, tookMs), undefined, { signal: this.#signal });
		}
	}
}
