import type { IDataObject } from 'n8n-workflow';

import { unexpectedResponse } from './httpFailure';

/** Records per page. The API allows more, but larger pages strain the host. */
export const pageSize = 100;

/** The API's response to a list request. */
export interface Page extends IDataObject {
	records: IDataObject[];
	total?: number;
}

/**
 * Reads a list to its end: until the total is reached or a page is empty. A host that sends no total is read until a
 * page brings nothing new.
 *
 * @param readPage reads one page
 * @param firstPage number of the first page: 1 for sessions, 0 for everything else (v4 contract)
 * @returns the new records of each page. A record added meanwhile shifts the others to the next page; each comes once.
 */
export async function* pages(
	readPage: (paging: { page: number; size: number }) => Promise<Page>,
	firstPage: 0 | 1 = 0,
	size = pageSize,
): AsyncGenerator<IDataObject[]> {
	const known = new Set<unknown>();
	for (let seen = 0, page = firstPage; ; page++) {
		const { records, total } = await readPage({ page, size });
		const added = records.filter(({ id }) => !known.has(id));
		for (const { id } of added) known.add(id);
		yield added;
		seen += records.length;
		const isEnd = total === undefined ? added.length === 0 : seen >= total;
		if (isEnd || records.length === 0) return;
	}
}

/**
 * @returns the response, if it is a page of a list
 * @throws ApiFailure if it is something else
 */
export function toPage(response: IDataObject): Page {
	if (Array.isArray(response.records)) return response as Page;
	throw unexpectedResponse('a list');
}
