import { updateDisplayOptions, type INodeProperties, type INodePropertyOptions } from 'n8n-workflow';

import { createCompletion } from '../request/createCompletion';

/**
 * Completion → Create: `POST /completion-model-config`.
 *
 * A plain field names its wire key in `routing.send`. The fields without routing need code: project,
 * session and parent (one value, two possible keys), inputs and metadata (fields or JSON) are read
 * in request/body.ts, simplify in request/items.ts.
 */
export const createOperation: INodePropertyOptions = {
	name: 'Create',
	value: 'create',
	action: 'Create completion',
	description: 'Run a model config and return one item per sample',
	routing: {
		request: { method: 'POST', url: '/completion-model-config' },
		send: { paginate: true },
		operations: { pagination: createCompletion },
	},
};

const nameAndValue: INodeProperties[] = [
	{
		displayName: 'Name',
		name: 'name',
		type: 'string',
		default: '',
	},
	{
		displayName: 'Value',
		name: 'value',
		type: 'string',
		default: '',
	},
];

const options: INodeProperties[] = [
	{
		displayName: 'Logprobs',
		name: 'logprobs',
		type: 'number',
		typeOptions: { minValue: 0 },
		default: 1,
		description: 'How many of the most likely tokens to return with their log probabilities, in the provider response',
		routing: { send: { type: 'body', property: 'logprobs' } },
	},
	{
		displayName: 'Max Concurrency',
		name: 'maxConcurrency',
		type: 'number',
		typeOptions: { minValue: 1 },
		default: 10,
		description: 'How many calls may be under way at once, over all items. The first item\'s value counts; it shrinks by itself while the API asks for fewer.',
	},
	{
		displayName: 'Max Retries',
		name: 'maxRetries',
		type: 'number',
		typeOptions: { minValue: 0 },
		default: 3,
		description: 'How often to send an item\'s call again after an answer or a connection failure that may pass. Only that item is sent again.',
	},
	{
		displayName: 'Metadata',
		name: 'metadata',
		type: 'fixedCollection',
		typeOptions: { multipleValues: true },
		placeholder: 'Add Field',
		default: {},
		description: 'Anything to record with the log, as fields. Use this or \'Metadata (JSON)\'.',
		options: [{ displayName: 'Fields', name: 'fields', values: nameAndValue }],
	},
	{
		displayName: 'Metadata (JSON)',
		name: 'metadataJson',
		type: 'json',
		default: '',
		placeholder: 'e.g. { "ticket": 4711 }',
		description: 'Anything to record with the log, as a JSON object. Use this or \'Metadata\'.',
	},
	{
		displayName: 'Parent',
		name: 'parent',
		type: 'resourceLocator',
		default: { mode: 'id', value: '' },
		description: 'Log that the new logs are nested under. It must have been logged before.',
		modes: [
			{
				displayName: 'By ID',
				name: 'id',
				type: 'string',
				placeholder: 'e.g. data_jbtxJpcSGzYbO2x1Ybnyf',
			},
			{
				// The editor cuts longer names off.
				displayName: 'By Ref',
				name: 'referenceId',
				type: 'string',
				hint: 'Reference ID under which the parent was logged',
				placeholder: 'e.g. ticket-4711-parent',
			},
		],
	},
	{
		displayName: 'Return Inputs',
		name: 'returnInputs',
		type: 'boolean',
		default: true,
		description: 'Whether the response repeats the inputs. They are logged either way.',
		routing: { send: { type: 'body', property: 'return_inputs' } },
	},
	{
		displayName: 'Save',
		name: 'save',
		type: 'boolean',
		default: true,
		description: 'Whether inputs and outputs are stored in the log. IDs, metadata and token counts are stored either way.',
		routing: { send: { type: 'body', property: 'save' } },
	},
	{
		displayName: 'Seed (Deprecated)',
		name: 'seed',
		type: 'number',
		default: 0,
		description: 'Makes sampling repeatable where the provider supports it. The API wants it in the model config instead.',
		routing: { send: { type: 'body', property: 'seed' } },
	},
	{
		displayName: 'Session',
		name: 'session',
		type: 'resourceLocator',
		default: { mode: 'referenceId', value: '' },
		description: 'Session that the new logs belong to',
		modes: [
			{
				displayName: 'By Ref',
				name: 'referenceId',
				type: 'string',
				hint: 'Reference ID: your own name for the session. Its first use creates the session.',
				placeholder: 'e.g. ticket-4711',
			},
			{
				displayName: 'By ID',
				name: 'id',
				type: 'string',
				placeholder: 'e.g. sesh_iPzfYwXmBzkMY5ApqDRjq',
			},
		],
	},
	{
		displayName: 'Source',
		name: 'source',
		type: 'string',
		default: '',
		placeholder: 'e.g. n8n',
		description: 'Label that tells where the call came from',
		routing: { send: { type: 'body', property: 'source' } },
	},
	{
		displayName: 'Source Datapoint ID',
		name: 'sourceDatapointId',
		type: 'string',
		default: '',
		placeholder: 'e.g. data_jbtxJpcSGzYbO2x1Ybnyf',
		description: 'Datapoint of a dataset that the inputs were taken from',
		routing: { send: { type: 'body', property: 'source_datapoint_id' } },
	},
	{
		displayName: 'Stream',
		name: 'stream',
		type: 'boolean',
		default: false,
		description: 'Whether to receive the answer token by token. The items are the same.',
		routing: { send: { type: 'body', property: 'stream' } },
	},
	{
		displayName: 'Suffix',
		name: 'suffix',
		type: 'string',
		typeOptions: { rows: 2 },
		default: '',
		description: 'Text that follows the inserted completion. Only models that can insert take it.',
		routing: { send: { type: 'body', property: 'suffix' } },
	},
	{
		displayName: 'User',
		name: 'user',
		type: 'string',
		default: '',
		placeholder: 'e.g. customer-81',
		description: 'ID of your end user, passed on to the model provider',
		routing: { send: { type: 'body', property: 'user' } },
	},
];

