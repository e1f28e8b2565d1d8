import { Type, type Static } from 'typebox';
import { FeedbackResponse, type FeedbackValue, LogFeedback } from './feedback.ts';
import { Body, BodyWithParameters, Int, JsonObject, Name, Nullable, Opt, Time, type WithoutNulls } from './fields.ts';
import type { ToolChoice } from './messages.ts';
import { LoggedModelConfig, ModelConfigResponse } from './modelConfigs.ts';
import { ToolConfigRequest, ToolConfigResponse } from './toolConfigs.ts';

/** The fields of a completion call and of POST /logs that say which project, session and parent a log gets. */
export const logTargetFields = {
	project: Opt(Name({ minLength: 1, description: 'Name of the project. It is created if it is new.' })),
	project_id: Opt(
		Name({ description: 'Project ID, instead of `project`. If you send both, they must be of one project.' }),
	),
	session_id: Opt(Name({ description: 'Session that the log joins.' })),
	session_reference_id: Opt(
		Name({
			minLength: 1,
			description: 'Your own key of the session, instead of `session_id`. The session is created if it is new.',
		}),
	),
	parent_id: Opt(Name({ description: 'ID of the parent log.' })),
	parent_reference_id: Opt(
		Name({ minLength: 1, description: 'Reference ID of an earlier log, instead of `parent_id`.' }),
	),
};

export type Judgment = FeedbackValue;

/** With `if/then`, the errors are those of the kind of config that was sent. */
const LogConfig = Type.Unsafe<Static<typeof LoggedModelConfig> | Static<typeof ToolConfigRequest>>({
	if: { type: 'object', required: ['type'], properties: { type: { const: 'tool' } } },
	then: ToolConfigRequest,
	else: Nullable(LoggedModelConfig),
});

const LogFeedbacks = Type.Unsafe<LogFeedback | LogFeedback[]>({
	description: 'Feedback to store with the log: one entry or a list.',
	if: { type: 'array' },
	then: { type: 'array', items: LogFeedback, maxItems: 100 },
	else: Nullable(LogFeedback),
});

const LogRequest = Body(
	{
		...logTargetFields,
		inputs: Opt(JsonObject('Inputs of the prompt template.')),
		source: Opt(Name()),
		metadata: Opt(JsonObject('Any values to store with the log.')),
		save: Opt(
			Type.Boolean({
				default: true,
				description: 'false: inputs, messages, outputs and provider payloads are not stored.',
			}),
		),
		source_datapoint_id: Opt(Name()),
		reference_id: Opt(Name({ minLength: 1, description: 'Your own, unique key of this log.' })),
		messages: Opt(Type.Array(JsonObject('A chat message.'))),
		output: Opt(Type.String()),
		judgment: Opt(
			Type.Unsafe<Judgment>({
				type: ['boolean', 'number', 'string', 'array'],
				items: { type: 'string' },
				description: 'What an evaluation that ran elsewhere says.',
			}),
		),
		config_id: Opt(Name({ description: 'Config that made the output.' })),
		config: Opt(LogConfig),
		environment: Opt(Name({ minLength: 1, description: 'Name of the environment whose deployment was run.' })),
		feedback: Opt(LogFeedbacks),
		created_at: Opt(Type.String({ format: 'date-time' })),
		error: Opt(Type.String()),
		stdout: Opt(Type.String()),
		duration: Opt(Type.Number({ minimum: 0, description: 'Seconds.' })),
		output_message: Opt(JsonObject('A chat message.')),
		prompt_tokens: Opt(Int()),
		output_tokens: Opt(Int()),
		prompt_cost: Opt(Type.Number({ description: 'US dollars.' })),
		output_cost: Opt(Type.Number({ description: 'US dollars.' })),
		provider_request: Opt(JsonObject('Raw request to the provider.')),
		provider_response: Opt(JsonObject('Raw response of the provider.')),
	},
	{
		title: 'LogRequest',
		description: 'Records a call that was made elsewhere.',
		atMostOneOf: [
			['session_id', 'session_reference_id'],
			['parent_id', 'parent_reference_id'],
		],
		atLeastOneOf: [['project', 'project_id']],
		exactlyOneOf: [['config', 'config_id']],
	},
);
type LogRequestBody = Static<typeof LogRequest>;
export type LogEntry = WithoutNulls<LogRequestBody>;

