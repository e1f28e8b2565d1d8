import { setTimeout as wait } from 'node:timers/promises';
import type { Store, Writes } from '../store.ts';

/** How long the work of a step may hold up other writes, in milliseconds. */
const targetMs = 10;

/** How many rows a step takes at first and at least, and at most. */
const minSize = 10;
const maxSize = 200;

/** Runs small transactions one after the other. Requests get at least as much time as the steps take. */
export class Steps {
	readonly #store: Store;
	readonly #signal: AbortSignal;
	#size = minSize;

	/** No step begins after the signal is aborted. */
	constructor(store: Store, signal: AbortSignal) {
		this.#store = store;
		this.#signal = signal;
	}

	/** Repeats a step of at most `size` rows until it returns that it changed none. Returns how many were changed. Throws the signal's reason. */
	async repeat(step: (writes: Writes, size: number) => Promise<number>): Promise<number> {
		let total = 0;
		for (let changed = 1; changed > 0;) {
			this.#signal.throwIfAborted();
			const startedAt = performance.now();
			// Without the wait for other transactions and for the disk, which says nothing about the size.
			let workMs = 0;
			changed = await this.#store.write(async (writes) => {
				const beganAt = performance.now();
				const rows = await step(writes, this.#size);
				workMs = performance.now() - beganAt;
				return rows;
			});
			total += changed;
			if (workMs > 2 * targetMs) this.#size = Math.max(minSize, Math.floor(this.#size / 2));
			else if (workMs < targetMs) this.#size = Math.min(maxSize, this.#size + minSize);
			if (changed > 0) await wait(performance.now() - startedAt, undefined, { signal: this.#signal });
		}
		return total;
	}
}
