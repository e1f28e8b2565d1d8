import { NodeOperationError, type ILoadOptionsFunctions, type INodeParameterResourceLocator } from 'n8n-workflow';

import { findProjectByName } from '../shared/locators';
import { toPage } from '../transport/pagination';
import { apiGet } from './apiGet';

/** What a field of the node contains while somebody fills it in: a value, an expression, or ''. */
export function currentValue(context: ILoadOptionsFunctions, field: string): string {
	const parameter = context.getCurrentNodeParameter(field) ?? '';
	const value = typeof parameter === 'object' ? (parameter as Partial<INodeParameterResourceLocator>).value : parameter;
	return String(value ?? '').trim();
}

export function isExpression(value: string): boolean {
	return value.startsWith('=');
}

/**
 * The ID of the project that is chosen in the field 'Project'.
 *
 * @param value of the field, neither empty nor an expression
 * @param consequence what there is not if no project has that name, to end the message with
 * @throws NodeOperationError if no project has the name; NodeApiError when the API rejects the look-up
 */
export async function chosenProjectId(
	context: ILoadOptionsFunctions,
	value: string,
	consequence: string,
): Promise<string> {
	const { mode } = context.getCurrentNodeParameter('project') as Partial<INodeParameterResourceLocator>;
	if (mode !== 'name') return value;
	const id = await findProjectByName(value, (qs) => apiGet(context, () => '/projects', qs, toPage));
	if (id !== undefined) return id;
	throw new NodeOperationError(context.getNode(), `There is no project named '${value}' yet, so ${consequence}`);
}
