import type { IDataObject, IExecuteSingleFunctions } from 'n8n-workflow';

import { createPlaces, type Outcome } from './places';
import { afterwards } from './timer';

/** What the items of one try of the node share. */
export interface Run {
	/**
	 * Waits for one of the run's places.
	 *
	 * @param first true: before all others that wait, for an item that has already been sent once
	 * @returns false when nothing is to be sent any more
	 */
	takePlace(first: boolean): Promise<boolean>;
	/** Gives a place back. `overloaded` when the host asked for fewer requests: fewer places follow. */
	leavePlace(outcome: Outcome): void;
	/**
	 * Ends the run because of an item's final error, with the setting "Stop Workflow".
	 *
	 * @returns true for the first such item: its error is the one to show
	 */
	end(): boolean;
	/** Whether nothing is to be sent any more: an item has ended the run, or it was cancelled. */
	hasEnded(): boolean;
	/** How often n8n has run the node before in this execution, in a loop for example. */
	index: number;
	/** Waits, but no longer than until the run ends. */
	pause(milliseconds: number): Promise<void>;
	/** Does something once for all items of the run, such as reading the template that they share; again after a failure. */
	once<T>(name: string, work: () => Promise<T>): Promise<T>;
	/**
	 * Resolves when the last item has been started. An error must not be thrown before: with n8n's
	 * batching nobody listens yet, and Node.js takes it for an unhandled rejection (n8n-core 2.41.1,
	 * routing-node.js).
	 */
	allStarted: Promise<void>;
}

/** Thrown to leave an item that nothing is to be sent for any more. */
export class RunEndedError extends Error {}

interface State extends Run {
	/** How many items are on their way. */
	active: number;
	/** Index of the item that has started last; n8n starts them in order. */
	lastStarted: number;
	/** Ends the run when the execution is cancelled. */
	cancel: () => void;
	/** Whether n8n's batching leaves time between the items. */
	isBatched: boolean;
	lastHasStarted(): void;
}

/**
 * n8n hands the same execute data to all items of a run and to each try of Retry On Fail (n8n-core
 * 1.122 and 2.41.1), so it is the key; a weak one, so that nothing outlives the execution.
 */
const runs = new WeakMap<object, State>();

/**
 * Lets an item take part in its run, from its start to its end.
 *
 * @param readMaxPlaces the most requests in flight; asked of the first item alone
 * @param work the item's whole way
 */
export async function inRun<T>(
	context: IExecuteSingleFunctions,
	readMaxPlaces: () => number,
	work: (run: Run) => Promise<T>,
): Promise<T> {
	const run = runOf(context, readMaxPlaces);
	const itemsLeft = itemCount(context) - 1 - context.getItemIndex();
	run.lastStarted = context.getItemIndex();
	if (itemsLeft <= 0) run.lastHasStarted();

	// One listener for a run: Node.js 20 warns of a leak when a signal has more than ten.
	const cancelSignal = context.getExecutionCancelSignal();
	if (run.active++ === 0) cancelSignal?.addEventListener('abort', run.cancel);
	try {
		// n8n starts all items before anything else happens. If the last one has not started by then, an
		// expression has thrown and ended the node: what has not been sent must not be paid for.
		await Promise.resolve();
		const isAbandoned = !run.isBatched && !context.continueOnFail() && run.lastStarted < itemCount(context) - 1;
		if (isAbandoned || cancelSignal?.aborted) run.end();
		return await work(run);
	} finally {
		if (--run.active === 0) cancelSignal?.removeEventListener('abort', run.cancel);
	}
}

/**
 * The item's run; a new one when its index has been there already, in an earlier try. The call of an AI
 * Agent is a run of its own: it comes with the execute data of the Agent, whose calls are not tries of
 * each other (n8n-core 2.41.1, supply-data-context.js).
 */
function runOf(context: IExecuteSingleFunctions, readMaxPlaces: () => number): State {
	if (!isOfOwnInput(context)) return newRun(context, readMaxPlaces(), false);
	const key = context.getExecuteData();
	const known = runs.get(key);
	if (known && context.getItemIndex() > known.lastStarted) return known;
	known?.end();
	const { batching } = context.getNodeParameter('requestOptions', {}) as { batching?: { batch?: IDataObject } };
	const run = newRun(context, readMaxPlaces(), Number(batching?.batch?.batchInterval ?? 0) > 0);
	runs.set(key, run);
	return run;
}

/** Whether the execute data is the node's own, and not that of an AI Agent which uses it as a tool. */
export function isOfOwnInput(context: IExecuteSingleFunctions): boolean {
	return context.getExecuteData().data.main?.[0]?.[context.getItemIndex()] === context.getInputData();
}

/** How many items n8n starts: with "Execute Once" only the first one of its input. */
function itemCount(context: IExecuteSingleFunctions): number {
	if (context.getNode().executeOnce || !isOfOwnInput(context)) return 1;
	return context.getExecuteData().data.main![0]!.length;
}

function newRun(context: IExecuteSingleFunctions, maxPlaces: number, isBatched: boolean): State {
	const places = createPlaces(maxPlaces);
	const pausing = new Set<() => void>();
	const done = new Map<string, Promise<unknown>>();
	let hasEnded = false;
	let lastHasStarted = () => {};
	const allStarted = new Promise<void>((resolve) => (lastHasStarted = resolve));

	function end(): boolean {
		const isFirst = !hasEnded;
		hasEnded = true;
		for (const wake of pausing) wake();
		places.close();
		return isFirst;
	}

	return {
		active: 0,
		lastStarted: -1,
		isBatched,
		allStarted,
		lastHasStarted,
		cancel: end,
		end,
		hasEnded: () => hasEnded,
		takePlace: (first) => places.take(first),
		leavePlace: (outcome) => places.leave(outcome),
		// Once for a run: n8n makes a whole data proxy, with dates in time zones, for this one number.
		index: context.getWorkflowDataProxy(context.getItemIndex()).$runIndex as number,
		async pause(milliseconds) {
			if (hasEnded) return;
			await new Promise<void>((resolve) => {
				const wake = () => {
					pausing.delete(wake);
					resolve();
				};
				pausing.add(wake);
				afterwards(milliseconds, wake);
			});
		},
		async once<T>(name: string, work: () => Promise<T>) {
			const known = done.get(name) as Promise<T> | undefined;
			if (known) return await known;
			const first = work();
			done.set(name, first);
			first.catch(() => done.delete(name));
			return await first;
		},
	};
}