/** One log or an array of logs. With `if/then` instead of `anyOf`, the errors are those of the form that was sent. */
export const LogRequests = Type.Unsafe<LogRequestBody | LogRequestBody[]>({
	if: { type: 'array' },
	then: { type: 'array', items: LogRequest },
	else: LogRequest,
});

const CreateLogResponse = Type.Object(
	{ id: Type.String(), project_id: Type.String(), session_id: Nullable(Type.String()) },
	{ title: 'CreateLogResponse' },
);
export type CreateLogResponse = Static<typeof CreateLogResponse>;

/** An array if the request is an array. */
export const CreateLogResponses = Type.Union([CreateLogResponse, Type.Array(CreateLogResponse)]);

export const UpdateLogRequest = BodyWithParameters(
	['id', 'referenceId'],
	{
		output: Opt(Type.String({ description: 'The new output.' })),
		error: Opt(Type.String({ description: 'The new error.' })),
		duration: Opt(Type.Number({ minimum: 0, description: 'Seconds.' })),
	},
	{ title: 'UpdateLogRequest', description: 'What changes. The rest stays as it is.' },
);
export type LogChanges = WithoutNulls<Static<typeof UpdateLogRequest>>;

/** With `if/then` instead of `anyOf`, the serializer only looks at the type. */
export const ConfigResponse = Type.Unsafe<ModelConfigResponse | ToolConfigResponse>({
	type: 'object',
	if: { type: 'object', properties: { type: { const: 'tool' } } },
	then: ToolConfigResponse,
	else: ModelConfigResponse,
});
export type ConfigResponse = Static<typeof ConfigResponse>;

const nullableText = Nullable(Type.String());
const nullableNumber = Nullable(Type.Number());

export const LogResponse = Type.Object(
	{
		project: nullableText,
		project_id: nullableText,
		session_id: nullableText,
		session_reference_id: nullableText,
		parent_id: nullableText,
		parent_reference_id: nullableText,
		inputs: Nullable(JsonObject('null when the call was made with save false.')),
		source: nullableText,
		metadata: Nullable(JsonObject('As given.')),
		save: Type.Boolean(),
		source_datapoint_id: nullableText,
		id: Type.String(),
		reference_id: nullableText,
		messages: Nullable(Type.Array(Type.Unknown())),
		output: nullableText,
		judgment: Type.Unsafe<Judgment | null>({ description: 'What an evaluation that ran elsewhere says.' }),
		config_id: Type.String(),
		config: ConfigResponse,
		environment: nullableText,
		feedback: Type.Array(FeedbackResponse),
		created_at: Time,
		error: nullableText,
		stdout: nullableText,
		duration: nullableNumber,
		output_message: Nullable(JsonObject('A chat message.')),
		prompt_tokens: nullableNumber,
		output_tokens: nullableNumber,
		prompt_cost: nullableNumber,
		output_cost: nullableNumber,
		provider_request: Nullable(JsonObject('Raw request to the provider.')),
		provider_response: Nullable(JsonObject('Raw response of the provider.')),
		user: nullableText,
		provider_latency: nullableNumber,
		tokens: nullableNumber,
		raw_output: nullableText,
		finish_reason: nullableText,
		tools: Type.Array(Type.Unknown()),
		tool_choice: Type.Unsafe<ToolChoice | null>({ description: 'Which tools the model could call.' }),
		evaluation_results: Type.Array(Type.Unknown()),
		observability_status: Type.String(),
		updated_at: Time,
		batch_ids: Type.Array(Type.String()),
	},
	{ title: 'LogResponse' },
);
export type LogResponse = Static<typeof LogResponse>;
