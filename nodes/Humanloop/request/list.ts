import type { IDataObject } from 'n8n-workflow';

import { callApi } from './callApi';
import { FailedCallError } from './failedCall';
import type { ItemRun } from './itemRun';
import { boolean, wholeNumber } from './values';

/** Records per page; the API allows more, and a page should not be a burden. */
const pageSize = 100;

interface Page extends IDataObject {
	records: IDataObject[];
	total?: number;
}

/**
 * Reads a list of the API page by page, as far as 'Return All' and 'Limit' ask.
 *
 * @param request method, path and filters
 * @param firstPage where the list begins to count: sessions at 1, all others at 0 (the contract)
 * @returns the records, each once: a record that is added meanwhile shifts the others to the next page
 * @throws FailedCallError when a page is refused
 */
export async function listRecords(
	{ context, request, send }: ItemRun,
	qs: IDataObject,
	firstPage: 0 | 1,
): Promise<IDataObject[]> {
	const returnAll = boolean(context, 'Return All', context.getNodeParameter('returnAll', false));
	const limit = returnAll ? Infinity : wholeNumber(context, 'Limit', context.getNodeParameter('limit', 50), 1);
	const size = Math.min(limit, pageSize);

	const byId = new Map<unknown, IDataObject>();
	for (let read = 0, page = firstPage; byId.size < limit; page++) {
		const { records, total } = await send(async () =>
			checkedPage(await callApi(context, { ...request, qs: { ...qs, page, size } })),
		);
		for (const record of records) byId.set(record.id, record);
		read += records.length;
		if (records.length === 0 || read >= (total ?? Infinity)) break;
	}
	return [...byId.values()].slice(0, limit);
}

function checkedPage(answer: IDataObject): Page {
	if (Array.isArray(answer.records)) return answer as Page;
	throw new FailedCallError({
		message: 'The answer is not a list of the v4 API',
		description: "Check the 'Base URL' in the Humanloop API credentials. It ends with /v4.",
		status: 200,
	});
}
