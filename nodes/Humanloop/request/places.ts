/** What has become of a call, as far as its host's load goes. */
export type Outcome = 'answered' | 'overloaded' | 'failed';

/** The calls that may be under way at once. */
export interface Places {
	/**
	 * Waits for a place.
	 *
	 * @param first true: before all others that wait
	 * @returns false when the places have been closed
	 */
	take(first: boolean): Promise<boolean>;
	/** Gives a place back. `overloaded` when the host asked for fewer requests: fewer places follow. */
	leave(outcome: Outcome): void;
	/** Lets all who wait, and all who come, go without a place. */
	close(): void;
}

/** The share of a round's calls that a host may refuse before it is sent fewer. */
const bearableRefusals = 1 / 3;

/**
 * The number of places follows the host, round by round, a round being as many calls as there are places:
 * halved as soon as more than a third of a round is refused, otherwise one more (additive increase,
 * multiplicative decrease, RFC 5681). A host that refuses now and then is no reason to go slower: those
 * calls are sent again, and fewer at once would not be refused less.
 *
 * @param most how many places there are at first, and at most
 */
export function createPlaces(most: number): Places {
	let places = most;
	let taken = 0;
	let ended = 0;
	let refused = 0;
	/** What becomes of calls that were under way at the last halving says nothing new. */
	let echoes = 0;
	let isClosed = false;
	const waiting: Array<(hasPlace: boolean) => void> = [];

	function next(): void {
		while (waiting.length > 0 && (isClosed || taken < Math.floor(places))) {
			if (!isClosed) taken++;
			waiting.shift()!(!isClosed);
		}
	}

	function follow(outcome: Outcome): void {
		if (echoes > 0) {
			echoes--;
			return;
		}
		if (outcome === 'failed') return;
		ended++;
		if (outcome === 'overloaded') refused++;
		const round = Math.floor(places);
		const isTooMuch = refused > round * bearableRefusals;
		if (!isTooMuch && ended < round) return;
		places = isTooMuch ? Math.max(1, places / 2) : Math.min(most, places + 1);
		echoes = isTooMuch ? taken : 0;
		ended = refused = 0;
	}

	return {
		async take(first) {
			return await new Promise<boolean>((resolve) => {
				if (first) waiting.unshift(resolve);
				else waiting.push(resolve);
				next();
			});
		},
		leave(outcome) {
			taken--;
			follow(outcome);
			next();
		},
		close() {
			isClosed = true;
			next();
		},
	};
}
