import type {
	DeclarativeRestApiSettings,
	IDataObject,
	IExecutePaginationFunctions,
	IExecuteSingleFunctions,
	IHttpRequestOptions,
	INodeExecutionData,
} from 'n8n-workflow';

import { completionBody } from './body';
import { errorItem, failedCallOf, nodeError } from './errors';
import { idempotencyKey } from './idempotencyKey';
import { sampleItems } from './items';
import { isOverload, sendWithRetries } from './retry';
import { inRun, type Run } from './run';
import { sendCompletion } from './sendCompletion';
import { isEmpty, wholeNumber } from './values';

const defaultMaxConcurrency = 10;
const defaultMaxRetries = 3;

/** The last try of an item begins within twice its time-out, or within this if that is longer. */
const shortestBudgetMs = 60_000;

/** Timers of Node.js hold no more. */
const longestTimeoutMs = 2 ** 31 - 1;

/**
 * Takes one input item through Completion → Create: waits for a place, finishes and checks the body,
 * sends it until it is answered, and returns the item's samples.
 *
 * It is the operation's `pagination` function because that is the one hook of a declarative node
 * that owns the sending: what it returns is the item's output, and an error can become an item of
 * its own instead of n8n's, which has no item link (n8n-core 2.41.1, routing-node.js).
 *
 * @param request the request as the routing of the fields has laid it out
 * @returns one item per sample; one error item when the node continues on errors; nothing when the
 *   run has ended meanwhile, because n8n discards the other items then
 * @throws NodeOperationError for bad input (nothing was sent), NodeApiError for everything that
 *   the API or the connection did; only for the first item that fails with "Stop Workflow"
 */
export async function createCompletion(
	this: IExecutePaginationFunctions,
	request: DeclarativeRestApiSettings.ResultOptions,
): Promise<INodeExecutionData[]> {
	const options = this.getNodeParameter('options', {}) as IDataObject;
	// A value that is no number of places is reported by the item that has it.
	const maxPlaces = () => Math.max(1, Math.trunc(Number(options.maxConcurrency))) || defaultMaxConcurrency;

	return await inRun(this, maxPlaces, async (run) => {
		if (!(await run.takePlace(false))) return [];
		try {
			const items = await complete(this, run, request.options as IHttpRequestOptions, options);
			run.leavePlace('answered');
			return items;
		} catch (cause) {
			return await failed(this, run, cause);
		} finally {
			// n8n holds every item's request until the last item is through.
			request.options.body = {};
		}
	});
}

async function complete(
	context: IExecuteSingleFunctions,
	run: Run,
	request: IHttpRequestOptions,
	options: IDataObject,
): Promise<INodeExecutionData[]> {
	wholeNumber(context, 'Max Concurrency', given(options.maxConcurrency, defaultMaxConcurrency), 1);
	const maxRetries = wholeNumber(context, 'Max Retries', given(options.maxRetries, defaultMaxRetries), 0);
	const timeout = wholeNumber(context, 'Timeout', request.timeout, 1, longestTimeoutMs);
	const body = completionBody(context, request.body as IDataObject, options);
	const key = idempotencyKey(context, body);

	const policy = { maxRetries, budgetMs: Math.max(shortestBudgetMs, 2 * timeout) };
	const completion = await sendWithRetries(run, policy, () => sendCompletion(context, { ...request, timeout }, body, key));
	if (!completion) return [];
	return sampleItems(completion, context.getNodeParameter('simplify', true) as boolean, context.getItemIndex());
}

async function failed(context: IExecuteSingleFunctions, run: Run, cause: unknown): Promise<INodeExecutionData[]> {
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
