import { config, configId } from './configs.ts';
import { message, toolChoice, toolResult } from './messages.ts';
import {
	boolean,
	either,
	empty,
	id,
	integer,
	list,
	number,
	oneOf,
	orNull,
	record,
	text,
	time,
	values,
} from './notation.ts';

const feedbackValue = either(boolean, number, list(text), text);

export const feedback = record({
	type: text,
	value: feedbackValue,
	data_id: id('data'),
	user: orNull(text),
	created_at: time,
	id: id('ann'),
});

export const createdLog = record({ id: id('data'), project_id: id('pr'), session_id: orNull(id('sesh')) });

export const log = record({
	project: orNull(text),
	project_id: orNull(id('pr')),
	session_id: orNull(id('sesh')),
	session_reference_id: orNull(text),
	parent_id: orNull(id('data')),
	parent_reference_id: orNull(text),
	inputs: orNull(values),
	source: orNull(text),
	metadata: orNull(values),
	save: boolean,
	source_datapoint_id: orNull(text),
	id: id('data'),
	reference_id: orNull(text),
	messages: orNull(list(message)),
	output: orNull(text),
	judgment: orNull(feedbackValue),
	config_id: configId,
	config,
	environment: orNull(text),
	feedback: list(feedback),
	created_at: time,
	error: orNull(text),
	stdout: orNull(text),
	duration: orNull(number),
	output_message: orNull(message),
	prompt_tokens: orNull(integer),
	output_tokens: orNull(integer),
	prompt_cost: orNull(number),
	output_cost: orNull(number),
	provider_request: orNull(values),
	provider_response: orNull(values),
	user: orNull(text),
	provider_latency: orNull(number),
	tokens: orNull(integer),
	raw_output: orNull(text),
	finish_reason: orNull(text),
	tools: orNull(list(toolResult)),
	tool_choice: toolChoice,
	evaluation_results: empty,
	observability_status: oneOf('pending', 'running', 'completed', 'failed'),
	updated_at: time,
	batch_ids: list(text),
});

export const createdSession = record({ id: id('sesh') });

export const session = record({
	id: id('sesh'),
	reference_id: orNull(text),
	projects: list(record({ id: id('pr'), name: text, type: oneOf('prompt', 'tool') })),
	datapoints_count: integer,
	first_inputs: orNull(values),
	last_output: orNull(text),
	created_at: time,
	updated_at: time,
});
