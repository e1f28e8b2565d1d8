import type { INodeProperties } from 'n8n-workflow';

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

/** The fields of Completion → Create that few calls need. A plain field needs nothing but its routing. */
export const options: INodeProperties[] = [
	{
		displayName: 'Idempotency Key',
		name: 'idempotencyKey',
		type: 'string',
		default: '',
		placeholder: 'e.g. order-4711',
		description:
			"What makes a call the same in another execution, such as an order's ID. Within 24 hours, the same key with the same request gets the same answer, which is paid for once.",
	},
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
		description:
			"How many calls may be under way at once, over all items. The first item's value counts; it shrinks by itself while the API asks for fewer.",
	},
	{
		displayName: 'Max Retries',
		name: 'maxRetries',
		type: 'number',
		typeOptions: { minValue: 0 },
		default: 6,
		description:
			"How often to send an item's call again after an answer or a connection failure that may pass. Only that item is sent again.",
	},
	{
		displayName: 'Metadata',
		name: 'metadata',
		type: 'fixedCollection',
		typeOptions: { multipleValues: true },
		placeholder: 'Add Field',
		default: {},
		description: "Anything to record with the log, as fields. Use this or 'Metadata (JSON)'.",
		options: [{ displayName: 'Fields', name: 'fields', values: nameAndValue }],
	},
	{
		displayName: 'Metadata (JSON)',
		name: 'metadataJson',
		type: 'json',
		default: '{}',
		description:
			'Anything to record with the log, as a JSON object such as { "ticket": 4711 }. Use this or \'Metadata\'.',
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
		description:
			'Whether inputs and outputs are stored in the log. IDs, metadata and token counts are stored either way.',
		routing: { send: { type: 'body', property: 'save' } },
	},
	{
		displayName: 'Seed (Deprecated)',
		name: 'seed',
		type: 'number',
		default: 0,
		description:
			'Makes sampling repeatable where the provider supports it. The API wants it in the model config instead.',
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
