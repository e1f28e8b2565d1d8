import type { IDataObject } from 'n8n-workflow';

import { defineOperation } from '../execution/defineOperation';
import { modelConfigLocator, projectLocator, requiredId } from '../shared/locators';
import { getRecord, recordItems, simplify } from '../shared/records';
import { variablesOf } from '../shared/template';

/** Model Config → Get: `GET /model-configs/{id}`. 'Project' only fills the list. */
export const get = defineOperation({
	name: 'Get',
	value: 'get',
	action: 'Get model config',
	description: 'Retrieve a model config: prompt template, variables, model and parameters',
	request: { method: 'GET', url: '/model-configs' },
	fields: [
		{
			...projectLocator,
			required: false,
			description: 'Project whose model configs the list below shows. You do not need it if you enter an ID.',
		},
		{ ...modelConfigLocator, description: 'Model config to retrieve' },
		simplify,
	],
	async execute(item) {
		const { context } = item;
		const locator = context.getNodeParameter('modelConfig', '');
		const id = requiredId(context, 'Model Config', locator, 'config_OYbJbWbFvUxX1MxgWvAsi');
		return recordItems(item, [await getRecord(item, 'Model Config', id)], simplifiedModelConfig);
	},
});

/** @param record `ModelConfigResponse`, or `ProjectConfigResponse`, which contains one */
export function simplifiedModelConfig(record: IDataObject): IDataObject {
	const config = (record.config ?? record) as IDataObject;
	return {
		...templateOf(config),
		name: config.name,
		description: config.description,
		variables: variablesOf(config),
		provider: config.provider,
		model: config.model,
		temperature: config.temperature,
		maxTokens: config.max_tokens,
		id: config.id,
		...(record.project_id !== undefined && { projectId: record.project_id }),
	};
}

/** A config has one of two kinds of template: a text, or messages. */
export function templateOf({ prompt_template, chat_template, endpoint }: IDataObject): IDataObject {
	return endpoint === 'chat' ? { chatTemplate: chat_template ?? [] } : { promptTemplate: prompt_template };
}
