import type { IDataObject, INodeExecutionData } from 'n8n-workflow';

import { callApi } from './callApi';
import { fieldError } from './errors';
import { eachItem, type ItemRun } from './itemRun';
import { requiredId } from './locators';
import { recordItems, simplifiedLog, simplifiedModelConfig } from './records';
import { isEmpty } from './values';
import { trimmedText } from './wireFields';

/** Takes one input item through Log → Get. */
export const getLog = eachItem(async (item): Promise<INodeExecutionData[]> => {
	const { context } = item;
	const logId = context.getNodeParameter('logId', '');
	if (isEmpty(logId))
		throw fieldError(
			context,
			'Log ID',
			'is empty',
			"Enter the 'id' of a completion's item or of a log, e.g. data_jbtxJpcSGzYbO2x1Ybnyf.",
		);
	return recordItems(item, [await recordOf(item, 'Log ID', trimmedText(context, 'Log ID', logId))], simplifiedLog);
});

/** Takes one input item through Model Config → Get. */
export const getModelConfig = eachItem(async (item): Promise<INodeExecutionData[]> => {
	const { context } = item;
	const id = requiredId(
		context,
		'Model Config',
		context.getNodeParameter('modelConfig', ''),
		'config_OYbJbWbFvUxX1MxgWvAsi',
	);
	return recordItems(item, [await recordOf(item, 'Model Config', id)], simplifiedModelConfig);
});

/** @param id what the path of the routing is continued with; it may hold any character */
async function recordOf({ context, request, send }: ItemRun, field: string, id: string): Promise<IDataObject> {
	// No encoding keeps these two in their place: `/logs/..` is another endpoint (WHATWG URL Standard).
	if (id === '.' || id === '..') throw fieldError(context, field, `is no ID: ${id}`, 'Enter an ID as the API gave it.');
	return await send(() => callApi(context, { ...request, url: `${request.url}/${encodeURIComponent(id)}` }));
}
