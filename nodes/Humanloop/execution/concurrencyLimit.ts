/** What a call that has ended says about its host's load: `dropped` means that the host asked for fewer requests. */
export type Outcome = 'success' | 'dropped' | 'ignored';

/** The share of a round's calls that a host may drop before it is sent fewer. */
const tolerableShare = 1 / 3;

/**
 * Limits how many calls are in flight at once.
 *
 * The limit adapts in rounds; a round is as many calls as the limit allows. It is halved as soon as more than a third
 * of a round is dropped, otherwise it grows by one (additive increase, multiplicative decrease, RFC 5681). A host that
 * drops a call now and then is no reason to slow down: those calls are sent again, and a lower limit would not change
 * how many are dropped.
 */
export class ConcurrencyLimit {
	readonly #max: number;
	#limit: number;
	#inFlight = 0;
	#endedInRound = 0;
	#droppedInRound = 0;
	/** Calls that were in flight at the last halving. How they end says nothing about the new limit. */
	#stale = 0;
	#isClosed = false;
	readonly #waiting: Array<(isAcquired: boolean) => void> = [];

	/** @param max the limit at first, and the highest it can become */
	constructor(max: number) {
		this.#max = max;
		this.#limit = max;
	}

	/**
	 * Waits until a call may be sent.
	 *
	 * @returns false if the limit was closed
	 */
	async acquire(): Promise<boolean> {
		return await new Promise<boolean>((resolve) => {
			this.#waiting.push(resolve);
			this.#admit();
		});
	}

	/** Like `acquire`, but ahead of all who wait: for a call that is sent again. */
	async reacquire(): Promise<boolean> {
		return await new Promise<boolean>((resolve) => {
			this.#waiting.unshift(resolve);
			this.#admit();
		});
	}

	/** Ends a call that `acquire` or `reacquire` let through. */
	release(outcome: Outcome): void {
		this.#inFlight--;
		this.#adapt(outcome);
		this.#admit();
	}

	/** Lets nobody through any more: all who wait, now or later, get false. */
	close(): void {
		this.#isClosed = true;
		this.#admit();
	}

	#admit(): void {
		while (this.#waiting.length > 0 && (this.#isClosed || this.#inFlight < Math.floor(this.#limit))) {
			if (!this.#isClosed) this.#inFlight++;
			this.#waiting.shift()!(!this.#isClosed);
		}
	}

	#adapt(outcome: Outcome): void {
		if (this.#stale > 0) {
			this.#stale--;
			return;
		}
		if (outcome === 'ignored') return;
		this.#endedInRound++;
		if (outcome === 'dropped') this.#droppedInRound++;
		const round = Math.floor(this.#limit);
		const isTooMuch = this.#droppedInRound > round * tolerableShare;
		if (!isTooMuch && this.#endedInRound < round) return;
		this.#limit = isTooMuch ? Math.max(1, this.#limit / 2) : Math.min(this.#max, this.#limit + 1);
		this.#stale = isTooMuch ? this.#inFlight : 0;
		this.#endedInRound = this.#droppedInRound = 0;
	}
}
