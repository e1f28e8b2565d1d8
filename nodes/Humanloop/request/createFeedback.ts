import type { IDataObject, IExecuteSingleFunctions, INodeExecutionData } from 'n8n-workflow';

import { callApi } from './callApi';
import { fieldError } from './errors';
import { idempotencyKey } from './idempotencyKey';
import { eachItem } from './itemRun';
import { recordItems } from './records';
import { boolean, text } from './values';
import { dateTime, trimmedText, wireValues, type WireFields } from './wireFields';

const fields: WireFields = {
	data_id: ['Log ID', trimmedText],
	type: ['Type', trimmedText],
	value: ['Value', feedbackValue],
	created_at: ['Created At', dateTime],
	unset: ['Unset', boolean],
	user: ['User', trimmedText],
};

/** Takes one input item through Feedback → Create: however often it is sent, it is stored once. */
export const createFeedback = eachItem(async (item): Promise<INodeExecutionData[]> => {
	const { context, request, send } = item;
	const body = wireValues(context, request.body as IDataObject, fields);
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
			"Fill it in, e.g. good, or switch on 'Unset' in the additional fields to take feedback back.",
		);
	}
	await item.allChecked();
	const headers = { ...request.headers, 'Idempotency-Key': idempotencyKey(item, body) };
	return recordItems(item, [await send(() => callApi(context, { ...request, body, headers }))]);
});

/** Text; a number, a switch and a list of texts are what the API takes beside it, from an expression. */
function feedbackValue(context: IExecuteSingleFunctions, field: string, value: unknown): unknown {
	if (typeof value === 'number' || typeof value === 'boolean') return value;
	return Array.isArray(value) ? value.map((entry) => text(context, field, entry)) : text(context, field, value);
}
