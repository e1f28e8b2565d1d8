import { updateDisplayOptions, type INodeProperties, type INodePropertyOptions } from 'n8n-workflow';

import { simplify } from '../commonFields';
import { modelConfigLocator, projectLocator } from '../lookup/locators';
import { createCompletion } from '../request/completion/createCompletion';
import { options } from './options';

/**
 * Completion → Create: `POST /completion-model-config`.
 *
 * A plain field names its wire key in `routing.send`. The fields without routing need code: project,
 * session and parent (one value, two possible keys), inputs and metadata (fields or JSON) are read
 * in request/completion/body.ts, simplify in request/completion/items.ts.
 */
export const createOperation: INodePropertyOptions = {
	name: 'Create',
	value: 'create',
	action: 'Create completion from stored prompt',
	description: 'Run a model config and return one item per sample',
	routing: {
		request: { method: 'POST', url: '/completion-model-config' },
		send: { paginate: true },
		operations: { pagination: createCompletion },
	},
};

/** All fields of the operation, shown for it alone. */
export const createFields: INodeProperties[] = updateDisplayOptions(
	{ show: { resource: ['completion'], operation: ['create'] } },
	[
		{
			...projectLocator,
			required: false,
			description:
				'Project that the calls are logged to, and whose model configs the list below shows. By name, it is created if there is none; leave it empty to log to none.',
		},
		{
			...modelConfigLocator,
			description: 'Stored prompt to run: its template, model and parameters',
			routing: { send: { type: 'body', property: 'model_config_id' } },
		},
		{
			displayName: 'Specify Inputs',
			name: 'specifyInputs',
			type: 'options',
			options: [
				{ name: 'Using Fields Below', value: 'fields' },
				{ name: 'Using JSON', value: 'json' },
			],
			default: 'fields',
			description: "How to give the values of the template's variables",
		},
		{
			displayName: 'Inputs',
			name: 'inputs',
			type: 'resourceMapper',
			noDataExpression: true,
			default: { mappingMode: 'defineBelow', value: null },
			typeOptions: {
				loadOptionsDependsOn: ['modelConfig.value'],
				resourceMapper: {
					resourceMapperMethod: 'getInputFields',
					mode: 'add',
					valuesLabel: 'Inputs',
					fieldWords: { singular: 'input', plural: 'inputs' },
					noFieldsError: 'No inputs to show. If the template has variables, check the model config and the credential.',
					addAllFields: true,
					supportAutoMap: true,
				},
			},
			// Without a model config there is nothing to draw.
			displayOptions: { show: { specifyInputs: ['fields'] }, hide: { modelConfig: [''] } },
			description:
				"One value per variable of the template. 'Map Automatically' takes the incoming item's fields of the same names.",
		},
		{
			displayName: 'Inputs (JSON)',
			name: 'inputsJson',
			type: 'json',
			default: '{}',
			displayOptions: { show: { specifyInputs: ['json'] } },
			description: 'Object with one key per variable of the template, such as { "customer": "Zoë" }',
		},
		{
			displayName: 'Number of Samples',
			name: 'numSamples',
			type: 'number',
			typeOptions: { minValue: 1 },
			default: 1,
			description: 'How many answers to generate for each input item. Each becomes an item.',
			routing: { send: { type: 'body', property: 'num_samples' } },
		},
		simplify,
		{
			displayName: 'Options',
			name: 'options',
			type: 'collection',
			placeholder: 'Add option',
			default: {},
			options,
		},
	],
);
