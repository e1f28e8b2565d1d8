import { isObjectEmpty, type IDataObject, type IExecuteSingleFunctions } from 'n8n-workflow';

import { fieldError } from '../errors';
import { located, parentKeys, projectKeys, sessionKeys } from '../locators';
import { jsonObject, namedValues } from '../objects';
import { boolean, text, wholeNumber } from '../values';
import { trimmedText, wireValues, type WireFields } from '../wireFields';

const fields: WireFields = {
	project: ['Project', trimmedText],
	project_id: ['Project', trimmedText],
	model_config_id: ['Model Config', trimmedText],
	num_samples: ['Number of Samples', wholeNumber],
	session_id: ['Session', trimmedText],
	session_reference_id: ['Session', trimmedText],
	parent_id: ['Parent', trimmedText],
	parent_reference_id: ['Parent', trimmedText],
	logprobs: ['Logprobs', wholeNumber],
	return_inputs: ['Return Inputs', boolean],
	save: ['Save', boolean],
	seed: ['Seed (Deprecated)', wholeNumber],
	source: ['Source', trimmedText],
	source_datapoint_id: ['Source Datapoint ID', trimmedText],
	stream: ['Stream', boolean],
	user: ['User', trimmedText],
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
	const places = {
		...located(context, 'Project', context.getNodeParameter('project', ''), projectKeys),
		...located(context, 'Session', options.session, sessionKeys),
		...located(context, 'Parent', options.parent, parentKeys),
	};
	const body = wireValues(context, { ...routed, ...places }, fields);
	if (body.model_config_id === undefined) {
		throw fieldError(
			context,
			'Model Config',
			'is empty',
			'Choose a model config from the list, or enter an ID, e.g. config_OYbJbWbFvUxX1MxgWvAsi.',
		);
	}
	// White space is text to a model.
	const suffix = text(context, 'Suffix', routed.suffix ?? '');
	if (suffix !== '') body.suffix = suffix;
	const given = metadata(context, options);
	if (given) body.metadata = given;
	return body as CompletionBody;
}

function metadata(context: IExecuteSingleFunctions, options: IDataObject): IDataObject | undefined {
	const [given, other] = [
		namedValues(context, 'Metadata', (options.metadata as IDataObject | undefined)?.fields),
		jsonObject(context, 'Metadata (JSON)', options.metadataJson),
	].filter((values) => values && !isObjectEmpty(values));
	if (other)
		throw fieldError(context, 'Metadata', "is set twice, here and in 'Metadata (JSON)'", 'Remove one of the two.');
	return given;
}
