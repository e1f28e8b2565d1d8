import type { IDataObject } from 'n8n-workflow';

import { FailedCallError } from './failedCall';

/** Records per page; the API allows more, and a page should not be a burden. */
export const pageSize = 100;

/** What the API answers to a list, page by page. */
export interface Page extends IDataObject {
	records: IDataObject[];
	total?: number;
}

/**
 * Reads a list to its end: to its total, to an empty page, or, of a host that gives no total, to a page that brings
 * nothing new.
 *
 * @param read reads one page
 * @param firstPage where the list begins to count: sessions at 1, all others at 0 (the contract)
 * @returns the records page by page, each once: one that is added meanwhile shifts the others to the next page
 */
export async function* pages(
	read: (paging: { page: number; size: number }) => Promise<Page>,
	firstPage: 0 | 1 = 0,
	size = pageSize,
): AsyncGenerator<IDataObject[]> {
	const known = new Set<unknown>();
	for (let seen = 0, page = firstPage; ; page++) {
		const { records, total } = await read({ page, size });
		const added = records.filter(({ id }) => !known.has(id));
		for (const { id } of added) known.add(id);
		yield added;
		seen += records.length;
		const isEnd = total === undefined ? added.length === 0 : seen >= total;
		if (isEnd || records.length === 0) return;
	}
}

/**
 * @returns the answer, when it is a page of a list
 * @throws FailedCallError when it is something else
 */
export function checkedPage(answer: IDataObject): Page {
	if (Array.isArray(answer.records)) return answer as Page;
	throw noList();
}

/** The error of an answer that is no list where one has been asked for. */
export function noList(): FailedCallError {
	return new FailedCallError({
		message: 'The answer is not a list of the v4 API',
		description: "Check the 'Base URL' in the Humanloop API credentials. It ends with /v4.",
		status: 200,
	});
}
