import {
	NodeApiError,
	NodeOperationError,
	type IExecuteSingleFunctions,
	type ILoadOptionsFunctions,
	type INodeExecutionData,
} from 'n8n-workflow';

import { ApiFailure } from '../transport/apiFailure';
import { toApiFailure } from '../transport/connectionFailure';
import { Redactor } from '../transport/redact';

/** A host's message may be a page long, and it goes into every error item. */
const longestMessage = 2_000;

/** Thrown by an operation that has part of an item's output, or nothing, and the reasons why the rest is missing. */
export class PartialOutputError extends Error {
	/** @param causes at least one. With "Stop Workflow", the first one ends the node */
	constructor(
		readonly output: INodeExecutionData[],
		readonly causes: ApiFailure[],
	) {
		super(causes[0]!.message);
	}
}

/**
 * The error to show for an item, or for a list in the editor.
 *
 * It is built from the call's facts alone: the HTTP client's own error carries the request and with it every key.
 *
 * @param cause what was thrown: a NodeOperationError of a field, an ApiFailure, or an error of n8n's HTTP client
 */
export async function nodeError(
	context: IExecuteSingleFunctions | ILoadOptionsFunctions,
	cause: unknown,
): Promise<NodeApiError | NodeOperationError> {
	if (cause instanceof NodeOperationError) return cause;
	const failure = toApiFailure(cause);
	// Shorten after the keys are hidden, or half a key would remain.
	const redactor = await Redactor.for(context);
	const isForEditor = !('getItemIndex' in context);
	const description = shorten(redactor.text(failure.description));
	const text = shorten(redactor.text(failure.message));
	// In place of a list, the editor shows the message alone.
	const message = isForEditor ? `${text.replace(/\.?$/, '.')} ${description}` : text;
	const error = new NodeApiError(
		context.getNode(),
		{ message },
		{
			message,
			description,
			httpCode: failure.status === null ? 'none' : String(failure.status),
			...('getItemIndex' in context && { itemIndex: context.getItemIndex() }),
		},
	);
	// n8n rewords a message that contains one of its own codes, such as ECONNREFUSED.
	error.message = message;
	return error;
}

/**
 * The item that stands for an input item that failed.
 *
 * @param error what nodeError made of the cause
 * @returns `{error: {message, description, status, attempts, requestId, link}}`, linked to its input, with `output` and
 *   `logId` in `error` if the model's text is what is wrong. There is no other key beside `error`: n8n 2.8 sends items with
 *   other keys to the success branch, and replaces `json` when `item.error` is set (n8n-core 2.8.1 and 2.41.1,
 *   handleNodeErrorOutput).
 */
export function errorItem(
	context: IExecuteSingleFunctions,
	error: NodeApiError | NodeOperationError,
	cause: unknown,
): INodeExecutionData {
	const failure = cause instanceof NodeOperationError ? null : toApiFailure(cause);
	return {
		json: {
			error: {
				message: error.message,
				description: error.description ?? null,
				status: failure?.status ?? null,
				attempts: cause instanceof ApiFailure ? cause.attempts : 0,
				requestId: failure?.requestId ?? null,
				link: failure?.link ?? null,
				...(failure && failure.output !== null && { output: failure.output, logId: failure.logId }),
			},
		},
		pairedItem: { item: context.getItemIndex() },
	};
}

function shorten(text: string): string {
	return text.length > longestMessage ? `${text.slice(0, longestMessage)}…` : text;
}
