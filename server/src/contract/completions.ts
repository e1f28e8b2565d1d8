import { Type, type Static } from 'typebox';
import { Body, Int, JsonObject, Name, Nullable, Opt, type WithoutNulls } from './fields.ts';
import { logTargetFields } from './logs.ts';
import { providerKeyFields, type ProviderKeyField } from './providers.ts';

const ProviderApiKeys = Type.Unsafe<Partial<Record<ProviderKeyField, string | null>>>({
	type: 'object',
	properties: Object.fromEntries(providerKeyFields.map((field) => [field, { type: ['string', 'null'] }])),
	additionalProperties: true,
	title: 'ProviderApiKeys',
	description: 'Keys for the model providers, for this call only. They are not stored.',
});

export const CompletionModelConfigRequest = Body(
	{
		model_config_id: Name({ description: 'Which model config to run.' }),
		...logTargetFields,
		inputs: Opt(JsonObject('Values for the variables of the prompt template.', { maxProperties: 1000 })),
		source: Opt(Name({ description: 'Where the call came from.' })),
		metadata: Opt(JsonObject('Any values to store with the log.')),
		save: Opt(
			Type.Boolean({ default: true, description: 'false: inputs, outputs and provider payloads are not stored.' }),
		),
		source_datapoint_id: Opt(Name({ description: 'Dataset datapoint that this call derives from.' })),
		provider_api_keys: Opt(ProviderApiKeys),
		num_samples: Opt(Int({ minimum: 1, maximum: 128, default: 1, description: 'How many samples to generate.' })),
		stream: Opt(Type.Boolean({ default: false, description: 'Respond with server-sent events.' })),
		user: Opt(Name({ description: 'End user, passed to the provider.' })),
		seed: Opt(Int({ description: 'Deprecated: set it in the model config instead. Overrides the config.' })),
		return_inputs: Opt(Type.Boolean({ default: true, description: 'false: `inputs` of the response is {}.' })),
		logprobs: Opt(Int({ minimum: 0, maximum: 20, description: 'Top-n log probabilities in the provider response.' })),
		suffix: Opt(Type.String({ description: 'Text after the completion. For completion models only.' })),
	},
	{
		title: 'CompletionModelConfigRequest',
		description: 'Runs a stored completion config.',
		atMostOneOf: [
			['project', 'project_id'],
			['session_id', 'session_reference_id'],
			['parent_id', 'parent_reference_id'],
		],
	},
);
export type CompletionRequest = WithoutNulls<Static<typeof CompletionModelConfigRequest>>;

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

const DataResponse = Type.Object(
	{
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
	},
	{ title: 'DataResponse' },
);

/**
 * The keys have the order of the contract's examples, and absent values are null, as in those examples. All keys are
 * required here, because the serializer writes required keys first.
 */
export const CompletionResponse = Type.Object(
	{
		project_id: Nullable(Type.String()),
		num_samples: Type.Integer(),
		logprobs: Nullable(Type.Integer()),
		suffix: Nullable(Type.String()),
		user: Nullable(Type.String()),
		data: Type.Array(DataResponse),
		usage: Nullable(Usage),
		metadata: Nullable(JsonObject('As given.')),
		provider_responses: Type.Array(JsonObject('The raw response of one call to the provider.')),
		provider_request: JsonObject('What was sent to the provider, without its key.'),
		session_id: Nullable(Type.String()),
	},
	{ title: 'CompletionResponse' },
);
export type CompletionResponse = Static<typeof CompletionResponse>;

/** One event of a stream: one sample, and in the last events also other keys of the whole response. */
export type CompletionEvent = Partial<CompletionResponse> & Pick<CompletionResponse, 'data' | 'provider_responses'>;
