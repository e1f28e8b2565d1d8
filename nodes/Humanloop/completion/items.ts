import type { IDataObject, IExecuteSingleFunctions, INodeExecutionData } from 'n8n-workflow';

import { boolean, text } from '../values/readers';
import type { CompletionResponse } from './response';

/** These keys belong to the call, not to one sample, so only the first sample's item has them. */
const callKeys = ['usage', 'provider_request', 'provider_responses'];

/**
 * Turns a completion into items: one per sample, in the order of `index`, linked to their input.
 *
 * @param simplify true: at most ten flat fields. Only the first sample has the token counts: they count the whole
 *   call, and sums over the items must be right. false: the sample merged with the response, under the API's own names
 */
export function sampleItems(
	completion: CompletionResponse,
	simplify: boolean,
	itemIndex: number,
): INodeExecutionData[] {
	const { data, ...call } = completion;
	return [...data]
		.sort((a, b) => a.index - b.index)
		.map((sample, position) => ({
			json: simplify ? simplified(sample, call, position === 0) : merged(sample, call, position === 0),
			pairedItem: { item: itemIndex },
		}));
}

/**
 * Reads 'Include Input Fields' and its prefix.
 *
 * @returns what adds the fields and the binary data of the input item to an item of its answer. The answer's fields win.
 * @throws NodeOperationError that names the field and the item
 */
export function inputFieldsOf(
	context: IExecuteSingleFunctions,
	options: IDataObject,
): (item: INodeExecutionData) => INodeExecutionData {
	if (!boolean(context, 'Include Input Fields', options.includeInputFields ?? false)) return (item) => item;
	const prefix = text(context, 'Input Fields Prefix', options.inputFieldsPrefix ?? '');
	const { json, binary } = context.getInputData();
	const fields = Object.fromEntries(Object.entries(json).map(([name, value]) => [prefix + name, value]));
	return (item) => ({ ...item, json: { ...fields, ...item.json }, ...(binary && { binary }) });
}

function simplified(sample: IDataObject, call: IDataObject, isFirst: boolean): IDataObject {
	const item: IDataObject = {
		output: sample.output,
		id: sample.id,
		index: sample.index,
		finishReason: sample.finish_reason ?? null,
		modelConfigId: sample.model_config_id,
		projectId: call.project_id ?? null,
		sessionId: call.session_id ?? null,
	};
	const usage = call.usage as IDataObject | null | undefined;
	if (isFirst && usage) {
		item.promptTokens = usage.prompt_tokens;
		item.generationTokens = usage.generation_tokens;
		item.totalTokens = usage.total_tokens;
	}
	return item;
}

function merged(sample: IDataObject, call: IDataObject, isFirst: boolean): IDataObject {
	const item: IDataObject = { ...call, ...sample };
	if (!isFirst) {
		for (const key of callKeys) delete item[key];
	}
	return item;
}
