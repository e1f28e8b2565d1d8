import { Type, type Static, type TObject, type TSchema } from 'typebox';
import { Int, JsonObject, Name, Nullable, Opt, type WithoutNulls } from './fields.ts';
import { logTargetFields } from './logs.ts';
import type { ChatMessage, ContentPart, ToolCall, ToolChoice } from './messages.ts';
import type { InlineModelConfig, ResponseFormat } from './modelConfigs.ts';
import { providerKeyFields, type ProviderKeys } from './providers.ts';

/*
 * What the endpoints that run a model have in common. completions.ts and chat.ts have the schemas of each of them. The
 * server carries all of them out as one kind of call, whose types are here.
 */

const ProviderApiKeys = Type.Unsafe<ProviderKeys>({
	type: 'object',
	properties: Object.fromEntries(providerKeyFields.map((field) => [field, { type: ['string', 'null'] }])),
	additionalProperties: true,
	title: 'ProviderApiKeys',
	description: 'Keys for the model providers, for this call only. They are not stored.',
});

/** The fields that each of the requests has. */
export const callFields = {
	...logTargetFields,
	inputs: Opt(JsonObject('Values for the variables of the prompt template.', { maxProperties: 1000 })),
	source: Opt(Name({ description: 'Where the call came from.' })),
	metadata: Opt(JsonObject('Any values to store with the log.')),
	save: Opt(
		Type.Boolean({
			default: true,
			description: 'false: inputs, messages, outputs and provider payloads are not stored.',
		}),
	),
	source_datapoint_id: Opt(Name({ description: 'Dataset datapoint that this call derives from.' })),
	provider_api_keys: Opt(ProviderApiKeys),
	num_samples: Opt(Int({ minimum: 1, maximum: 128, default: 1, description: 'How many samples to generate.' })),
	stream: Opt(Type.Boolean({ default: false, description: 'Respond with server-sent events.' })),
	user: Opt(Name({ description: 'End user, passed to the provider.' })),
	seed: Opt(Int({ description: 'Deprecated: set it in the model config instead. Overrides the config.' })),
	return_inputs: Opt(
		Type.Boolean({ default: true, description: 'false: `inputs` of the response is {}, and `messages` is [].' }),
	),
};

/** The field that chooses what is deployed in an environment. */
export const environmentField = {
	environment: Opt(
		Name({ minLength: 1, description: 'Name of the environment. Without it, the default environment.' }),
	),
};

const project = ['project', 'project_id'];
const pairs = [
	['session_id', 'session_reference_id'],
	['parent_id', 'parent_reference_id'],
];

/** Which of the shared fields exclude each other. */
export const callRules = {
	/** For a config that is named by its ID. */
	byId: { atMostOneOf: pairs },
	/** For a config that is found or stored in a project. */
	inProject: { atLeastOneOf: [project], atMostOneOf: pairs },
};

/** A request to any of the endpoints. Which fields it can have is up to the endpoint's schema. */
export type CallRequest = WithoutNulls<Static<TObject<typeof callFields>>> & {
	model_config_id?: string;
	model_config?: InlineModelConfig;
	environment?: string;
	logprobs?: number;
	suffix?: string;
	messages?: ChatMessage[];
	tool_choice?: ToolChoice;
	tool_call?: string | { name: string };
	response_format?: ResponseFormat;
};

const Usage = Type.Object(
	{
		prompt_tokens: Type.Integer(),
		generation_tokens: Type.Integer(),
		total_tokens: Type.Integer(),
	},
	{ title: 'Usage' },
);

const ToolResult = Type.Object(
	{
		id: Type.String(),
		name: Type.String(),
		signature: Type.String(),
		result: Type.String(),
	},
	{ title: 'ToolResultResponse' },
);

/** The fields that a sample of each of the responses has. */
export const sampleFields = {
	id: Type.String({ description: 'Log ID of this sample.' }),
	index: Type.Integer({ description: 'Number of the sample, from 0.' }),
	output: Type.String({
		description: '`raw_output` without leading and trailing white space. In a stream, the new text.',
	}),
	raw_output: Type.String(),
	inputs: JsonObject('The inputs of the request, or {} with return_inputs false.'),
	finish_reason: Nullable(Type.String({ description: 'null before the last event of a sample.' })),
	model_config_id: Type.String(),
	tool_results: Type.Array(ToolResult),
};

/**
 * The fields of each of the responses, for samples of that schema. The keys have the order of the contract's examples,
 * and absent values are null, as in those examples. All keys are required, because the serializer writes required keys
 * first.
 */
export function responseFields<T extends TSchema>(sample: T) {
	return {
		project_id: Nullable(Type.String()),
		num_samples: Type.Integer(),
		logprobs: Nullable(Type.Integer()),
		suffix: Nullable(Type.String()),
		user: Nullable(Type.String()),
		data: Type.Array(sample),
		usage: Nullable(Usage),
		metadata: Nullable(JsonObject('As given.')),
		provider_responses: Type.Array(JsonObject('The raw response of one call to the provider.')),
		provider_request: JsonObject('What was sent to the provider, without its key.'),
		session_id: Nullable(Type.String()),
	};
}

/** A message as responses and logs show it: what it does not have is null. */
export type MessageResponse = {
	content: string | ContentPart[] | null;
	name: string | null;
	tool_call_id: string | null;
	role: ChatMessage['role'];
	tool_calls: ToolCall[] | null;
	tool_call: Record<string, unknown> | null;
};

/** What a sample of a chat has beside the fields of each sample. */
export type ChatSampleFields = {
	messages: MessageResponse[];
	tool_call: { name: string; arguments: string } | null;
	tool_calls: ToolCall[] | null;
	output_message: MessageResponse;
};

type CommonSample = TObject<typeof sampleFields>;
type CommonResponse = TObject<ReturnType<typeof responseFields<CommonSample>>>;

/** A sample of any of the responses. */
export type CallSample = Static<CommonSample> & Partial<ChatSampleFields>;
/** Any of the responses. */
export type CallResponse = Omit<Static<CommonResponse>, 'data'> & {
	data: CallSample[];
	tool_choice?: ToolChoice | null;
};

/** One event of a stream: one sample, and in the last events also other keys of the whole response. */
export type CallEvent = Partial<CallResponse> & Pick<CallResponse, 'data' | 'provider_responses'>;
