import { message } from './messages.ts';
import {
	boolean,
	byType,
	either,
	empty,
	id,
	integer,
	list,
	number,
	oneOf,
	orNull,
	record,
	type Schema,
	text,
	time,
	values,
} from './notation.ts';

export const configId = id('config', 'prv');

const user = record({ id: text, email_address: text, verified: boolean }, { full_name: orNull(text) });

/** A tool in a model config. The last key is of requests: a config that has it shows it. */
const tool = record(
	{ id: id('config', 'oc'), name: text },
	{ description: orNull(text), parameters: orNull(values), source: orNull(text), strict: orNull(boolean) },
);

/** A tool that is a config itself. The specification leaves most of its keys open. */
const toolConfig = record(
	{ id: configId, type: oneOf('tool'), status: text, name: text },
	{
		other: orNull(values),
		created_by: orNull(user),
		description: orNull(text),
		source: orNull(oneOf('organization', 'inline')),
		source_code: orNull(text),
		setup_schema: orNull(values),
		parameters: orNull(values),
		signature: orNull(text),
		is_preset: orNull(boolean),
		preset_name: orNull(text),
	},
);

/** Those of the specification, of the official SDK, and of the later versions whose configs can be imported. */
const providers = oneOf(
	...['openai', 'openai_azure', 'mock', 'anthropic', 'bedrock', 'cohere', 'replicate', 'google', 'groq'],
	...['ai21', 'langchain', 'deepseek'],
);

/** The last two keys are from later than the specification: a config has them only if they were set. */
export const modelConfig: Schema = record(
	{
		id: configId,
		other: values,
		type: oneOf('model'),
		name: orNull(text),
		description: orNull(text),
		provider: providers,
		model: text,
		max_tokens: integer,
		temperature: number,
		top_p: number,
		stop: orNull(either(text, list(text))),
		presence_penalty: number,
		frequency_penalty: number,
		seed: orNull(integer),
		response_format: orNull(record({ type: oneOf('json_object', 'json_schema') }, { json_schema: orNull(values) })),
		prompt_template: orNull(text),
		chat_template: orNull(list(message)),
		tool_configs: orNull(list(toolConfig)),
		tools: orNull(list(tool)),
		endpoint: oneOf('complete', 'chat', 'edit'),
	},
	{ template_language: oneOf('default', 'jinja'), reasoning_effort: either(text, integer) },
);

/** A config of a log or a project. This server has no evaluators, agents and generic configs. */
export const config = byType({ model: modelConfig, tool: toolConfig });

const projectConfigKeys = {
	project_id: id('pr'),
	project_name: text,
	created_at: time,
	updated_at: time,
	last_used: time,
	num_datapoints: integer,
	evaluation_aggregates: empty,
	config,
};

export const projectConfig = record(projectConfigKeys);

/** What is deployed in an environment. */
export const deployedConfig = record(projectConfigKeys, { environment_id: orNull(id('env')) });

export const feedbackType = record(
	{ type: text },
	{
		values: orNull(list(record({ value: text, sentiment: oneOf('positive', 'negative', 'neutral', 'unset') }))),
	},
);

export const project = record(
	{
		id: id('pr'),
		name: text,
		active_config: orNull(projectConfig),
		users: empty,
		data_count: integer,
		feedback_types: list(feedbackType),
		team_id: id('tm'),
		active_evaluators: empty,
		directory_id: orNull(text),
		created_at: time,
		updated_at: time,
	},
	{ config_type: orNull(oneOf('generic', 'model', 'tool', 'agent', 'evaluator')) },
);

export const environmentConfig = record({
	project_id: id('pr'),
	project_name: text,
	model_config_id: orNull(configId),
	model_config_name: orNull(text),
	environment_id: id('env'),
	environment_name: text,
	environment_tag: oneOf('default', 'other'),
});
