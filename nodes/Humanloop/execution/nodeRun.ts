import { NodeConnectionTypes, type IDataObject, type IExecuteSingleFunctions, type INode } from 'n8n-workflow';

import { callAfter } from '../transport/timer';
import { ConcurrencyLimit } from './concurrencyLimit';

/** Something that is loaded once for all items. */
interface MemoEntry {
	value: Promise<unknown>;
	/** When it was there: a reading of performance.now(), or Infinity until then. */
	endedAt: number;
	/** Whether the next try of Retry On Fail gets it too. */
	isKept: boolean;
}

/** Thrown to leave an item when nothing more may be sent. */
export class RunEndedError extends Error {}

/**
 * What the items of one run of the node share. Each try of n8n's Retry On Fail is a run of its own.
 *
 * n8n passes the same execute data to all items of a run and to each try (n8n-core 1.122 and 2.41.1), so runs are
 * found by it, weakly: nothing outlives the execution.
 */
export class NodeRun {
	static readonly #runs = new WeakMap<object, NodeRun>();

	readonly limit: ConcurrencyLimit;

	/** How often n8n has run the node before in this execution, for example in a loop. */
	readonly index: number;

	/**
	 * Resolves when the last item has started. Throw no error before: with n8n's batching nobody listens yet, and
	 * Node.js reports an unhandled rejection (n8n-core 2.41.1, routing-node.js).
	 */
	readonly allStarted: Promise<void>;

	/** Read once per run: n8n copies the node, with all its parameters, each time. */
	readonly node: INode;

	/** Whether n8n's batching leaves time between the items. */
	readonly #isBatched: boolean;
	/** Index of the item that started last. n8n starts them in order. */
	#lastStarted = -1;
	#resolveAllStarted = () => {};
	#activeItems = 0;
	#hasEnded = false;
	#checks?: Promise<void>;
	readonly #wakeUps = new Set<() => void>();
	readonly #memo: Map<string, MemoEntry>;
	/** The values of parameters without an expression. */
	readonly #constants = new Map<string, unknown>();
	readonly #cancel = () => void this.end();

