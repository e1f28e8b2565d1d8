import type { IDataObject, IExecuteSingleFunctions, INodeParameterResourceLocator } from 'n8n-workflow';

import { callApi } from './callApi';
import { fieldError } from './errors';
import type { ItemRun } from './itemRun';
import { checkedPage, pages } from './pages';
import { isEmpty, text } from './values';

/** Fields whose mode decides which key their one value fills, so that both can never be sent. */
export const projectKeys = { list: 'project_id', name: 'project', id: 'project_id' };
export const sessionKeys = { id: 'session_id', referenceId: 'session_reference_id' };
export const parentKeys = { id: 'parent_id', referenceId: 'parent_reference_id' };

/**
 * A resource locator's value under the key that its mode stands for.
 *
 * @returns one key at most; none when the field is empty
 * @throws NodeOperationError naming field and item when the mode is none of the keys'
 */
export function located(
	context: IExecuteSingleFunctions,
	field: string,
	locator: unknown,
	keys: Record<string, string>,
): IDataObject {
	if (isEmpty(locator)) return {};
	// Text, as an agent writes a workflow, or an expression that stands for the whole field: an ID.
	const { mode, value } =
		typeof locator === 'object' ? (locator as INodeParameterResourceLocator) : { mode: 'id', value: locator };
	const key = keys[mode];
	if (key === undefined) {
		const modes = Object.keys(keys).join("', '");
		throw fieldError(context, field, `has the unknown mode '${mode}'`, `Choose one of '${modes}'.`);
	}
	return { [key]: value };
}

/**
 * The ID that a locator with the modes "list" and "id" holds.
 *
 * @throws NodeOperationError naming field and item when it is empty
 */
export function requiredId(context: IExecuteSingleFunctions, field: string, locator: unknown, example: string): string {
	const { id } = located(context, field, locator, { list: 'id', id: 'id' });
	if (isEmpty(id))
		throw fieldError(context, field, 'is empty', `Choose one from the list, or enter an ID, e.g. ${example}.`);
	return text(context, field, id).trim();
}

/**
 * The ID of the project that the field 'Project' holds, for the endpoints that know no names. A name is
 * looked up once for all items.
 *
 * @throws NodeOperationError naming the field when it is empty or no project has that name; FailedCallError
 *   when the API refuses the look-up
 */
export async function requiredProjectId({ context, run, request, send }: ItemRun): Promise<string> {
	const found = located(context, 'Project', context.getNodeParameter('project', ''), projectKeys);
	if (!isEmpty(found.project_id)) return text(context, 'Project', found.project_id).trim();
	if (isEmpty(found.project)) {
		throw fieldError(context, 'Project', 'is empty', 'Choose a project from the list, or enter its name or ID.');
	}
	const name = text(context, 'Project', found.project).trim();
	const id = await send(() =>
		run.once(`project ${name}`, () =>
			projectNamed(name, (qs) => callApi(context, { ...request, method: 'GET', url: '/projects', qs })),
		),
	);
	if (id === undefined)
		throw fieldError(context, 'Project', `names none: ${name}`, 'Correct the name, or choose a project from the list.');
	return id;
}

/**
 * Looks a project up by its whole name.
 *
 * @param ask sends `GET /projects` with a query
 * @returns its ID, or undefined when there is none of that name
 * @throws FailedCallError when the answer is no list
 */
export async function projectNamed(
	name: string,
	ask: (qs: IDataObject) => Promise<IDataObject>,
): Promise<string | undefined> {
	for await (const projects of pages(async (paging) => checkedPage(await ask({ filter: name, ...paging })))) {
		const found = projects.find((project) => project.name === name);
		if (found) return found.id as string;
	}
	return undefined;
}
