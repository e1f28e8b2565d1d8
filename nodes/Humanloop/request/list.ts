import type { IDataObject } from 'n8n-workflow';

import { callApi } from './callApi';
import type { ItemRun } from './itemRun';
import { checkedPage, pages, pageSize } from './pages';
import { boolean, wholeNumber } from './values';

/**
 * Reads a list of the API as far as 'Return All' and 'Limit' ask.
 *
 * @param qs the filters
 * @param firstPage see pages
 * @throws FailedCallError when a page is refused
 */
export async function listRecords(
	{ context, request, send }: ItemRun,
	qs: IDataObject,
	firstPage: 0 | 1,
): Promise<IDataObject[]> {
	const returnAll = boolean(context, 'Return All', context.getNodeParameter('returnAll', false));
	const limit = returnAll ? Infinity : wholeNumber(context, 'Limit', context.getNodeParameter('limit', 50), 1);
	const read = async (paging: IDataObject) =>
		await send(async () => checkedPage(await callApi(context, { ...request, qs: { ...qs, ...paging } })));

	const records: IDataObject[] = [];
	for await (const added of pages(read, firstPage, Math.min(limit, pageSize))) {
		records.push(...added);
		if (records.length >= limit) break;
	}
	return records.slice(0, limit);
}