	private constructor(
		context: IExecuteSingleFunctions,
		readMaxConcurrency: (run: NodeRun) => number,
		isBatched: boolean,
		previousTry?: NodeRun,
	) {
		const known = previousTry ? [...previousTry.#memo] : [];
		this.#memo = new Map(known.filter(([, { isKept }]) => isKept));
		this.node = context.getNode();
		this.limit = new ConcurrencyLimit(readMaxConcurrency(this));
		// Read once per run: for this one number n8n builds a whole data proxy, with dates in time zones.
		this.index = context.getWorkflowDataProxy(context.getItemIndex()).$runIndex as number;
		this.#isBatched = isBatched;
		this.allStarted = new Promise<void>((resolve) => (this.#resolveAllStarted = resolve));
	}

	/**
	 * Takes one item through its run, from start to end.
	 *
	 * @param readMaxConcurrency called for the first item only
	 * @param work everything that happens to the item
	 */
	static async join<T>(
		context: IExecuteSingleFunctions,
		readMaxConcurrency: (run: NodeRun) => number,
		work: (run: NodeRun) => Promise<T>,
	): Promise<T> {
		const run = NodeRun.#of(context, readMaxConcurrency);
		const lastIndex = run.#itemCount(context) - 1;
		run.#lastStarted = context.getItemIndex();
		if (run.#lastStarted >= lastIndex) run.#resolveAllStarted();

		// One listener per run: Node.js 20 warns of a leak when a signal has more than ten.
		const cancelSignal = context.getExecutionCancelSignal();
		if (run.#activeItems++ === 0) cancelSignal?.addEventListener('abort', run.#cancel);
		try {
			// n8n starts all items before anything else happens. If the last one has not started by then, an
			// expression has thrown and ended the node. Send nothing more, because it would have to be paid for.
			await Promise.resolve();
			const isAbandoned = !run.#isBatched && !context.continueOnFail() && run.#lastStarted < lastIndex;
			if (isAbandoned || cancelSignal?.aborted) run.end();
			return await work(run);
		} finally {
			if (--run.#activeItems === 0) cancelSignal?.removeEventListener('abort', run.#cancel);
		}
	}

	/**
	 * The item's run. An index that comes again begins a new one: the next try of Retry On Fail. A call by an AI Agent
	 * is always a run of its own: it comes with the Agent's execute data, and the Agent's calls are not tries of each
	 * other (n8n-core 2.41.1, supply-data-context.js).
	 */
	static #of(context: IExecuteSingleFunctions, readMaxConcurrency: (run: NodeRun) => number): NodeRun {
		if (isToolCall(context)) return new NodeRun(context, readMaxConcurrency, false);
		const key = context.getExecuteData();
		const known = NodeRun.#runs.get(key);
		if (known && context.getItemIndex() > known.#lastStarted) return known;
		known?.end();
		const { batching } = context.getNodeParameter('requestOptions', {}) as { batching?: { batch?: IDataObject } };
		const isBatched = Number(batching?.batch?.batchInterval ?? 0) > 0;
		const run = new NodeRun(context, readMaxConcurrency, isBatched, known);
		NodeRun.#runs.set(key, run);
		return run;
	}

	/** Whether nothing more may be sent, because an item ended the run or the execution was canceled. */
	get hasEnded(): boolean {
		return this.#hasEnded;
	}

	/**
	 * Ends the run, for example because an item failed and the node stops on errors.
	 *
	 * @returns true for the first call: that item's error is the one to show
	 */
	end(): boolean {
		const isFirst = !this.#hasEnded;
		this.#hasEnded = true;
		for (const wakeUp of this.#wakeUps) wakeUp();
		this.limit.close();
		return isFirst;
	}

	/**
	 * A parameter's value for an item, as n8n resolves it. n8n does so at every access, which takes about 50 µs. A value
	 * without an expression is the same for all items, so it is read once. Do not change what is returned.
	 *
	 * @param fallback for a parameter that the workflow does not have
	 */
	parameter(context: IExecuteSingleFunctions, name: string, fallback?: unknown): unknown {
		if (this.#constants.has(name)) return this.#constants.get(name);
		const value: unknown = context.getNodeParameter(name, fallback);
		if (!hasExpression(this.node.parameters[name])) this.#constants.set(name, value);
		return value;
	}

	/** Waits, but not beyond the end of the run. */
	async pause(milliseconds: number): Promise<void> {
		if (this.#hasEnded) return;
		await new Promise<void>((resolve) => {
			const wakeUp = () => {
				this.#wakeUps.delete(wakeUp);
				resolve();
			};
			this.#wakeUps.add(wakeUp);
			callAfter(milliseconds, wakeUp);
		});
	}

	/**
	 * Waits until the other items that the limit lets through at the start have been checked too. Call it after an
	 * item's own checks and before it is sent: bad input in one of them then ends the run before anything is paid for.
	 *
	 * n8n starts the items together and checking takes no timer, so it is enough to wait for the first timer.
	 */
	waitForChecks(): Promise<void> {
		this.#checks ??= new Promise<void>((resolve) => callAfter(0, resolve));
		return this.#checks;
	}

	/**
	 * Loads something once for all items, for example the template that they share. A failure is not kept.
	 *
	 * @param since what was there before this reading of performance.now() is loaded again
	 * @param isKept whether the tries of Retry On Fail share it, too: each try then sends the same
	 */
	async memoize<T>(key: string, load: () => Promise<T>, { since = 0, isKept = false } = {}): Promise<T> {
		const known = this.#memo.get(key);
		if (known && known.endedAt >= since) return (await known.value) as T;
		const value = load();
		const entry: MemoEntry = { value, endedAt: Infinity, isKept };
		this.#memo.set(key, entry);
		value.then(
			() => (entry.endedAt = performance.now()),
			() => {
				if (this.#memo.get(key) === entry) this.#memo.delete(key);
			},
		);
		return await value;
	}

	/** How many items n8n starts: with "Execute Once" only the first one of the input. */
	#itemCount(context: IExecuteSingleFunctions): number {
		if (this.node.executeOnce || isToolCall(context)) return 1;
		return context.getExecuteData().data.main![0]!.length;
	}
}

function hasExpression(value: unknown): boolean {
	if (typeof value === 'string') return value.startsWith('=');
	return typeof value === 'object' && value !== null && Object.values(value).some(hasExpression);
}

/**
 * Whether an AI Agent uses the node as its tool. An Agent that calls the tool by itself passes its own execute data. One
 * that asks n8n's engine for the call does not; the engine marks the node (n8n-core 2.41.1, requests-response.js).
 */
export function isToolCall(context: IExecuteSingleFunctions): boolean {
	const { data, node } = context.getExecuteData();
	if (node.rewireOutputLogTo === NodeConnectionTypes.AiTool) return true;
	return data.main?.[0]?.[context.getItemIndex()] !== context.getInputData();
}
