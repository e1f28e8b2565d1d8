import type { IDataObject } from 'n8n-workflow';

import { defineOperation } from '../execution/defineOperation';
import { getRecord, recordItems, simplifiedFeedback, simplify } from '../shared/records';
import { fieldError } from '../values/fieldError';
import { isEmpty, trimmedText } from '../values/readers';

/** Log → Get: `GET /logs/{id}`. */
export const get = defineOperation({
	name: 'Get',
	value: 'get',
	action: 'Get log',
	description: 'Retrieve a log: inputs, output and feedback of one call',
	request: { method: 'GET', url: '/logs' },
	fields: [
		{
			displayName: 'Log ID',
			name: 'logId',
			type: 'string',
			required: true,
			default: '',
			placeholder: 'e.g. data_jbtxJpcSGzYbO2x1Ybnyf',
			description: "Log to retrieve. Use the ID from a completion's item or from a log.",
		},
		simplify,
	],
	async execute(item) {
		const { context } = item;
		const logId = context.getNodeParameter('logId', '');
		if (isEmpty(logId)) {
			throw fieldError(
				context,
				'Log ID',
				'is empty',
				"Enter the 'id' of a completion's item or of a log, e.g. data_jbtxJpcSGzYbO2x1Ybnyf.",
			);
		}
		const log = await getRecord(item, 'Log ID', trimmedText(context, 'Log ID', logId));
		return recordItems(item, [log], simplifiedLog);
	},
});

/** A log without the provider's payloads: what was asked, the output, and where it belongs. */
export function simplifiedLog(log: IDataObject): IDataObject {
	return {
		output: log.output,
		// Objects, but a log says little without its inputs and its feedback.
		inputs: log.inputs,
		feedback: Array.isArray(log.feedback) ? (log.feedback as IDataObject[]).map(simplifiedFeedback) : log.feedback,
		error: log.error,
		createdAt: log.created_at,
		totalTokens: log.tokens,
		id: log.id,
		modelConfigId: log.config_id,
		sessionId: log.session_id,
	};
}
