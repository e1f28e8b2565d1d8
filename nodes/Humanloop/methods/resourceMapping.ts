import type { IDataObject, ILoadOptionsFunctions, ResourceMapperFields, ResourceMapperValue } from 'n8n-workflow';

import { variablesOf } from '../shared/template';
import { recordPath } from '../transport/paths';
import { apiGet } from './apiGet';
import { chosenProjectId, currentValue, isExpression } from './chosenProject';

/** The fields of the resource mapper; `resourceMapperMethod` in call/form.ts names the method. */
export const resourceMapping = { getInputFields };

/** Tells what to do if the fields cannot be drawn. */
export interface Notice {
	/** Whether the fields that are shown stay, because the editor drops the value of a field that is gone. */
	keepsFields: boolean;
	text: string;
}

/** The same for both kinds of 'Run', because the editor does not ask again when that changes. */
const nothingChosen: Notice = { keepsFields: false, text: 'Choose what to run to see the variables of its template.' };

/**
 * The fields of 'Inputs': one for each variable of the template of the version that is chosen, or that is deployed now.
 *
 * @returns no fields but a notice, if nothing is chosen or the template has no variables. If its variables are unknown, the
 *   fields that are shown stay
 * @throws NodeApiError if the template cannot be read: the editor then changes nothing
 */
async function getInputFields(this: ILoadOptionsFunctions): Promise<ResourceMapperFields> {
	const template = await shownConfig(this);
	if (isNotice(template)) return withoutFields(this, template);

	const variables = variablesOf(template);
	if (variables === null) {
		return withoutFields(this, {
			keepsFields: true,
			text: "The variables of this template are unknown. Choose 'Using JSON' above.",
		});
	}
	// Only without fields: when they are mapped automatically, the editor shows the notice beside them too (n8n 2.41.1).
	if (variables.length === 0) {
		const which = isDeployed(this) ? 'The template of the deployed version' : 'The template of this model config';
		return withoutFields(this, { keepsFields: false, text: `${which} has no variables.` });
	}
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

function isDeployed(context: ILoadOptionsFunctions): boolean {
	return currentValue(context, 'run') === 'deployed';
}

/**
 * The config that the node would run now.
 *
 * @throws NodeApiError if it cannot be read
 */
export async function shownConfig(context: ILoadOptionsFunctions): Promise<IDataObject | Notice> {
	return isDeployed(context) ? await deployedConfig(context) : await chosenConfig(context);
}

/** The config of the field 'Model Config'. */
async function chosenConfig(context: ILoadOptionsFunctions): Promise<IDataObject | Notice> {
	const configId = currentValue(context, 'modelConfig');
	if (configId === '') {
		return nothingChosen;
	}
	if (isExpression(configId)) return unknownTemplate("'Model Config' is an expression");
	return await apiGet(context, () => recordPath('/model-configs', configId));
}

/** What the fields 'Project' and 'Environment' have deployed now. */
async function deployedConfig(context: ILoadOptionsFunctions): Promise<IDataObject | Notice> {
	const [project, environment] = [currentValue(context, 'project'), currentValue(context, 'environment')];
	if (project === '') {
		return nothingChosen;
	}
	if (isExpression(project)) return unknownTemplate("'Project' is an expression");
	if (isExpression(environment)) return unknownTemplate("'Environment' is an expression");
	const id = await chosenProjectId(context, project, 'it has nothing deployed');
	const qs = environment === '' ? {} : { environment };
	const { config } = await apiGet(context, () => recordPath('/projects', id, '/active-config'), qs);
	return (config ?? {}) as IDataObject;
}

function unknownTemplate(reason: string): Notice {
	return {
		keepsFields: true,
		text: `${reason}, so the template is not known here. Choose 'Map Automatically' below, or 'Using JSON' above.`,
	};
}

export function isNotice(value: IDataObject | Notice): value is Notice {
	return 'keepsFields' in value;
}

function withoutFields(context: ILoadOptionsFunctions, { keepsFields, text }: Notice): ResourceMapperFields {
	const { schema } = (context.getCurrentNodeParameter('inputs') ?? {}) as Partial<ResourceMapperValue>;
	return keepsFields && schema?.length ? { fields: schema } : { fields: [], emptyFieldsNotice: text };
}
