import { updateDisplayOptions, type INodeProperties, type INodePropertyOptions } from 'n8n-workflow';

import { simplify } from '../commonFields';
import { modelConfigLocator, projectLocator } from '../lookup/locators';
import { getModelConfig } from '../request/getOne';

/** Model Config → Get: `GET /model-configs/{id}`. 'Project' only fills the list. */
export const getOperation: INodePropertyOptions = {
	name: 'Get',
	value: 'get',
	action: 'Get model config',
	description: 'Retrieve a model config: prompt template, variables, model and parameters',
	routing: {
		request: { method: 'GET', url: '/model-configs' },
		send: { paginate: true },
		operations: { pagination: getModelConfig },
	},
};

/** All fields of the operation, shown for it alone. */
export const getFields: INodeProperties[] = updateDisplayOptions(
	{ show: { resource: ['modelConfig'], operation: ['get'] } },
	[
		{
			...projectLocator,
			required: false,
			description: 'Project whose model configs the list below shows. It is not needed for a model config by ID.',
		},
		{ ...modelConfigLocator, description: 'Model config to retrieve' },
		simplify,
	],
);
