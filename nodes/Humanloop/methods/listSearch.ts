import { NodeOperationError, type ILoadOptionsFunctions, type INodeListSearchResult } from 'n8n-workflow';

import { toDeployed } from '../shared/deployed';
import { pageSize, toPage } from '../transport/pagination';
import { recordPath } from '../transport/paths';
import { apiGet } from './apiGet';
import { chosenProjectId, currentValue, isExpression } from './chosenProject';
import { versionEntries } from './configVersions';
import { readEnvironments, readVersions } from './readVersions';

/** The lists of the resource locators; `searchListMethod` in shared/locators.ts names them, and in call/run.ts. */
export const listSearch = { searchEnvironments, searchModelConfigs, searchProjects };

/**
 * The projects, by name.
 *
 * @param filter part of a name, as the user typed it
 * @param paginationToken number of the page, from 0
 * @returns one page of `{name, value}`; the value is the ID
 */
async function searchProjects(
	this: ILoadOptionsFunctions,
	filter?: string,
	paginationToken?: string,
): Promise<INodeListSearchResult> {
	const page = Number(paginationToken ?? 0);
	const qs = { page, size: pageSize, sort_by: 'name', order: 'asc', ...(filter && { filter }) };
	const { records, total = 0 } = await apiGet(this, () => '/projects', qs, toPage);
	const hasMore = records.length > 0 && (page + 1) * pageSize < total;
	return {
		results: records.map(({ name, id }) => ({ name: name as string, value: id as string })),
		paginationToken: hasMore ? String(page + 1) : undefined,
	};
}

/**
 * The model configs of the chosen project, see versionEntries.
 *
 * The API returns all of them at once and has no filter, so this function filters.
 *
 * @param filter part of an entry, a name, a description, an ID or a prompt, as the user typed it
 * @throws NodeOperationError if no project is chosen, or none has the given name
 */
async function searchModelConfigs(this: ILoadOptionsFunctions, filter = ''): Promise<INodeListSearchResult> {
	const project = currentValue(this, 'project');
	if (project === '') {
		throw new NodeOperationError(this.getNode(), "Choose a 'Project' first: the list shows its model configs");
	}
	if (isExpression(project)) {
		throw new NodeOperationError(
			this.getNode(),
			"'Project' is an expression, so its model configs cannot be listed here: enter the model config's ID",
		);
	}
	const projectId = await chosenProjectId(this, project, 'it has no model configs');
	const [configs, versions, deployed] = await readVersions(this, projectId);
	const texts = new Map(
		configs.map(({ config: { id, name, description, prompt_template, chat_template } }) => [
			id,
			[name, description, prompt_template, chat_template && JSON.stringify(chat_template)].filter(Boolean).join('\n'),
		]),
	);
	const wanted = filter.toLowerCase();
	return {
		results: versionEntries(versions, deployed).filter(({ name, value }) =>
			`${name}\n${value}\n${texts.get(value as string)}`.toLowerCase().includes(wanted),
		),
	};
}

/**
 * The environments, by name. The entries do not say what is deployed in each: the editor keeps the text of the entry that
 * was chosen, and would show it after the next deployment, too.
 *
 * @param filter part of a name, as the user typed it
 * @returns the value of an entry is the environment's name, which is what the API's requests contain
 * @throws NodeOperationError if no project is chosen, or none has the given name
 */
async function searchEnvironments(this: ILoadOptionsFunctions, filter = ''): Promise<INodeListSearchResult> {
	const project = currentValue(this, 'project');
	if (project === '') {
		throw new NodeOperationError(this.getNode(), "Choose a 'Project' first: the list shows its environments");
	}
	const names = isExpression(project)
		? await readEnvironments(this)
		: await environmentsOf(this, await chosenProjectId(this, project, 'it has nothing deployed'));
	const wanted = filter.toLowerCase();
	return {
		results: names.filter((name) => name.toLowerCase().includes(wanted)).map((name) => ({ name, value: name })),
	};
}

async function environmentsOf(context: ILoadOptionsFunctions, projectId: string): Promise<string[]> {
	const path = () => recordPath('/projects', projectId, '/deployed-configs');
	const environments = await apiGet(context, path, {}, toDeployed);
	return environments.map(({ environment_name: name }) => name);
}
