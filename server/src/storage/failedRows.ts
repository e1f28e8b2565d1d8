/** So long a row that failed is left alone, and nothing more is reported. In milliseconds. */
const restMs = 60 * 60 * 1000;
/** With so many rows, the reason is hardly the rows, and no more are tried. */
const maxRows = 100;

/** The rows of the search queue that could not be indexed, so that the others do not wait for them. */
export class FailedRows {
	readonly #ids = new Set<number>();
	readonly #now: () => number;
	#reportedAt = -Infinity;

	/** `now` returns the time in milliseconds. */
	constructor(now: () => number = () => performance.now()) {
		this.#now = now;
	}

	/** The IDs of the rows to leave alone. */
	get ids(): number[] {
		if (this.#now() - this.#reportedAt >= restMs) this.#ids.clear();
		return [...this.#ids];
	}

	/** Whether too many rows failed to try others. */
	get isFull(): boolean {
		return this.ids.length >= maxRows;
	}

	add(id: number): void {
		this.#ids.add(id);
	}

	/** Whether an error is the first one for an hour, and is to be reported. */
	isNews(): boolean {
		if (this.#now() - this.#reportedAt < restMs) return false;
		this.#ids.clear();
		this.#reportedAt = this.#now();
		return true;
	}
}
