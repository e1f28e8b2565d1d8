import type {
	IDataObject,
	IExecuteSingleFunctions,
	INodeParameterResourceLocator,
	INodeProperties,
} from 'n8n-workflow';

import type { ItemContext } from '../execution/itemContext';
import { ApiFailure } from '../transport/apiFailure';
import { pages, toPage, type Page } from '../transport/pagination';
import { requestJson } from '../transport/request';
import { fieldError } from '../values/fieldError';
import { isEmpty, trimmedText } from '../values/readers';

/** 'Project', for the operations that need one; readLocator reads it with projectKeys. */
export const projectLocator: INodeProperties = {
	displayName: 'Project',
	name: 'project',
	type: 'resourceLocator',
	required: true,
	default: { mode: 'list', value: '' },
	modes: [
		{
			displayName: 'From List',
			name: 'list',
			type: 'list',
			placeholder: 'Choose a project',
			typeOptions: { searchListMethod: 'searchProjects', searchable: true },
		},
		{
			// The editor cuts 'By Name' off.
			displayName: 'Name',
			name: 'name',
			type: 'string',
			placeholder: 'e.g. support/triage',
		},
		{
			displayName: 'By ID',
			name: 'id',
			type: 'string',
			placeholder: 'e.g. pr_3usCu3dAkgrXTl7fufrvN',
		},
	],
};

/** The API's key for each mode of the locator. One value cannot fill both keys. */
export const projectKeys = { list: 'project_id', name: 'project', id: 'project_id' };

/** 'Model Config', whose list shows those of the chosen project; requiredId reads it. */
export const modelConfigLocator: INodeProperties = {
	displayName: 'Model Config',
	name: 'modelConfig',
	type: 'resourceLocator',
	required: true,
	default: { mode: 'list', value: '' },
	typeOptions: { loadOptionsDependsOn: ['project.value'] },
	modes: [
		{
			displayName: 'From List',
			name: 'list',
			type: 'list',
			placeholder: 'Choose a model config',
			typeOptions: { searchListMethod: 'searchModelConfigs', searchable: true },
		},
		{
			displayName: 'By ID',
			name: 'id',
			type: 'string',
			placeholder: 'e.g. config_OYbJbWbFvUxX1MxgWvAsi',
		},
	],
};

/** 'Environment'; its value is a name. */
export const environmentLocator: INodeProperties = {
	displayName: 'Environment',
	name: 'environment',
	type: 'resourceLocator',
	default: { mode: 'list', value: '' },
	modes: [
		{
			displayName: 'From List',
			name: 'list',
			type: 'list',
			placeholder: 'Default environment',
			typeOptions: { searchListMethod: 'searchEnvironments', searchable: true },
		},
		{
			displayName: 'Name',
			name: 'name',
			type: 'string',
			placeholder: 'e.g. production',
		},
	],
};

/**
 * Reads a resource locator.
 *
 * @param keys the API's key for each mode
 * @returns the value under the key of its mode; no key if the field is empty
 * @throws NodeOperationError that names the field and the item, for a mode that is not in `keys`
 */
export function readLocator<Key extends string>(
	context: IExecuteSingleFunctions,
	field: string,
	locator: unknown,
	keys: Record<string, Key>,
): Partial<Record<Key, string>> {
	if (isEmpty(locator)) return {};
	// Plain text counts as an ID: an agent that writes a workflow, or an expression for the whole field, gives that.
	const { mode, value } =
		typeof locator === 'object' ? (locator as INodeParameterResourceLocator) : { mode: 'id', value: locator };
	const key = keys[mode];
	if (key === undefined) {
		const modes = Object.keys(keys).join("', '");
		throw fieldError(context, field, `has the unknown mode '${mode}'`, `Choose one of '${modes}'.`);
	}
	if (isEmpty(value)) return {};
	return { [key]: trimmedText(context, field, value) } as Partial<Record<Key, string>>;
}

/**
 * The ID in a locator with the modes "list" and "id".
 *
 * @throws NodeOperationError that names the field and the item, if the locator is empty
 */
export function requiredId(context: IExecuteSingleFunctions, field: string, locator: unknown, example: string): string {
	const { id } = readLocator(context, field, locator, { list: 'id', id: 'id' });
	if (id !== undefined) return id;
	throw fieldError(context, field, 'is empty', `Choose one from the list, or enter an ID, e.g. ${example}.`);
}

/**
 * The ID of the project in the field 'Project', for endpoints that accept no names.
 *
 * @throws NodeOperationError that names the field, if it is empty or no project has that name; ApiFailure when the API
 *   rejects the lookup
 */
export async function requiredProjectId(item: ItemContext): Promise<string> {
	const id = await optionalProjectId(item);
	if (id !== undefined) return id;
	throw fieldError(item.context, 'Project', 'is empty', 'Choose a project from the list, or enter its name or ID.');
}

/**
 * The same for an operation that needs no project. A name is looked up once for all items.
 *
 * @returns undefined if the field is empty
 * @throws NodeOperationError that names the field, if no project has that name; ApiFailure when the API rejects the lookup
 */
export async function optionalProjectId(item: ItemContext): Promise<string | undefined> {
	const { context } = item;
	const locator = context.getNodeParameter('project', '');
	const { project_id: id, project: name } = readLocator(context, 'Project', locator, projectKeys);
	if (id !== undefined) return id;
	if (name === undefined) return undefined;
	const found = await item.send(() => projectIdOf(item, name));
	if (found !== undefined) return found;
	throw fieldError(
		context,
		'Project',
		`does not exist: ${name}`,
		'Correct the name, or choose a project from the list.',
	);
}

/**
 * The ID of a project, looked up once for all items.
 *
 * @returns undefined if no project has that name
 * @throws ApiFailure when the API rejects the lookup
 */
export async function projectIdOf({ context, run, request }: ItemContext, name: string): Promise<string | undefined> {
	const readPage = async (qs: IDataObject) =>
		toPage(await requestJson(context, { ...request, method: 'GET', url: '/projects', qs, body: undefined }));
	return await run.memoize(`project ${name}`, () => findProjectByName(name, readPage));
}

/** A host filters by name, so that one page is usual. A host that does not, and has no end, must not be read forever. */
const mostPages = 100;

/**
 * Looks up a project by its whole name.
 *
 * @param readPage sends `GET /projects` with a query
 * @returns its ID, or undefined if there is none with that name
 * @throws ApiFailure if the list goes on for too long
 */
export async function findProjectByName(
	name: string,
	readPage: (qs: IDataObject) => Promise<Page>,
): Promise<string | undefined> {
	const readNext = async (paging: { page: number; size: number }) => {
		if (paging.page >= mostPages) throw endlessList(name);
		return await readPage({ filter: name, ...paging });
	};
	for await (const projects of pages(readNext)) {
		const found = projects.find((project) => project.name === name);
		if (found) return found.id as string;
	}
	return undefined;
}

function endlessList(name: string): ApiFailure {
	return new ApiFailure({
		message: `The project '${name}' is not on the first ${mostPages} pages of the API's project list`,
		description: "Choose the project from the list, or enter its ID in 'Project'.",
	});
}
