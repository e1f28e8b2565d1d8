import {
	updateDisplayOptions,
	type DeclarativeRestApiSettings,
	type IDataObject,
	type IExecutePaginationFunctions,
	type IExecuteSingleFunctions,
	type IHttpRequestOptions,
	type INodeExecutionData,
	type INodeProperties,
	type INodePropertyOptions,
} from 'n8n-workflow';

import { ApiFailure } from '../transport/apiFailure';
import { toApiFailure } from '../transport/connectionFailure';
import type { Reader } from '../values/readers';
import { wireFieldsOf } from '../values/wireFields';
import { withFieldNames } from './fieldNames';
import { errorItem, nodeError, PartialOutputError } from './errors';
import { ItemContext, maxConcurrencyOf } from './itemContext';
import { NodeRun, RunEndedError } from './nodeRun';
import { isOverload } from './retry';

/** An operation: its menu entry, its form, and what it does for one input item. */
export interface OperationDefinition {
	/** The entry's name in the menu. */
	name: string;
	value: string;
	action: string;
	description: string;
	request: { method: 'GET' | 'PATCH' | 'POST'; url: string };
	/** The form. A field that fills one key of the API names it in `routing.send`, and needs nothing else. */
	fields: INodeProperties[];
	/** Name of the collection that holds 'Max Concurrency' and 'Max Retries'; without one, the defaults apply. */
	optionsCollection?: string;
	/** Whether the items are sent one after the other, in their order, because each can undo what another one does. */
	isSequential?: boolean;
	/** By key of the API: the names of fields that code reads, for messages. Fields with routing need no entry. */
	fieldNames?: Record<string, string>;
	/** By key of the API: readers for fields whose value has more forms than their type says. */
	readers?: Record<string, Reader>;
	/**
	 * Does the work for one input item.
	 *
	 * @returns the item's output
	 * @throws NodeOperationError for bad input, before anything is sent; PartialOutputError if a part of the output is
	 *   there; anything else for what the API or the connection did
	 */
	execute: (item: ItemContext) => Promise<INodeExecutionData[]>;
}

/** What defineResource needs from an operation. */
export interface Operation {
	entry: INodePropertyOptions;
	fields: INodeProperties[];
}

/** @throws Error when the node is loaded, for a field with routing that nothing could read */
export function defineOperation(definition: OperationDefinition): Operation {
	const { name, value, action, description, request, fields } = definition;
	const pagination = paginationOf(definition);
	return {
		entry: {
			name,
			value,
			action,
			description,
			routing: { request, send: { paginate: true }, operations: { pagination } },
		},
		fields,
	};
}

/**
 * @param resource the resource's value in the menu
 * @param defaultOperation the value of one of the operations
 * @returns the operation menu, then the fields of each operation, shown for it alone
 */
export function defineResource(resource: string, operations: Operation[], defaultOperation: string): INodeProperties[] {
	return [
		{
			displayName: 'Operation',
			name: 'operation',
			type: 'options',
			noDataExpression: true,
			displayOptions: { show: { resource: [resource] } },
			options: operations.map(({ entry }) => entry),
			default: defaultOperation,
		},
		...operations.flatMap(({ entry, fields }) =>
			updateDisplayOptions({ show: { resource: [resource], operation: [entry.value] } }, fields),
		),
	];
}

type Pagination = (
	this: IExecutePaginationFunctions,
	requestData: DeclarativeRestApiSettings.ResultOptions,
) => Promise<INodeExecutionData[]>;

/**
 * The operation's `pagination` function: it waits until the run's limit lets the item through, does the item's work,
 * and turns its error into an error item if the node continues on errors.
 *
 * It is the `pagination` function because that is the one hook of a declarative node that owns the sending. What it
 * returns is the item's output, so an error can become an item with an item link, which n8n's own error items lack
 * (n8n-core 2.41.1, routing-node.js).
 *
 * @returns a function that returns the item's output, one error item, or part of the output followed by error items.
 *   After the run has ended it returns nothing, because n8n discards the other items then. With "Stop Workflow" it
 *   throws, for the first item that fails only
 */
function paginationOf(definition: OperationDefinition): Pagination {
	const { request, fields, readers, fieldNames, optionsCollection, isSequential, execute } = definition;
	const wireFields = wireFieldsOf(fields, request.method === 'GET' ? 'query' : 'body', readers);
	const names = new Map([...wireFields].map(([key, { field }]) => [key, field]));
	for (const [key, field] of Object.entries(fieldNames ?? {})) names.set(key, field);

	return async function (this: IExecutePaginationFunctions, requestData) {
		const prepared = requestData.options as IHttpRequestOptions;
		const readOptions = (run: NodeRun) =>
			optionsCollection === undefined ? {} : (run.parameter(this, optionsCollection, {}) as IDataObject);

		return await NodeRun.join(
			this,
			(run) => (isSequential ? 1 : maxConcurrencyOf(readOptions(run))),
			async (run) => {
				if (!(await run.limit.acquire())) return [];
				try {
					const output = await execute(new ItemContext(this, run, readOptions(run), prepared, wireFields));
					run.limit.release('success');
					return output;
				} catch (thrown) {
					const isPartial = thrown instanceof PartialOutputError;
					const causes = (isPartial ? thrown.causes : [thrown]).map((cause) =>
						cause instanceof ApiFailure ? withFieldNames(cause, names) : cause,
					);
					return await fail(this, run, causes, isPartial ? thrown.output : []);
				} finally {
					// n8n keeps every item's request until the last item is done.
					requestData.options.body = {};
				}
			},
		);
	};
}

async function fail(
	context: IExecuteSingleFunctions,
	run: NodeRun,
	causes: unknown[],
	output: INodeExecutionData[],
): Promise<INodeExecutionData[]> {
	const [cause] = causes;
	if (cause instanceof RunEndedError) return [];
	// End the run before another item is let through: nothing more is to be paid for.
	const isShown = !context.continueOnFail() && run.end();
	run.limit.release(isOverload(toApiFailure(cause)) ? 'dropped' : 'ignored');
	const errors = await Promise.all(causes.map((each) => nodeError(context, each)));
	if (context.continueOnFail())
		return [...output, ...errors.map((error, position) => errorItem(context, error, causes[position]))];
	// n8n throws the first error in the order of the items, so only this item may have one.
	if (!isShown) return [];
	await run.allStarted;
	throw errors[0]!;
}
