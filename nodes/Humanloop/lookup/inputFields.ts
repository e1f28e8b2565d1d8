import type { ILoadOptionsFunctions, INodeParameterResourceLocator, ResourceMapperFields } from 'n8n-workflow';

import { variablesOf } from '../request/template';
import { reading } from './ask';

/**
 * The fields of the resource mapper 'Inputs': one for each variable of the chosen model config's template.
 *
 * @returns no fields, and a notice in their place, when no config is chosen or its template has no variables
 */
export async function getInputFields(this: ILoadOptionsFunctions): Promise<ResourceMapperFields> {
	const { value } = (this.getCurrentNodeParameter('modelConfig') ?? {}) as Partial<INodeParameterResourceLocator>;
	const configId = String(value ?? '').trim();
	if (configId === '')
		return { fields: [], emptyFieldsNotice: "Choose a 'Model Config' to see the variables of its template." };

	if (configId.startsWith('=')) {
		return {
			fields: [],
			emptyFieldsNotice:
				"'Model Config' is an expression, so its template is not known here. Choose 'Map Automatically' below, or 'Using JSON' above.",
		};
	}
	const config = await reading(this, async (ask) => await ask(`/model-configs/${encodeURIComponent(configId)}`));
	const variables = variablesOf(config);
	if (variables === null)
		return {
			fields: [],
			emptyFieldsNotice: "The variables of this template cannot be told. Choose 'Using JSON' above.",
		};
	// The editor shows a notice beside the fields too, when they are mapped automatically (n8n 2.41.1).
	if (variables.length === 0)
		return { fields: [], emptyFieldsNotice: 'The template of this model config has no variables.' };
	return {
		fields: variables.map((name) => ({
			id: name,
			displayName: name,
			type: 'string',
			required: true,
			display: true,
			defaultMatch: false,
			canBeUsedToMatch: false,
		})),
	};
}
