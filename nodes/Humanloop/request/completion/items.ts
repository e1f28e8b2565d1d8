import type { IDataObject, INodeExecutionData } from 'n8n-workflow';

import type { Completion } from './completion';

/** Keys that belong to the call, not to one sample: they stand on its first sample alone. */
const ofTheCall = ['usage', 'provider_request', 'provider_responses'];

/**
 * Turns a completion into items: one per sample, in the order of `index`, linked to their input.
 *
 * @param simplify true: ten flat fields at most, with the token counts on the first sample only,
 *   because they count the whole call and sums over the items must come out right.
 *   false: the sample merged with the response under the API's own names.
 */
export function sampleItems(completion: Completion, simplify: boolean, itemIndex: number): INodeExecutionData[] {
	const { data, ...call } = completion;
	return [...data]
		.sort((a, b) => a.index - b.index)
		.map((sample, position) => ({
			json: simplify ? simplified(sample, call, position === 0) : merged(sample, call, position === 0),
			pairedItem: { item: itemIndex },
		}));
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
		for (const key of ofTheCall) delete item[key];
	}
	return item;
}