/** All fields of the operation, shown for it alone. */
export const createFields: INodeProperties[] = updateDisplayOptions(
	{ show: { resource: ['completion'], operation: ['create'] } },
	[
		{
			displayName: 'Project',
			name: 'project',
			type: 'resourceLocator',
			default: { mode: 'name', value: '' },
			description: 'Project that the calls are logged to. Leave empty to log them to none.',
			modes: [
				{
					displayName: 'By Name',
					name: 'name',
					type: 'string',
					hint: 'A project of this name is created if there is none',
					placeholder: 'e.g. support/triage',
				},
				{
					displayName: 'By ID',
					name: 'id',
					type: 'string',
					placeholder: 'e.g. pr_3usCu3dAkgrXTl7fufrvN',
				},
			],
		},
		{
			displayName: 'Model Config',
			name: 'modelConfig',
			type: 'resourceLocator',
			required: true,
			default: { mode: 'id', value: '' },
			description: 'Stored prompt to run: its template, model and parameters',
			modes: [
				{
					displayName: 'By ID',
					name: 'id',
					type: 'string',
					placeholder: 'e.g. config_OYbJbWbFvUxX1MxgWvAsi',
				},
			],
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
			description: 'How to give the values of the template\'s variables',
		},
		{
			displayName: 'Inputs',
			name: 'inputsFields',
			type: 'fixedCollection',
			typeOptions: { multipleValues: true },
			placeholder: 'Add Input',
			default: {},
			displayOptions: { show: { specifyInputs: ['fields'] } },
			description: 'One entry per variable of the template',
			options: [{ displayName: 'Fields', name: 'fields', values: nameAndValue }],
		},
		{
			displayName: 'Inputs (JSON)',
			name: 'inputsJson',
			type: 'json',
			default: '',
			placeholder: 'e.g. { "customer": "Zoë", "question": "Where is my order?" }',
			displayOptions: { show: { specifyInputs: ['json'] } },
			description: 'Object with one key per variable of the template',
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
		{
			displayName: 'Simplify',
			name: 'simplify',
			type: 'boolean',
			default: true,
			description: 'Whether to return a simplified version of the response instead of the raw data',
		},
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
