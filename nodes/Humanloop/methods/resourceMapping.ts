import type {
	ILoadOptionsFunctions,
	INodeParameterResourceLocator,
	ResourceMapperFields,
	ResourceMapperValue,
} from 'n8n-workflow';

import { variablesOf } from '../shared/template';
import { recordPath } from '../transport/paths';
import { apiGet } from './apiGet';

/** The fields of the resource mapper; `resourceMapperMethod` in completion/create.ts names the method. */
export const resourceMapping = { getInputFields };

/**
 * The fields of 'Inputs': one for each variable of the chosen model config's template.
 *
 * @returns no fields but a notice, if no config is chosen or its template has no variables. If its variables are unknown,
 *   the fields that are shown stay, because the editor drops the value of a field that is gone
 */
async function getInputFields(this: ILoadOptionsFunctions): Promise<ResourceMapperFields> {
	const { value } = (this.getCurrentNodeParameter('modelConfig') ?? {}) as Partial<INodeParameterResourceLocator>;
	const configId = String(value ?? '').trim();
	if (configId === '')
		return { fields: [], emptyFieldsNotice: "Choose a 'Model Config' to see the variables of its template." };

	if (configId.startsWith('=')) {
		return unknownFields(
			this,
			"'Model Config' is an expression, so its template is not known here. Choose 'Map Automatically' below, or 'Using JSON' above.",
		);
	}
	const config = await apiGet(this, () => recordPath('/model-configs', configId));
	const variables = variablesOf(config);
	if (variables === null)
		return unknownFields(this, "The variables of this template are unknown. Choose 'Using JSON' above.");
	// Only without fields: when they are mapped automatically, the editor shows the notice beside them too (n8n 2.41.1).
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

function unknownFields(context: ILoadOptionsFunctions, emptyFieldsNotice: string): ResourceMapperFields {
	const { schema } = (context.getCurrentNodeParameter('inputs') ?? {}) as Partial<ResourceMapperValue>;
	return schema?.length ? { fields: schema } : { fields: [], emptyFieldsNotice };
}
