import type { IDataObject, IExecuteSingleFunctions, INodeExecutionData } from 'n8n-workflow';

import { callApi } from './callApi';
import { fieldError } from './errors';
import { eachItem } from './itemRun';
import { located, projectKeys } from './locators';
import { jsonObject } from './objects';
import { recordItems, simplifiedModelConfig } from './records';
import { variablesOf } from './template';
import { text, wholeNumber } from './values';
import { decimal, trimmedText, wireValues, type WireFields } from './wireFields';

const fields: WireFields = {
	project: ['Project', trimmedText],
	project_id: ['Project', trimmedText],
	provider: ['Provider', trimmedText],
	model: ['Model', trimmedText],
	// White space is text to a model.
	prompt_template: ['Prompt Template', text],
	description: ['Description', trimmedText],
	frequency_penalty: ['Frequency Penalty', decimal],
	max_tokens: ['Max Tokens', wholeNumber],
	name: ['Name', trimmedText],
	other: ['Other Parameters (JSON)', jsonObject],
	presence_penalty: ['Presence Penalty', decimal],
	response_format: ['Response Format (JSON)', jsonObject],
	seed: ['Seed', wholeNumber],
	stop: ['Stop Sequences', stopSequences],
	temperature: ['Temperature', decimal],
	top_p: ['Top P', decimal],
};

const required: Array<[key: string, remedy: string]> = [
	['model', 'Enter the name that the provider gives it, e.g. gpt-4o.'],
	['prompt_template', 'Enter the prompt, e.g. Write to {{name}} about {{topic}}.'],
];

/** Takes one input item through Model Config → Create. Sent again it stores nothing new: equal configs of a project are one. */
export const createModelConfig = eachItem(async (item): Promise<INodeExecutionData[]> => {
	const { context, request, send } = item;
	refuseFilledTemplate(context);
	const project = located(context, 'Project', context.getNodeParameter('project', ''), projectKeys);
	const body = wireValues(context, { ...project, ...(request.body as IDataObject) }, fields);
	if (body.project === undefined && body.project_id === undefined) {
		throw fieldError(
			context,
			'Project',
			'is empty',
			'Choose a project from the list, or enter its name or ID. A new name creates the project.',
		);
	}
	for (const [key, remedy] of required) {
		if (body[key] === undefined) throw fieldError(context, fields[key]![0], 'is empty', remedy);
	}
	await item.allChecked();
	return recordItems(item, [await send(() => callApi(context, { ...request, body }))], simplifiedModelConfig);
});

/**
 * n8n's editor turns a text with braces that is pasted into an empty field into an expression, and an
 * expression fills `{{name}}` with nothing: the template would be stored without its variables.
 */
function refuseFilledTemplate(context: IExecuteSingleFunctions): void {
	const raw = context.getNode().parameters.promptTemplate;
	if (typeof raw !== 'string' || !raw.startsWith('=')) return;
	const [variable] = variablesOf({ prompt_template: raw }) ?? [];
	if (variable === undefined) return;
	throw fieldError(
		context,
		'Prompt Template',
		`is an expression, which would fill {{${variable}}} now and with nothing`,
		"Switch the field from 'Expression' to 'Fixed'.",
	);
}

function stopSequences(context: IExecuteSingleFunctions, field: string, value: unknown): string | string[] | undefined {
	if (!Array.isArray(value)) return text(context, field, value);
	const sequences = value
		.filter((sequence) => sequence !== '' && sequence !== null)
		.map((sequence) => text(context, field, sequence));
	return sequences.length > 0 ? sequences : undefined;
}
