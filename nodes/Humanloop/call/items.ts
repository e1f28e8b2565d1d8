import type { IDataObject, IExecuteSingleFunctions, INodeExecutionData } from 'n8n-workflow';

import { toolCallsOf, withoutNulls } from '../shared/toolCalls';
import { boolean, text } from '../values/readers';
import type { CallResponse, Sample } from './response';

/** What items show. */
interface Shown {
	/**
	 * True: flat fields, the IDs last, because the editor's table begins with the first ones. Twelve at most, or thirteen if
	 * a model that calls tools has 'Reuse Answers'. False: the sample, the first one merged with the response, under the API's
	 * own names.
	 */
	simplify: boolean;
	/** By index of a sample: the fields of its JSON, which take the place of its text. */
	fields?: Map<number, IDataObject>;
	/** Whether a sample was reused. Undefined if nobody asked for that: without 'Reuse Answers', items do not show it. */
	isReused?: (sample: Sample) => boolean;
}

/**
 * Turns a response into items: one per sample, in the order of `index`, linked to their input.
 *
 * What belongs to the call, such as its cost and the token counts, is on the first sample's item only: sums over the items must be
 * right, and a provider's responses are long.
 *
 * @param itemIndex of the input item
 */
export function sampleItems(
	response: CallResponse,
	itemIndex: number,
	{ simplify, fields, isReused }: Shown,
): INodeExecutionData[] {
	const { data, ...call } = response;
	return [...data]
		.sort((a, b) => a.index - b.index)
		.map((sample, position) => {
			const parsed = fields?.get(sample.index);
			const reused = isReused === undefined ? {} : { reused: isReused(sample) };
			if (!simplify)
				return {
					...(position === 0 && call),
					...sample,
					...(parsed !== undefined && { output: parsed }),
					...reused,
				};
			const { output, ...own } = simplified(sample, call, position === 0, reused);
			return parsed === undefined ? { output, ...own } : { ...parsed, ...besides(parsed, own) };
		})
		.map((json) => ({ json, pairedItem: { item: itemIndex } }));
}

/**
 * The node's own fields beside the model's, such as `humanloopId`. All have the prefix, so that a column holds the same in
 * each item, even if a model makes up names. If the model has that very name, the node's field gets the prefix twice.
 */
function besides(parsed: IDataObject, own: IDataObject): IDataObject {
	return Object.fromEntries(
		Object.entries(own).map(([name, value]) => {
			let free = prefixed(name);
			while (Object.hasOwn(parsed, free)) free = prefixed(free);
			return [free, value];
		}),
	);
}

function prefixed(name: string): string {
	return `humanloop${name.charAt(0).toUpperCase()}${name.slice(1)}`;
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

function simplified(sample: Sample, call: IDataObject, isFirst: boolean, reused: { reused?: boolean }): IDataObject {
	const usage = isFirst ? (call.usage as IDataObject | null | undefined) : null;
	const calls = toolCallsOf(sample);
	return {
		output: sample.output,
		...(calls.length > 0 && { toolCalls: calls }),
		finishReason: sample.finish_reason ?? null,
		index: sample.index,
		...(sample.repaired !== undefined && { repaired: sample.repaired }),
		...(usage && {
			promptTokens: usage.prompt_tokens,
			generationTokens: usage.generation_tokens,
			totalTokens: usage.total_tokens,
		}),
		// US dollars, or null if nobody knows the price.
		...(isFirst && call.cost !== undefined && { cost: call.cost }),
		...reused,
		// The next chat needs it before the results of the tools.
		...(calls.length > 0 && { outputMessage: withoutNulls(sample.output_message!) }),
		id: sample.id,
		// Which version answered.
		modelConfigId: sample.model_config_id ?? null,
		sessionId: call.session_id ?? null,
	};
}
