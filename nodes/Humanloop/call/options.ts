import type { INodeProperties } from 'n8n-workflow';

import { onlyIn } from './resource';
import { reuseFields } from './reuse';
import { toolChoiceFields } from './toolChoice';

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

/** The API's keys for the modes of 'Session' and 'Parent'. One value cannot fill both keys. */
export const sessionKeys = { referenceId: 'session_reference_id', id: 'session_id' };
export const parentKeys = { id: 'parent_id', referenceId: 'parent_reference_id' };

/** The fields of Completion → Create and Chat → Create that few calls need. A plain field needs nothing but its routing. */
export const options: INodeProperties[] = [
	{
		displayName: 'Idempotency Key',
		name: 'idempotencyKey',
		type: 'string',
		default: '',
		placeholder: 'e.g. order-4711',
		description:
			'Your own ID for the call, such as an order number. If another execution sends the same request with the same key within 24 hours, it gets the saved response and you do not pay again.',
	},
	{
		displayName: 'Include Input Fields',
		name: 'includeInputFields',
		type: 'boolean',
		default: false,
		description:
			"Whether each item also has the fields and the binary data of its input item. Where both have a field of the same name, the answer's wins.",
	},
	{
		displayName: 'Input Fields Prefix',
		name: 'inputFieldsPrefix',
		type: 'string',
		default: '',
		placeholder: 'e.g. input_',
		description:
			"Text before the names of the input item's fields, so that none has the name of an answer's field. Needs 'Include Input Fields'.",
	},
	...onlyIn(
		'completion',
		[
			{
				displayName: 'Logprobs',
				name: 'logprobs',
				type: 'number',
				typeOptions: { minValue: 0 },
				default: 1,
				description:
					'How many of the most likely tokens to return log probabilities for. They are in the provider response.',
				routing: { send: { type: 'body', property: 'logprobs' } },
			},
		],
		'/resource',
	),
	{
		displayName: 'Max Concurrency',
		name: 'maxConcurrency',
		type: 'number',
		typeOptions: { minValue: 1 },
		default: 10,
		description:
			"Concurrent calls, over all items (default 10). The first item's value applies. Lowered automatically while the API rejects requests.",
	},
	{
		displayName: 'Max Retries',
		name: 'maxRetries',
		type: 'number',
		typeOptions: { minValue: 0 },
		default: 6,
		description:
			"Retries per item after a temporary error (default 6). Other items are not sent again. Each try of n8n's Retry On Fail has as many again.",
	},
	{
		displayName: 'Metadata',
		name: 'metadata',
		type: 'fixedCollection',
		typeOptions: { multipleValues: true },
		placeholder: 'Add Field',
		default: {},
		description: "Fields to store with the log. Use this or 'Metadata (JSON)'.",
		options: [{ displayName: 'Fields', name: 'fields', values: nameAndValue }],
	},
	{
		displayName: 'Metadata (JSON)',
		name: 'metadataJson',
		type: 'json',
		default: '{}',
		description: 'JSON object to store with the log, e.g. { "ticket": 4711 }. Use this or \'Metadata\'.',
	},
	{
		displayName: 'Parent',
		name: 'parent',
		type: 'resourceLocator',
		default: { mode: 'id', value: '' },
		description: 'Log to nest the new logs under. It must exist already.',
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
		displayName: 'Repair Invalid JSON',
		name: 'repairJson',
		type: 'boolean',
		default: false,
		displayOptions: { show: { '/outputFormat': ['json'] } },
		description:
			'Whether to ask the model once to correct JSON that is invalid or does not fit the schema. This costs a second call, logged under the first.',
	},
	...onlyIn(
		'chat',
		[
			{
				displayName: 'Response Format (JSON)',
				name: 'responseFormat',
				type: 'json',
				default: '{}',
				description:
					'Form of the answer, in place of the model config\'s, e.g. { "type": "json_object" } or a JSON schema as the API has it',
				routing: { send: { type: 'body', property: 'response_format' } },
			},
		],
		'/resource',
	),
	{
		displayName: 'Return Inputs',
		name: 'returnInputs',
		type: 'boolean',
		default: true,
		description: 'Whether the response repeats the inputs. They are logged either way.',
		routing: { send: { type: 'body', property: 'return_inputs' } },
	},
	...reuseFields,
	{
		displayName: 'Save',
		name: 'save',
		type: 'boolean',
		default: true,
		description:
			'Whether inputs and outputs are stored in the log. IDs, metadata and token counts are stored either way.',
		routing: { send: { type: 'body', property: 'save' } },
	},
	{
		displayName: 'Seed (Deprecated)',
		name: 'seed',
		type: 'number',
		default: 0,
		description: 'Makes sampling repeatable if the provider supports it. Set it in the model config instead.',
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
		description: 'Label that says where the call came from',
		routing: { send: { type: 'body', property: 'source' } },
	},
	{
		displayName: 'Source Datapoint ID',
		name: 'sourceDatapointId',
		type: 'string',
		default: '',
		placeholder: 'e.g. data_jbtxJpcSGzYbO2x1Ybnyf',
		description: 'Datapoint of a dataset that the inputs come from',
		routing: { send: { type: 'body', property: 'source_datapoint_id' } },
	},
	{
		displayName: 'Stream',
		name: 'stream',
		type: 'boolean',
		default: false,
		description: 'Whether to receive the response token by token. The items are the same.',
		routing: { send: { type: 'body', property: 'stream' } },
	},
	...onlyIn(
		'completion',
		[
			{
				displayName: 'Suffix',
				name: 'suffix',
				type: 'string',
				typeOptions: { rows: 2 },
				default: '',
				description: 'Text after the completion. It needs a model that can insert text.',
				routing: { send: { type: 'body', property: 'suffix' } },
			},
		],
		'/resource',
	),
	...onlyIn('chat', toolChoiceFields, '/resource'),
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
