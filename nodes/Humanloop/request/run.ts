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
	/**
	 * Resolves when the last item has been started. An error must not be thrown before: with n8n's
	 * batching nobody listens yet, and Node.js takes it for an unhandled rejection (n8n-core 2.41.1,
	 * routing-node.js).
	 */
	allStarted: Promise<void>;
	/** Aborted when nothing is to be sent any more: an item has ended the run, or it was cancelled. */
	ended: AbortSignal;
}

interface State extends Run {
	/** How many items are active. */
	items: number;
	lastHasStarted(): void;
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
	const run = runOf(context);
	run.items++;
	if (context.getItemIndex() >= itemCount(context) - 1) run.lastHasStarted();
	try {
		return await work(run);
	} finally {
		run.items--;
	}
}

/**
 * A try of Retry On Fail begins anew with the first item, when no item is active any more. Without
 * one active, a later item still belongs to its run: n8n's batching leaves such gaps.
 */
function runOf(context: IExecuteSingleFunctions): State {
	const key = context.getExecuteData();
	let run = runs.get(key);
	if (!run || (run.items === 0 && context.getItemIndex() === 0)) {
		run = newRun(context.getExecutionCancelSignal());
		runs.set(key, run);
	}
	return run;
}

/** How many items the run has: the node's input, or the call of an AI Agent. */
function itemCount(context: IExecuteSingleFunctions): number {
	const [input] = Object.values(context.getExecuteData().data);
	return input?.[0]?.length ?? 1;
}

/**
 * The number of places follows the host: halved when it asks for fewer requests, one more for each
 * round of answers (additive increase, multiplicative decrease, RFC 5681).
 */
function newRun(cancelSignal: AbortSignal | undefined): State {
	let maxPlaces = 0;
	let places = 0;
	let taken = 0;
	let lastHasStarted = () => {};
	const allStarted = new Promise<void>((resolve) => (lastHasStarted = resolve));
	const ended = new AbortController();
	/** Answers to calls that were under way at the last halving say nothing new. */
	let echoes = 0;
	const waiting: Array<(mayGo: boolean) => void> = [];

	function next(): void {
		while (waiting.length > 0 && (ended.signal.aborted || taken < Math.floor(places))) {
			const mayGo = !ended.signal.aborted;
			if (mayGo) taken++;
			waiting.shift()!(mayGo);
		}
	}

	ended.signal.addEventListener('abort', next, { once: true });
	if (cancelSignal?.aborted) ended.abort();
	cancelSignal?.addEventListener('abort', () => ended.abort(), { once: true });

	return {
		items: 0,
		allStarted,
		lastHasStarted,
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
			const isFirst = !ended.signal.aborted;
			ended.abort();
			return isFirst;
		},
		ended: ended.signal,
	};
}
