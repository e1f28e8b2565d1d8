import type {
	DeclarativeRestApiSettings,
	IDataObject,
	IExecutePaginationFunctions,
	IExecuteSingleFunctions,
	IHttpRequestOptions,
	INodeExecutionData,
} from 'n8n-workflow';

import { errorItem, failedCallOf, nodeError } from './errors';
import { isOverload, sendWithRetries } from './retry';
import { inRun, RunEndedError, type Run } from './run';
import { afterwards } from './timer';
import { isEmpty, wholeNumber } from './values';

/** What routing makes of an operation whose item is sent by a function of ours. */
export type Pagination = (
	this: IExecutePaginationFunctions,
	requestData: DeclarativeRestApiSettings.ResultOptions,
) => Promise<INodeExecutionData[]>;

/** One input item on its way through an operation. */
export interface ItemRun {
	context: IExecuteSingleFunctions;
	run: Run;
	/** The request as routing has laid it out: method, path, proxy, and the time-out in milliseconds. */
	request: IHttpRequestOptions & { timeout: number };
	/** The collection "Options" (empty where the operation has none), resolved for this item: once, because n8n resolves anew at each look. */
	options: IDataObject;
	/**
	 * Resolves when the items that have come this far together have all been checked: bad input of one ends the
	 * run, and what is sent has to be paid for.
	 */
	allChecked: () => Promise<void>;
	/** Sends until it is answered, see sendWithRetries. */
	send: <T>(attempt: () => Promise<T>) => Promise<T>;
}

const defaultMaxConcurrency = 10;
const defaultMaxRetries = 6;

/** The last try of an item begins within twice its time-out, or within this if that is longer. */
const shortestBudgetMs = 60_000;

/** Timers of Node.js hold no more. */
const longestTimeoutMs = 2 ** 31 - 1;

/**
 * Makes an operation's `pagination` function of what the operation does for one input item: the item
 * waits for a place among all items of the run, is sent, and its error becomes an error item when the
 * node continues on errors.
 *
 * It is the `pagination` function because that is the one hook of a declarative node that owns the
 * sending: what it returns is the item's output, and an error can become an item of its own instead of
 * n8n's, which has no item link (n8n-core 2.41.1, routing-node.js).
 *
 * @param work gives the item's output. It throws NodeOperationError for bad input (nothing was sent),
 *   anything else for what the API or the connection did
 * @returns a function that gives the output, one error item, or nothing when the run has ended, because n8n
 *   discards the other items then. With "Stop Workflow" it throws, for the first item that fails only
 */
export function eachItem(work: (item: ItemRun) => Promise<INodeExecutionData[]>): Pagination {
	return async function (this: IExecutePaginationFunctions, requestData) {
		const readOptions = () => this.getNodeParameter('options', {}) as IDataObject;
		// A value that is no number of places is reported by the item that has it.
		const maxPlaces = () => Math.max(1, Math.trunc(Number(readOptions().maxConcurrency))) || defaultMaxConcurrency;

		return await inRun(this, maxPlaces, async (run) => {
			if (!(await run.takePlace(false))) return [];
			try {
				const output = await work(itemRun(this, run, requestData.options as IHttpRequestOptions, readOptions()));
				run.leavePlace('answered');
				return output;
			} catch (cause) {
				return await failed(this, run, cause);
			} finally {
				// n8n holds every item's request until the last item is through.
				requestData.options.body = {};
			}
		});
	};
}

function itemRun(
	context: IExecuteSingleFunctions,
	run: Run,
	request: IHttpRequestOptions,
	options: IDataObject,
): ItemRun {
	wholeNumber(context, 'Max Concurrency', given(options.maxConcurrency, defaultMaxConcurrency), 1);
	const maxRetries = wholeNumber(context, 'Max Retries', given(options.maxRetries, defaultMaxRetries), 0);
	const timeout = wholeNumber(context, 'Timeout', request.timeout, 1, longestTimeoutMs);
	const policy = { maxRetries, budgetMs: Math.max(shortestBudgetMs, 2 * timeout) };
	return {
		context,
		run,
		request: { ...request, timeout },
		options,
		allChecked: async () =>
			await run.once('all checked', async () => await new Promise<void>((resolve) => afterwards(0, resolve))),
		send: (attempt) => sendWithRetries(run, policy, attempt),
	};
}

async function failed(context: IExecuteSingleFunctions, run: Run, cause: unknown): Promise<INodeExecutionData[]> {
	if (cause instanceof RunEndedError) return [];
	// The run ends before the place goes to another item: nothing more is to be paid for.
	const isShown = !context.continueOnFail() && run.end();
	run.leavePlace(isOverload(failedCallOf(cause)) ? 'overloaded' : 'failed');
	const error = await nodeError(context, cause);
	if (context.continueOnFail()) return [errorItem(context, error, cause)];
	// n8n throws the first error in the order of the items; only this one shall be there to find.
	if (!isShown) return [];
	await run.allStarted;
	throw error;
}

function given(value: unknown, fallback: number): unknown {
	return isEmpty(value) ? fallback : value;
}
