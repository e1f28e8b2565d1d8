import { configId } from './configs.ts';
import { deprecatedToolCall, message, toolCalls, toolChoice, toolResult } from './messages.ts';
import { anything, id, integer, list, oneOf, orNull, record, type Schema, text, values } from './notation.ts';

type Keys = Record<string, Schema>;

const finishReasons = oneOf('stop', 'length', 'tool_call', 'content_filter');

const sampleKeys: Keys = {
	id: id('data'),
	index: integer,
	output: text,
	raw_output: text,
	inputs: values,
	finish_reason: finishReasons,
	model_config_id: configId,
	tool_results: list(toolResult),
};

const chatSampleKeys: Keys = {
	...sampleKeys,
	messages: list(message),
	tool_call: deprecatedToolCall,
	tool_calls: toolCalls,
	output_message: message,
};

/** `reasoning_tokens` is in later versions of the documentation. */
const usage = record(
	{ prompt_tokens: integer, generation_tokens: integer, total_tokens: integer },
	{ reasoning_tokens: orNull(integer) },
);

const responseKeys: Keys = {
	project_id: orNull(id('pr')),
	num_samples: integer,
	logprobs: orNull(integer),
	suffix: orNull(text),
	user: orNull(text),
	usage: orNull(usage),
	metadata: orNull(values),
	provider_responses: list(anything),
	provider_request: orNull(values),
	session_id: orNull(id('sesh')),
};

function response(sample: Keys, more: Keys): Schema {
	return record({ ...responseKeys, ...more, data: list(record(sample)) });
}

/** One sample's news. Of the other keys, only those that are required of a whole response are in every event. */
function event(sample: Keys, more: Keys): Schema {
	const { provider_responses, ...others } = responseKeys;
	const news = record({ ...sample, finish_reason: orNull(finishReasons) });
	const data = { ...list(news), minItems: 1, maxItems: 1 };
	return record({ data, provider_responses: provider_responses as Schema }, { ...others, ...more });
}

export const completion = response(sampleKeys, {});
export const completionEvent = event(sampleKeys, {});
export const chat = response(chatSampleKeys, { tool_choice: toolChoice });
export const chatEvent = event(chatSampleKeys, { tool_choice: toolChoice });
