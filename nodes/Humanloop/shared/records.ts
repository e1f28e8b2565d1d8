import type { IDataObject, INodeExecutionData, INodeProperties, IExecuteSingleFunctions } from 'n8n-workflow';

import type { ItemContext } from '../execution/itemContext';
import { pages, pageSize, toPage } from '../transport/pagination';
import { requestJson } from '../transport/request';
import { fieldError } from '../values/fieldError';
import { boolean, wholeNumber } from '../values/readers';

/** 'Return All' and 'Limit' of every Get Many; listRecords reads them. */
export const returnAllAndLimit: INodeProperties[] = [
	{
		displayName: 'Return All',
		name: 'returnAll',
		type: 'boolean',
		default: false,
		description: 'Whether to return all results or only up to a given limit',
	},
	{
		displayName: 'Limit',
		name: 'limit',
		type: 'number',
		typeOptions: { minValue: 1 },
		default: 50,
		displayOptions: { show: { returnAll: [false] } },
		description: 'Max number of results to return',
	},
];

/** 'Simplify', for responses of more than ten fields; isSimplified reads it. */
export const simplify: INodeProperties = {
	displayName: 'Simplify',
	name: 'simplify',
	type: 'boolean',
	default: true,
	description: 'Whether to return a simplified version of the response instead of the raw data',
};

/** @throws NodeOperationError when the field is neither true nor false */
export function isSimplified(item: ItemContext): boolean {
	return boolean(item.context, 'Simplify', item.parameter('simplify', true));
}

/**
 * How many records 'Return All' and 'Limit' ask for.
 *
 * @throws NodeOperationError that names the field and the item
 */
export function limitOf(context: IExecuteSingleFunctions): number {
	const returnAll = boolean(context, 'Return All', context.getNodeParameter('returnAll', false));
	return returnAll ? Infinity : wholeNumber(context, 'Limit', context.getNodeParameter('limit', 50), 1);
}

/**
 * Reads as much of a list as 'Return All' and 'Limit' ask for.
 *
 * @param filters keys of the query, beside those that fields with routing fill
 * @param firstPage see pages
 * @throws ApiFailure when the API rejects a page
 */
export async function listRecords(
	item: ItemContext,
	filters: IDataObject,
	firstPage: 0 | 1 = 0,
): Promise<IDataObject[]> {
	const { context, request } = item;
	const query = { ...filters, ...item.wireValues() };
	const limit = limitOf(context);
	const readPage = async (paging: IDataObject) =>
		await item.send(async () => toPage(await requestJson(context, { ...request, qs: { ...query, ...paging } })));

	const records: IDataObject[] = [];
	for await (const added of pages(readPage, firstPage, Math.min(limit, pageSize))) {
		records.push(...added);
		if (records.length >= limit) break;
	}
	return records.slice(0, limit);
}

/**
 * Gets one record by its ID.
 *
 * @param field name of the field that holds the ID, as the user sees it
 * @param id may contain any character
 * @throws NodeOperationError for an ID that would lead to another endpoint; ApiFailure when the API rejects the call
 */
export async function getRecord(item: ItemContext, field: string, id: string): Promise<IDataObject> {
	const { context, request } = item;
	// Encoding does not help with these two: `/logs/..` is another endpoint (WHATWG URL Standard).
	if (id === '.' || id === '..')
		throw fieldError(context, field, `is not an ID: ${id}`, 'Enter an ID that the API returned.');
	const url = `${request.url}/${encodeURIComponent(id)}`;
	return await item.send(() => requestJson(context, { ...request, url, qs: item.wireValues() }));
}

/** A feedback of the API under the node's own names. */
export function simplifiedFeedback(feedback: IDataObject): IDataObject {
	return {
		value: feedback.value,
		type: feedback.type,
		user: feedback.user,
		createdAt: feedback.created_at,
		logId: feedback.data_id,
		id: feedback.id,
	};
}

/**
 * Turns records of the API into items that are linked to their input.
 *
 * @param simplified gives a record the node's own names, in n8n's camelCase; an operation without 'Simplify' always
 *   does that
 * @returns one item per record; with 'Simplify' off, under the API's own names
 */
export function recordItems(
	item: ItemContext,
	records: IDataObject[],
	simplified: (record: IDataObject) => IDataObject,
): INodeExecutionData[] {
	const toJson = isSimplified(item) ? simplified : (record: IDataObject) => record;
	return records.map((record) => ({ json: toJson(record), pairedItem: { item: item.context.getItemIndex() } }));
}
