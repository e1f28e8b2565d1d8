import type {
	DeclarativeRestApiSettings,
	IDataObject,
	IExecutePaginationFunctions,
	IHttpRequestOptions,
	INodeExecutionData,
} from 'n8n-workflow';

import { completionBody } from './body';
import { failedItem } from './errors';
import { sampleItems } from './items';
import { sendCompletion } from './sendCompletion';

/**
 * Takes one input item through Completion → Create: finishes and checks the body, sends it once,
 * and returns the item's samples.
 *
 * It is the operation's `pagination` function because that is the one hook of a declarative node
 * that owns the sending: what it returns is the item's output, and an error can become an item of
 * its own instead of n8n's, which has no item link (n8n-core 2.41.1, routing-node.js).
 *
 * @param request the request as the routing of the fields has laid it out
 * @returns one item per sample, or one error item when the node continues on errors
 * @throws NodeOperationError for bad input (nothing was sent), NodeApiError for everything that
 *   the API or the connection did; only with the error setting "Stop Workflow"
 */
export async function createCompletion(
	this: IExecutePaginationFunctions,
	request: DeclarativeRestApiSettings.ResultOptions,
): Promise<INodeExecutionData[]> {
	try {
		const body = completionBody(this, request.options.body as IDataObject);
		const completion = await sendCompletion(this, request.options as IHttpRequestOptions, body);
		const simplify = this.getNodeParameter('simplify', true) as boolean;
		return sampleItems(completion, simplify, this.getItemIndex());
	} catch (error) {
		return [await failedItem(this, error)];
	}
}
