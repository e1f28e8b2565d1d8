import type { IExecuteSingleFunctions } from 'n8n-workflow';

/** What the items of one run of the node share. */
export interface Run {
	/** Says how many requests may be in flight at most; the first item's word counts. */
	setMaxPlaces(maxPlaces: number): void;
	/**
	 * Waits for one of the run's places.
	 *
	 * @param first true: before all others that wait, for an item that has already been sent once
	 * @returns false when nothing is to be sent any more: the execution was cancelled, or an item has
	 *   ended the run
	 */
	takePlace(first: boolean): Promise<boolean>;
	/** Gives a place back. `overloaded` when the host asked for fewer requests: fewer places follow. */
	leavePlace(outcome: 'answered' | 'overloaded' | 'failed'): void;
	/**
	 * Ends the run because of an item's final error, with the setting "Stop Workflow".
	 *
	 * @returns true for the first such item: its error is the one to show
	 */
	end(): boolean;
	/** Nothing is to be sent any more. */
	hasEnded(): boolean;
}

interface State extends Run {
	items: number;
}

/**
 * n8n hands the same execute data to all items of a run, and to each try of Retry On Fail (n8n-core
 * 1.122 and 2.41.1), so it is the key; a weak one, so that nothing outlives the execution.
 */
const runs = new WeakMap<object, State>();

/**
 * Lets an item take part in its run, from its start to its end.
 *
 * @param work the item's whole way
 */
export async function inRun<T>(
	context: IExecuteSingleFunctions,
	work: (run: Run) => Promise<T>,
): Promise<T> {
	const key = context.getExecuteData();
	const run = runs.get(key) ?? newRun(context.getExecutionCancelSignal());
	runs.set(key, run);
	run.items++;
	try {
		return await work(run);
	} finally {
		run.items--;
		if (run.items === 0) runs.delete(key);
	}
}

/**
 * The number of places follows the host: halved when it asks for fewer requests, one more for each
 * round of answers (additive increase, multiplicative decrease, RFC 5681).
 */
function newRun(cancelSignal: AbortSignal | undefined): State {
	let maxPlaces = 0;
	let places = 0;
	let taken = 0;
	let hasEnded = false;
	/** Answers to calls that were under way at the last halving say nothing new. */
	let echoes = 0;
	const waiting: Array<(mayGo: boolean) => void> = [];

	function next(): void {
		while (waiting.length > 0 && (isOver() || taken < Math.floor(places))) {
			const mayGo = !isOver();
			if (mayGo) taken++;
			waiting.shift()!(mayGo);
		}
	}

	const isOver = () => hasEnded || (cancelSignal?.aborted ?? false);
	cancelSignal?.addEventListener('abort', next, { once: true });

	return {
		items: 0,
		setMaxPlaces(wanted) {
			if (maxPlaces === 0) maxPlaces = places = wanted;
		},
		async takePlace(first) {
			return await new Promise<boolean>((resolve) => {
				if (first) waiting.unshift(resolve);
				else waiting.push(resolve);
				next();
			});
		},
		leavePlace(outcome) {
			taken--;
			if (echoes > 0) {
				echoes--;
			} else if (outcome === 'overloaded') {
				places = Math.max(1, places / 2);
				echoes = taken;
			} else if (outcome === 'answered') {
				places = Math.min(maxPlaces, places + 1 / places);
			}
			next();
		},
		end() {
			const isFirst = !hasEnded;
			hasEnded = true;
			next();
			return isFirst;
		},
		hasEnded: isOver,
	};
}
