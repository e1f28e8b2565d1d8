import type { IDataObject, IExecuteSingleFunctions, INodeParameterResourceLocator } from 'n8n-workflow';

import { fieldError } from './errors';
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

/** Fields whose mode decides which key their one value fills, so that both can never be sent. */
const projectKeys = { name: 'project', id: 'project_id' };
const sessionKeys = { id: 'session_id', referenceId: 'session_reference_id' };
const parentKeys = { id: 'parent_id', referenceId: 'parent_reference_id' };

/**
 * Finishes and checks the body of a completion call.
 *
 * The contract forbids unknown keys and types every field without coercion, so what is empty is
 * left out (`0` and `false` are not empty), and what a spreadsheet or an expression gave in
 * another type is turned into the field's own where that loses nothing.
 *
 * @param routed what the routing of the plain fields has put into the body
 * @param options the collection "Options", resolved for this item
 * @returns the body to send; no provider keys, those are added by the credentials
 * @throws NodeOperationError that names the field and the item
 */
export function completionBody(
	context: IExecuteSingleFunctions,
	routed: IDataObject,
	options: IDataObject,
): IDataObject {
	const body: IDataObject = {
		...located(context, 'Project', context.getNodeParameter('project', ''), projectKeys),
		...routed,
		inputs: inputs(context),
		...located(context, 'Session', options.session, sessionKeys),
		...located(context, 'Parent', options.parent, parentKeys),
		metadata: metadata(context, options),
	};

	for (const key of Object.keys(body)) {
		// White space is text to a model, and a slip of the hand everywhere else.
		if (key === 'suffix' ? body[key] === '' : isEmpty(body[key])) delete body[key];
	}
	if (body.model_config_id === undefined) {
		throw fieldError(context, 'Model Config', 'is empty', 'Enter the ID of a model config, e.g. config_OYbJbWbFvUxX1MxgWvAsi.');
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
	return body;
}

function inputs(context: IExecuteSingleFunctions): IDataObject | undefined {
	return context.getNodeParameter('specifyInputs', 'fields') === 'json'
		? jsonObject(context, 'Inputs (JSON)', context.getNodeParameter('inputsJson', ''))
		: namedValues(context, 'Inputs', context.getNodeParameter('inputsFields.fields', []));
}

function metadata(context: IExecuteSingleFunctions, options: IDataObject): IDataObject | undefined {
	const fields = namedValues(context, 'Metadata', (options.metadata as IDataObject | undefined)?.fields);
	const json = jsonObject(context, 'Metadata (JSON)', options.metadataJson);
	if (fields && json) {
		throw fieldError(context, 'Metadata', "is set twice, here and in 'Metadata (JSON)'", 'Remove one of the two.');
	}
	return fields ?? json;
}

/** A resource locator's value under the key that its mode stands for. */
function located(
	context: IExecuteSingleFunctions,
	field: string,
	locator: unknown,
	keys: Record<string, string>,
): IDataObject {
	if (isEmpty(locator)) return {};
	const { mode, value } = locator as INodeParameterResourceLocator;
	const key = keys[mode];
	if (key === undefined) {
		const modes = Object.keys(keys).join("' or '");
		throw fieldError(context, field, `has the unknown mode '${mode}'`, `Use the mode '${modes}'.`);
	}
	return { [key]: value };
}
