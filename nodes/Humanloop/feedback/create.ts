import { updateDisplayOptions, type INodeProperties, type INodePropertyOptions } from 'n8n-workflow';

import { createFeedback } from '../request/createFeedback';

/** Feedback → Create: `POST /feedback`. */
export const createOperation: INodePropertyOptions = {
	name: 'Create',
	value: 'create',
	action: 'Create feedback on log',
	description: 'Record what a person thinks of an output',
	routing: {
		request: { method: 'POST', url: '/feedback' },
		send: { paginate: true },
		operations: { pagination: createFeedback },
	},
};

/** All fields of the operation, shown for it alone. */
export const createFields: INodeProperties[] = updateDisplayOptions(
	{ show: { resource: ['feedback'], operation: ['create'] } },
	[
		{
			displayName: 'Log ID',
			name: 'logId',
			type: 'string',
			required: true,
			default: '',
			placeholder: 'e.g. data_jbtxJpcSGzYbO2x1Ybnyf',
			description: "Log that the feedback is about: the ID in a completion's item or in a log",
			routing: { send: { type: 'body', property: 'data_id' } },
		},
		{
			displayName: 'Type',
			name: 'type',
			type: 'options',
			options: [
				{ name: 'Action', value: 'action', description: 'What the person did with the output, such as copied' },
				{ name: 'Comment', value: 'comment', description: 'What the person says of the output' },
				{ name: 'Correction', value: 'correction', description: 'What the output should have been' },
				{ name: 'Issue', value: 'issue', description: 'What is wrong with the output, such as inaccurate' },
				{ name: 'Rating', value: 'rating', description: 'How good the output is, such as good or bad' },
			],
			default: 'rating',
			description: 'Kind of feedback. An expression may give a kind of your own.',
			routing: { send: { type: 'body', property: 'type' } },
		},
		{
			displayName: 'Value',
			name: 'value',
			type: 'string',
			default: '',
			placeholder: 'e.g. good',
			description:
				'The feedback itself: a label such as good, copied or inaccurate, or a text for a comment or correction',
			routing: { send: { type: 'body', property: 'value' } },
		},
		{
			displayName: 'Additional Fields',
			name: 'additionalFields',
			type: 'collection',
			placeholder: 'Add field',
			default: {},
			options: [
				{
					displayName: 'Created At',
					name: 'createdAt',
					type: 'dateTime',
					default: '',
					description: 'When the feedback was given, if not now',
					routing: { send: { type: 'body', property: 'created_at' } },
				},
				{
					displayName: 'Unset',
					name: 'unset',
					type: 'boolean',
					default: false,
					description: 'Whether to take back what was given before, instead of adding to it',
					routing: { send: { type: 'body', property: 'unset' } },
				},
				{
					displayName: 'User',
					name: 'user',
					type: 'string',
					default: '',
					placeholder: 'e.g. customer-81',
					description: 'ID of the person who gives the feedback',
					routing: { send: { type: 'body', property: 'user' } },
				},
			],
		},
	],
);
