import {
	NodeApiError,
	NodeOperationError,
	type IExecuteSingleFunctions,
	type ILoadOptionsFunctions,
	type INodeExecutionData,
} from 'n8n-workflow';

import { brokenConnection } from './connectionErrors';
import { FailedCallError, type FailedCall } from './failedCall';
import { withoutSecrets } from './secrets';

/**
 * Bad input in one field of one item; nothing has been sent.
 *
 * @param field the field's name as the user sees it
 * @param problem what is wrong, completing the sentence "'Field' …"
 * @param description what the user can do
 */
export function fieldError(
	context: IExecuteSingleFunctions,
	field: string,
	problem: string,
	description: string,
): NodeOperationError {
	const itemIndex = context.getItemIndex();
	return new NodeOperationError(context.getNode(), `'${field}' ${problem} [item ${itemIndex}]`, {
		itemIndex,
		description,
	});
}

/** What a host says may be a page long; it goes into every error item. */
const longestMessage = 2_000;

/** What is known of a call, from whatever sending it has thrown. */
export function failedCallOf(error: unknown): FailedCall {
	return error instanceof FailedCallError ? error.call : brokenConnection(error);
}

/**
 * The error of an item, or of a list in the editor, for n8n.
 *
 * It is built from the call's facts alone: the HTTP client's own error carries the request, and with
 * it every key.
 *
 * @param cause what was thrown: a NodeOperationError of a field, a FailedCallError, or an error of
 *   n8n's HTTP client
 */
export async function nodeError(
	context: IExecuteSingleFunctions | ILoadOptionsFunctions,
	cause: unknown,
): Promise<NodeApiError | NodeOperationError> {
	if (cause instanceof NodeOperationError) return cause;
	const call = failedCallOf(cause);
	// Cut after the keys are blanked, or half a key would remain.
	const message = shortened(await withoutSecrets(context, call.message));
	const error = new NodeApiError(
		context.getNode(),
		{ message },
		{
			message,
			description: call.description,
			httpCode: call.status === null ? 'none' : String(call.status),
			...('getItemIndex' in context && { itemIndex: context.getItemIndex() }),
		},
	);
	// n8n rewords a message in which it finds one of its own codes, such as ECONNREFUSED.
	error.message = message;
	return error;
}

/**
 * The item that stands for an input item which could not be answered.
 *
 * @param error what nodeError has made of the cause
 * @returns `{error: {message, description, status, attempts, requestId}}`, linked to its input.
 *   Nothing stands beside `error`: n8n 2.8 sends items with other keys to the success branch, and
 *   replaces `json` when `item.error` is set (n8n-core 2.8.1 and 2.41.1, handleNodeErrorOutput).
 */
export function errorItem(
	context: IExecuteSingleFunctions,
	error: NodeApiError | NodeOperationError,
	cause: unknown,
): INodeExecutionData {
	const call = cause instanceof NodeOperationError ? null : failedCallOf(cause);
	return {
		json: {
			error: {
				message: error.message,
				description: error.description ?? null,
				status: call?.status ?? null,
				attempts: cause instanceof FailedCallError ? cause.attempts : 0,
				requestId: call?.requestId ?? null,
			},
		},
		pairedItem: { item: context.getItemIndex() },
	};
}

function shortened(text: string): string {
	return text.length > longestMessage ? `${text.slice(0, longestMessage)}…` : text;
}
