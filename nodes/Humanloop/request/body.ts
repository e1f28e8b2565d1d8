import type { IDataObject, IExecuteSingleFunctions } from 'n8n-workflow';

import { fieldError } from './errors';
import { located, parentKeys, projectKeys, sessionKeys } from './locators';
import { jsonObject, namedValues } from './objects';
import { boolean, isEmpty, text, wholeNumber } from './values';

/** Keys that hold a whole number, and the field that the user sees. */
const wholeNumbers = {
	num_samples: 'Number of Samples',
	logprobs: 'Logprobs',
	seed: 'Seed (Deprecated)',
};

/** Keys that are true or false. */
const booleans = {
	save: 'Save',
	return_inputs: 'Return Inputs',
	stream: 'Stream',
};

/** Keys that hold text. */
const texts = {
	project: 'Project',
	project_id: 'Project',
	model_config_id: 'Model Config',
	session_id: 'Session',
	session_reference_id: 'Session',
	parent_id: 'Parent',
	parent_reference_id: 'Parent',
	source: 'Source',
	source_datapoint_id: 'Source Datapoint ID',
	user: 'User',
};

/** The body of `POST /completion-model-config`, under the API's own names. */
export interface CompletionBody extends IDataObject {
	model_config_id: string;
	num_samples?: number;
	stream?: boolean;
}

/**
 * Finishes and checks the body of a completion call.
 *
 * The contract forbids unknown keys and types every field without coercion, so what is empty is
 * left out (`0` and `false` are not empty), and what a spreadsheet or an expression gave in
 * another type is turned into the field's own where that loses nothing.
 *
 * @param routed what the routing of the plain fields has put into the body
 * @param options the collection "Options", resolved for this item
 * @returns the body to send but for the inputs; no provider keys, those are added by the credentials
 * @throws NodeOperationError that names the field and the item
 */
export function completionBody(
	context: IExecuteSingleFunctions,
	routed: IDataObject,
	options: IDataObject,
): CompletionBody {
	const body: IDataObject = {
		...located(context, 'Project', context.getNodeParameter('project', ''), projectKeys),
		...routed,
		...located(context, 'Session', options.session, sessionKeys),
		...located(context, 'Parent', options.parent, parentKeys),
		metadata: metadata(context, options),
	};

	for (const key of Object.keys(body)) {
		// White space is text to a model, and a slip of the hand everywhere else.
		if (key === 'suffix' ? body[key] === '' : isEmpty(body[key])) delete body[key];
	}
	if (body.model_config_id === undefined) {
		throw fieldError(context, 'Model Config', 'is empty', 'Choose a model config from the list, or enter an ID, e.g. config_OYbJbWbFvUxX1MxgWvAsi.');
	}
	for (const [key, field] of Object.entries(wholeNumbers)) {
		if (key in body) body[key] = wholeNumber(context, field, body[key]);
	}
	for (const [key, field] of Object.entries(booleans)) {
		if (key in body) body[key] = boolean(context, field, body[key]);
	}
	for (const [key, field] of Object.entries(texts)) {
		if (key in body) body[key] = text(context, field, body[key]).trim();
	}
	if ('suffix' in body) body.suffix = text(context, 'Suffix', body.suffix);
	return body as CompletionBody;
}

function metadata(context: IExecuteSingleFunctions, options: IDataObject): IDataObject | undefined {
	const fields = namedValues(context, 'Metadata', (options.metadata as IDataObject | undefined)?.fields);
	const json = jsonObject(context, 'Metadata (JSON)', options.metadataJson);
	if (fields && json) {
		throw fieldError(context, 'Metadata', "is set twice, here and in 'Metadata (JSON)'", 'Remove one of the two.');
	}
	return fields ?? json;
}
