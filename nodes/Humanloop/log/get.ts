import type { IDataObject } from 'n8n-workflow';

import { defineOperation } from '../execution/defineOperation';
import { totalCost } from '../shared/cost';
import { getRecord, recordItems, simplifiedFeedback, simplify } from '../shared/records';
import { toolCallsOf, withoutNulls } from '../shared/toolCalls';
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

/**
 * A log without the provider's payloads: what was asked, the output, and where it belongs. What a call's item has too has
 * the same name.
 */
export function simplifiedLog(log: IDataObject): IDataObject {
	const calls = toolCallsOf(log);
	return {
		output: log.output,
		...(calls.length > 0 && { toolCalls: calls }),
		// Objects, but a log says little without its inputs and its feedback.
		inputs: log.inputs,
		feedback: Array.isArray(log.feedback) ? (log.feedback as IDataObject[]).map(simplifiedFeedback) : log.feedback,
		error: log.error,
		createdAt: log.created_at,
		totalTokens: log.tokens,
		cost: totalCost(log.prompt_cost, log.output_cost),
		...(calls.length > 0 && { outputMessage: withoutNulls(log.output_message as IDataObject) }),
		id: log.id,
		modelConfigId: log.config_id,
		sessionId: log.session_id,
	};
}
