import type {
	DeclarativeRestApiSettings,
	IDataObject,
	IExecutePaginationFunctions,
	IExecuteSingleFunctions,
	IHttpRequestOptions,
	INodeExecutionData,
} from 'n8n-workflow';

import { completionBody } from './body';
import { errorItem, nodeError } from './errors';
import { idempotencyKey } from './idempotencyKey';
import { sampleItems } from './items';
import { sendWithRetries } from './retry';
import { inRun, type Run } from './run';
import { sendCompletion } from './sendCompletion';
import { wholeNumber } from './values';

/** All tries of an item fit into twice its time-out, but into no less than this. */
const shortestBudgetMs = 60_000;

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
	return await inRun(this, async (run) => {
		try {
			return await complete(this, run, request.options as IHttpRequestOptions);
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
): Promise<INodeExecutionData[]> {
	const options = context.getNodeParameter('options', {}) as IDataObject;
	run.setMaxPlaces(wholeNumber(context, 'Max Concurrency', options.maxConcurrency ?? 10, 1));
	const policy = {
		maxRetries: wholeNumber(context, 'Max Retries', options.maxRetries ?? 3, 0),
		budgetMs: Math.max(shortestBudgetMs, 2 * request.timeout!),
	};
	if (!(await run.takePlace(false))) return [];

	let call: { body: IDataObject; key: string } | undefined;
	const completion = await sendWithRetries(run, policy, async () => {
		// Not before the item has its place: ten thousand bodies need not wait in memory.
		if (!call) {
			const body = completionBody(context, request.body as IDataObject, options);
			call = { body, key: idempotencyKey(context, body) };
		}
		return await sendCompletion(context, request, call.body, call.key);
	});
	if (!completion) return [];
	return sampleItems(completion, context.getNodeParameter('simplify', true) as boolean, context.getItemIndex());
}

async function failed(context: IExecuteSingleFunctions, run: Run, cause: unknown): Promise<INodeExecutionData[]> {
	const error = await nodeError(context, cause);
	if (context.continueOnFail()) return [errorItem(context, error, cause)];
	// n8n throws the first error in the order of the items; only this one shall be there to find.
	if (!run.end()) return [];
	await run.allStarted;
	throw error;
}
