import type { ILoadOptionsFunctions, INodeListSearchResult } from 'n8n-workflow';

import { checkedPage, pageSize } from '../request/pages';
import { reading } from './ask';

/**
 * The projects for a resource locator, by name.
 *
 * @param filter what the user has typed: part of a name
 * @param paginationToken number of the page, from 0
 * @returns one page of `{name, value}`, value being the ID
 */
export async function searchProjects(
	this: ILoadOptionsFunctions,
	filter?: string,
	paginationToken?: string,
): Promise<INodeListSearchResult> {
	const page = Number(paginationToken ?? 0);
	const qs = { page, size: pageSize, sort_by: 'name', order: 'asc', ...(filter && { filter }) };
	const { records, total = 0 } = await reading(this, async (ask) => checkedPage(await ask('/projects', qs)));
	const hasMore = records.length > 0 && (page + 1) * pageSize < total;
	return {
		results: records.map(({ name, id }) => ({ name: name as string, value: id as string })),
		paginationToken: hasMore ? String(page + 1) : undefined,
	};
}
