import { Type, type Static } from 'typebox';
import {
	callFields,
	callRules,
	type ChatSampleFields,
	environmentField,
	type MessageResponse,
	responseFields,
	sampleFields,
} from './calls.ts';
import { Body, Name, Nullable, Opt } from './fields.ts';
import { ChatMessage, type ToolChoice } from './messages.ts';
import { ModelConfigChatRequest, ResponseFormat } from './modelConfigs.ts';

/** With `if/then` instead of `anyOf`, the errors are those of the form that was sent. */
const ToolChoiceField = Type.Unsafe<ToolChoice | null>({
	type: ['string', 'object', 'null'],
	description:
		'Which tools of the config the model may call: none, auto (the default if there are any), required (at least one), ' +
		'or the one that it must call.',
	if: { type: 'string' },
	then: { enum: ['none', 'auto', 'required'] },
	else: {
		required: ['type', 'function'],
		properties: {
			type: { type: 'string', enum: ['function'] },
			function: {
				type: 'object',
				required: ['name'],
				properties: { name: { type: 'string', description: 'Name of the tool.' } },
			},
		},
	},
});

const DeprecatedToolCall = Type.Unsafe<string | { name: string } | null>({
	type: ['string', 'object', 'null'],
	deprecated: true,
	description: 'Deprecated: use tool_choice. none, auto, or an object with the `name` of the tool.',
	if: { type: 'string' },
	then: { enum: ['none', 'auto', 'required'] },
	else: { required: ['name'], properties: { name: { type: 'string' } } },
});

const chatFields = {
	messages: Type.Array(ChatMessage, {
		description:
			'The messages of the chat. They follow those of the chat template. Placeholders in them are not filled.',
	}),
	...callFields,
	tool_choice: Type.Optional(ToolChoiceField),
	tool_call: Type.Optional(DeprecatedToolCall),
	response_format: Opt(ResponseFormat),
};

const toolFields = ['tool_choice', 'tool_call'];

export const ChatModelConfigRequest = Body(
	{ model_config_id: Name({ description: 'Which model config to run.' }), ...chatFields },
	{
		title: 'ChatModelConfigRequest',
		description: 'Runs a stored chat config.',
		atMostOneOf: [...callRules.byId.atMostOneOf, toolFields],
	},
);

export const ChatDeployedRequest = Body(
	{ ...chatFields, ...environmentField },
	{
		title: 'ChatDeployedRequest',
		description: 'Runs the chat config that is deployed in an environment of a project.',
		atLeastOneOf: callRules.inProject.atLeastOneOf,
		atMostOneOf: [...callRules.inProject.atMostOneOf, toolFields],
	},
);

export const ChatRequest = Body(
	{ model_config: ModelConfigChatRequest, ...chatFields },
	{
		title: 'ChatRequest',
		description: 'Runs the chat config of the request, and stores it in the project.',
		atLeastOneOf: callRules.inProject.atLeastOneOf,
		atMostOneOf: [...callRules.inProject.atMostOneOf, toolFields],
	},
);

function Message(description: string) {
	return Type.Unsafe<MessageResponse>({ type: 'object', additionalProperties: true, description });
}

const ChatDataResponse = Type.Object(
	{
		...sampleFields,
		messages: Type.Array(Message('A message.'), {
			description: 'The messages that the model was sent, or [] with return_inputs false.',
		}),
		tool_call: Type.Unsafe<ChatSampleFields['tool_call']>({
			type: ['object', 'null'],
			additionalProperties: true,
			deprecated: true,
			description: 'Deprecated: use output_message. The first tool that the model wants to call.',
		}),
		tool_calls: Type.Unsafe<ChatSampleFields['tool_calls']>({
			type: ['array', 'null'],
			items: { type: 'object', additionalProperties: true },
			deprecated: true,
			description: 'Deprecated: use output_message. The tools that the model wants to call.',
		}),
		output_message: Message(
			"The model's message. In a stream, its content is the new text, and a sample's last event has its tool calls.",
		),
	},
	{ title: 'ChatDataResponse' },
);

export const ChatResponse = Type.Object(
	{
		...responseFields(ChatDataResponse),
		tool_choice: Nullable(Type.Unsafe<ToolChoice>({ description: 'As given.' })),
	},
	{ title: 'ChatResponse' },
);
export type ChatResponse = Static<typeof ChatResponse>;
