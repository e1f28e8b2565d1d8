import {
	NodeOperationError,
	type IDataObject,
	type ILoadOptionsFunctions,
	type INodeListSearchResult,
	type INodeParameterResourceLocator,
} from 'n8n-workflow';

import { findProjectByName } from '../shared/locators';
import { unexpectedResponse } from '../transport/httpFailure';
import { pageSize, toPage } from '../transport/pagination';
import { recordPath } from '../transport/paths';
import { providerKeys } from '../transport/providerKeys';
import { isEmpty } from '../values/readers';
import { apiGet } from './apiGet';
import { versionsOf, type ProjectConfig, type Provider } from './configVersions';

/** The lists of the resource locators; `searchListMethod` in shared/locators.ts names them. */
export const listSearch = { searchModelConfigs, searchProjects };

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
 * The model configs of the chosen project, see versionsOf.
 *
 * The API returns all of them at once and has no filter, so this function filters.
 *
 * @param filter part of an entry, a name, a description, an ID or a prompt, as the user typed it
 * @throws NodeOperationError if no project is chosen, or none has the given name
 */
async function searchModelConfigs(this: ILoadOptionsFunctions, filter = ''): Promise<INodeListSearchResult> {
	const projectId = await chosenProjectId(this);
	const [configs, providers] = await Promise.all([
		apiGet(this, () => recordPath('/projects', projectId, '/configs'), {}, toConfigs),
		readProviders(this),
	]);
	const texts = new Map(
		configs.map(({ config: { id, name, description, prompt_template } }) => [
			id,
			[name, description, prompt_template].filter(Boolean).join('\n'),
		]),
	);
	const wanted = filter.toLowerCase();
	return {
		results: versionsOf(configs, providers, this.getTimezone()).filter(({ name, value }) =>
			`${name}\n${value}\n${texts.get(value as string)}`.toLowerCase().includes(wanted),
		),
	};
}

/** What has no ID cannot be chosen. */
function toConfigs(response: unknown): ProjectConfig[] {
	if (!Array.isArray(response)) throw unexpectedResponse('a list');
	return (response as Array<Partial<ProjectConfig> | null>).filter(
		(record): record is ProjectConfig => typeof record?.config?.id === 'string',
	);
}

/** A host that hangs at what is only an addition must not keep the list waiting. */
const providersTimeoutMs = 3_000;

/**
 * What the host can run with these credentials.
 *
 * @returns null if the host does not have humanloop-server's endpoint: the list is of use without it
 */
async function readProviders(context: ILoadOptionsFunctions): Promise<Provider[] | null> {
	const response = await apiGet(context, () => '/models', {}, undefined, providersTimeoutMs).catch(
		(): IDataObject => ({}),
	);
	if (!Array.isArray(response.providers)) return null;
	const credentials = await context.getCredentials('humanloopApi');
	return (response.providers as unknown as Array<Partial<Provider> | null>)
		.filter((provider): provider is Provider => typeof provider?.name === 'string')
		.map((provider) => {
			const own = providerKeys.find(({ key }) => key === provider.name);
			if (provider.needs_key !== true || !own || !isEmpty(credentials[own.field])) return provider;
			return { ...provider, available: false, reason: own.obstacle };
		});
}

async function chosenProjectId(context: ILoadOptionsFunctions): Promise<string> {
	const { mode, value } = (context.getCurrentNodeParameter('project') ?? {}) as Partial<INodeParameterResourceLocator>;
	const project = String(value ?? '').trim();
	if (project === '') {
		throw new NodeOperationError(context.getNode(), "Choose a 'Project' first: the list shows its model configs");
	}
	if (project.startsWith('=')) {
		throw new NodeOperationError(
			context.getNode(),
			"'Project' is an expression, so its model configs cannot be listed here: enter the model config's ID",
		);
	}
	if (mode !== 'name') return project;
	const readPage = (qs: IDataObject) => apiGet(context, () => '/projects', qs, toPage);
	const id = await findProjectByName(project, readPage);
	if (id !== undefined) return id;
	throw new NodeOperationError(
		context.getNode(),
		`There is no project named '${project}' yet, so it has no model configs`,
	);
}
