import type { IDataObject, ILoadOptionsFunctions, INodeListSearchResult } from 'n8n-workflow';

import { ask } from './ask';

const pageSize = 100;

interface ProjectPage extends IDataObject {
	records: Array<{ id: string; name: string }>;
	total: number;
}

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
	const { records, total } = await ask<ProjectPage>(this, '/projects', {
		page,
		size: pageSize,
		sort_by: 'name',
		order: 'asc',
		...(filter && { filter }),
	});
	const hasMore = records.length > 0 && (page + 1) * pageSize < total;
	return {
		results: records.map(({ name, id }) => ({ name, value: id })),
		paginationToken: hasMore ? String(page + 1) : undefined,
	};
}
