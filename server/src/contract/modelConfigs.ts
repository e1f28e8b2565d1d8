import { Type, type Static, type TObject } from 'typebox';
import { CacheControl } from './caching.ts';
import { Fallback } from './fallback.ts';
import {
	Body,
	BodyWithParameters,
	Int,
	JsonObject,
	Name,
	Nullable,
	OneOf,
	Opt,
	ProviderName,
	StringOrStrings,
	Time,
	type WithoutNulls,
} from './fields.ts';
import { ChatMessage } from './messages.ts';
import { MockReplies } from './mock.ts';

/**
 * The description of a config that was only tried, and that nobody has saved as a version. The page sends it when it runs
 * what is in the editor.
 */
export const draftDescription = 'Tried in the editor, not saved.';
export type DraftDescription = typeof draftDescription;

const endpoints = ['complete', 'chat', 'edit'] as const;

export const ResponseFormat = Type.Object(
	{
		type: OneOf(['json_object', 'json_schema'], 'Kind of format.'),
		json_schema: Opt(JsonObject('The schema, with type json_schema.')),
	},
	{ title: 'ResponseFormat', description: 'Format that the model must answer in.' },
);

export type ResponseFormat = Static<typeof ResponseFormat>;

/** A config's settings for this server. The key is ours: Humanloop's API does not have it. */
const ServerSettings = Type.Object(
	{ cache_control: Opt(CacheControl), fallback: Opt(Fallback), mock: Opt(MockReplies) },
	{ additionalProperties: false, description: 'Settings for this server. No provider receives them.' },
);

const Other = Type.Object(
	{ humanloop_server: Opt(ServerSettings) },
	{ additionalProperties: true, description: 'Further parameters for the provider call.' },
);
export type Other = Static<typeof Other> & Record<string, unknown>;

/** The fields that describe how a model is called. Every request that contains a config has them. */
export const parameterFields = {
	name: Opt(
		Name({
			description: 'Display name. Generated if absent. Two configs are equal even if their names differ.',
		}),
	),
	description: Opt(Type.String({ description: 'Two configs are equal even if their descriptions differ.' })),
	provider: Opt(ProviderName('Who serves the model.', { default: 'openai' })),
	model: Name({ minLength: 1, description: 'Model name, as the provider calls it.' }),
	max_tokens: Opt(Int({ minimum: -1, default: -1, description: '-1: as many as the provider allows.' })),
	temperature: Opt(Type.Number({ default: 1 })),
	top_p: Opt(Type.Number({ default: 1 })),
	stop: Type.Optional(StringOrStrings('Where to stop; the text returned does not contain it.')),
	presence_penalty: Opt(Type.Number({ default: 0, description: '-2 to 2.' })),
	frequency_penalty: Opt(Type.Number({ default: 0, description: '-2 to 2.' })),
	other: Opt(Other),
	seed: Opt(Int()),
	response_format: Opt(ResponseFormat),
	reasoning_effort: Type.Optional(
		Type.Unsafe<string | number | null>({
			...Int(),
			type: ['string', 'integer', 'null'],
			description: 'For reasoning models.',
		}),
	),
	endpoint: Opt(OneOf(endpoints, 'How the model is called.', { default: 'complete' })),
	prompt_template: Opt(Type.String({ description: 'Prompt with {{variables}}.' })),
	chat_template: Opt(Type.Array(ChatMessage)),
	template_language: Opt(OneOf(['default', 'jinja'], 'How templates are filled.', { default: 'default' })),
	tools: Opt(Type.Array(JsonObject('A tool, or a link to one.'))),
};

export const ProjectModelConfigRequest = Body(
	{
		...parameterFields,
		project: Opt(Name({ minLength: 1, description: 'Name of the project. It is created if it is new.' })),
		project_id: Opt(
			Name({ description: 'Project ID, instead of `project`. If you send both, they must be of one project.' }),
		),
	},
	{
		title: 'ProjectModelConfigRequest',
		description: 'Registers a model config in a project. Equal parameters in a project are one config.',
		atLeastOneOf: [['project', 'project_id']],
	},
);
export type ModelConfigRequest = WithoutNulls<Static<typeof ProjectModelConfigRequest>>;

/** Not part of v4. Only what makes no version can change. */
export const UpdateModelConfigRequest = BodyWithParameters(
	['id'],
	{
		name: Opt(Name({ minLength: 1, description: 'The new display name.' })),
		description: Opt(Type.String({ description: 'The new description, such as a note on what has changed.' })),
	},
	{ title: 'UpdateModelConfigRequest', description: 'What changes. The parameters of a config never do.' },
);

const { chat_template: _chat, tools: _tools, ...completionParameters } = parameterFields;
const { prompt_template: _prompt, ...chatParameters } = parameterFields;

/** A config for completions, within another request. */
export const ModelConfigCompletionRequest = Body(completionParameters, {
	title: 'ModelConfigCompletionRequest',
	description: 'A model config for completions.',
});

/** A config for chats, within another request. */
export const ModelConfigChatRequest = Body(
	{ ...chatParameters, endpoint: Opt(OneOf(endpoints, 'How the model is called.', { default: 'chat' })) },
	{ title: 'ModelConfigChatRequest', description: 'A model config for chats.' },
);
/** A config for completions or for chats. */
export type InlineModelConfig = Static<TObject<typeof parameterFields>>;

/** The config inside POST /logs. */
export const LoggedModelConfig = Body(
	{
		...parameterFields,
		type: Opt(OneOf(['model', 'tool'], 'model (the default), or tool, which has other fields.')),
	},
	{ title: 'ModelConfigRequest', description: 'Model config of a log.' },
);

export const ModelConfigResponse = Type.Object(
	{
		id: Type.String(),
		other: JsonObject('Further parameters for the provider call.'),
		type: Type.Unsafe<'model'>({ type: 'string', enum: ['model'] }),
		name: Nullable(Type.String()),
		description: Nullable(Type.String()),
		provider: Type.String(),
		model: Type.String(),
		max_tokens: Type.Integer(),
		temperature: Type.Number(),
		top_p: Type.Number(),
		stop: Type.Unsafe<string | string[] | null>({}),
		presence_penalty: Type.Number(),
		frequency_penalty: Type.Number(),
		seed: Nullable(Type.Integer()),
		response_format: Nullable(JsonObject('Format that the model must answer in.')),
		reasoning_effort: Type.Optional(Type.Unsafe<string | number>({})),
		prompt_template: Nullable(Type.String()),
		chat_template: Nullable(Type.Array(Type.Unknown())),
		template_language: Type.Optional(Type.String()),
		tool_configs: Nullable(Type.Array(Type.Unknown())),
		tools: Nullable(Type.Array(Type.Unknown())),
		endpoint: Type.String(),
	},
	{ title: 'ModelConfigResponse' },
);
export type ModelConfigResponse = Static<typeof ModelConfigResponse>;

export const ProjectConfigResponse = Type.Object(
	{
		project_id: Type.String(),
		project_name: Type.String(),
		created_at: Time,
		updated_at: Time,
		last_used: Time,
		num_datapoints: Type.Integer(),
		evaluation_aggregates: Type.Array(Type.Unknown()),
		config: ModelConfigResponse,
	},
	{ title: 'ProjectConfigResponse' },
);
export type ProjectConfigResponse = Static<typeof ProjectConfigResponse>;
