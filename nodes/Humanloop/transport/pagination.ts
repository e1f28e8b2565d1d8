import type { IDataObject } from 'n8n-workflow';

import { ApiFailure } from './apiFailure';
import { unexpectedResponse } from './httpFailure';

/** Records per page. The API allows more, but larger pages strain the host. */
export const pageSize = 100;

/** A million records. A host that never ends its list must not be read forever. */
const mostPages = 10_000;

/** Pages without anything new. One or two are no fault: records that are added meanwhile shift the others. */
const mostRepeatedPages = 3;

/** The API's response to a list request. */
export interface Page extends IDataObject {
	records: IDataObject[];
	total?: number;
}

/** @returns the page, or null if the host refuses it because its records are too large, as humanloop-server does */
function unlessTooLarge(page: Promise<Page>, size: number): Promise<Page | null> {
	return page.catch((error: unknown) => {
		if (size > 1 && error instanceof ApiFailure && error.status === 422 && error.message.includes('"size"'))
			return null;
		throw error;
	});
}

/** A smaller page size, by which what was read already is a whole number of pages. */
function smallerSize(size: number): number {
	const divisor = [2, 3, 5].find((factor) => size % factor === 0);
	return divisor === undefined ? 1 : size / divisor;
}

/**
 * Reads a list to its end: until the total is reached or a page is empty. A host that sends no total is read until a
 * page brings nothing new. If the host says that a page would be too large, reads smaller ones from there on.
 *
 * @param readPage reads one page
 * @param firstPage number of the first page: 1 for sessions, 0 for everything else (v4 contract)
 * @throws ApiFailure for a list without end
 * @returns the new records of each page. A record added meanwhile shifts the others to the next page; each comes once.
 */
export async function* pages(
	readPage: (paging: { page: number; size: number }) => Promise<Page>,
	firstPage: 0 | 1 = 0,
	size = pageSize,
): AsyncGenerator<IDataObject[]> {
	const known = new Set<unknown>();
	let repeated = 0;
	for (let seen = 0, page: number = firstPage; ; page++) {
		if (page >= mostPages) throw endless(`has more than ${mostPages} pages`);
		const response = await unlessTooLarge(readPage({ page, size }), size);
		if (response === null) {
			const smaller = smallerSize(size);
			// One less, because the loop adds one.
			page = firstPage + ((page - firstPage) * size) / smaller - 1;
			size = smaller;
			continue;
		}
		const { records, total } = response;
		// Totals have no ID.
		const added = records.filter(({ id }) => id === undefined || !known.has(id));
		for (const { id } of added) known.add(id);
		yield added;
		seen += records.length;
		const isEnd = total === undefined ? added.length === 0 : seen >= total;
		if (isEnd || records.length === 0) return;
		repeated = added.length === 0 ? repeated + 1 : 0;
		if (repeated >= mostRepeatedPages) throw endless('repeats the same page');
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

function endless(problem: string): ApiFailure {
	return new ApiFailure({
		message: `The API's list has no end: it ${problem}`,
		description: "Switch off 'Return All' and set a 'Limit', or narrow the list with a filter.",
		status: 200,
	});
}
