import type { IExecuteSingleFunctions } from 'n8n-workflow';

import { defineOperation } from '../execution/defineOperation';
import { idempotencyKey } from '../execution/idempotencyKey';
import { recordItems, simplifiedFeedback } from '../shared/records';
import { requestJson } from '../transport/request';
import { fieldError } from '../values/fieldError';
import { text } from '../values/readers';

/** Feedback → Create: `POST /feedback`. The key makes the API store it once, however often it is sent. */
export const create = defineOperation({
	name: 'Create',
	value: 'create',
	action: 'Create feedback on log',
	description: 'Record what a person thinks of an output',
	request: { method: 'POST', url: '/feedback' },
	fields: [
		{
			displayName: 'Log ID',
			name: 'logId',
			type: 'string',
			required: true,
			default: '',
			placeholder: 'e.g. data_jbtxJpcSGzYbO2x1Ybnyf',
			description: "Log to give feedback on. Use the ID from a completion's item or from a log.",
			routing: { send: { type: 'body', property: 'data_id' } },
		},
		{
			displayName: 'Type',
			name: 'type',
			type: 'options',
			options: [
				{ name: 'Action', value: 'action', description: 'What the person did with the output, such as copied' },
				{ name: 'Comment', value: 'comment', description: 'What the person says about the output' },
				{ name: 'Correction', value: 'correction', description: 'What the output should have been' },
				{ name: 'Issue', value: 'issue', description: 'What is wrong with the output, such as inaccurate' },
				{ name: 'Rating', value: 'rating', description: 'How good the output is, such as good or bad' },
			],
			default: 'rating',
			description: 'Kind of feedback. Use an expression for a kind of your own.',
			routing: { send: { type: 'body', property: 'type' } },
		},
		{
			displayName: 'Value',
			name: 'value',
			type: 'string',
			default: '',
			placeholder: 'e.g. good',
			description:
				'The feedback itself: a label such as good, copied or inaccurate, or the text of a comment or correction',
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
					description: 'Whether to remove earlier feedback instead of adding to it',
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
	readers: { value: feedbackValue },
	async execute(item) {
		const { context, request } = item;
		const body = item.wireValues();
		if (body.data_id === undefined) {
			throw fieldError(
				context,
				'Log ID',
				'is empty',
				"Enter the 'id' of the completion's item or of the log, e.g. data_jbtxJpcSGzYbO2x1Ybnyf.",
			);
		}
		if (body.value === undefined && body.unset !== true) {
			throw fieldError(
				context,
				'Value',
				'is empty',
				"Fill it in, e.g. good, or switch on 'Unset' in the additional fields to remove earlier feedback.",
			);
		}
		await item.run.waitForChecks();
		const headers = { ...request.headers, 'Idempotency-Key': idempotencyKey(item, request.url, body) };
		return recordItems(
			item,
			[await item.send(() => requestJson(context, { ...request, body, headers }))],
			simplifiedFeedback,
		);
	},
});

/** A Reader of text. The API also takes a number, a Boolean or a list of texts, which only an expression can give. */
function feedbackValue(context: IExecuteSingleFunctions, field: string, value: unknown): unknown {
	if (typeof value === 'number' || typeof value === 'boolean') return value;
	return Array.isArray(value) ? value.map((entry) => text(context, field, entry)) : text(context, field, value);
}
