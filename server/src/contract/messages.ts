import { type Static, Type } from 'typebox';
import { JsonObject, Name, Nullable, OneOf, Opt } from './fields.ts';

/** `developer` is OpenAI's newer name of `system`; the specification lists the others. */
const roles = ['user', 'assistant', 'system', 'tool', 'developer'] as const;

/** The arguments are JSON as text, as the model wrote it. */
const FunctionTool = Type.Object(
	{ name: Name(), arguments: Opt(Type.String()) },
	{ additionalProperties: true, title: 'FunctionTool' },
);

export const ToolCall = Type.Object(
	{ id: Type.String(), type: OneOf(['function'], 'Only functions can be called.'), function: FunctionTool },
	{ additionalProperties: true, title: 'ToolCall' },
);
export type ToolCall = {
	id: string;
	type: 'function';
	function: { name: string; arguments?: string | null };
};

export type ContentPart =
	{ type: 'text'; text: string } | { type: 'image_url'; image_url: { url: string; detail?: 'high' | 'low' | 'auto' } };

/** With `if/then` instead of `anyOf`, the errors are those of the kind of part that was sent. */
const ContentPart = Type.Unsafe<ContentPart>({
	type: 'object',
	required: ['type'],
	properties: { type: { type: 'string', enum: ['text', 'image_url'] } },
	if: { properties: { type: { const: 'text' } } },
	then: { required: ['text'], properties: { text: { type: 'string' } } },
	else: {
		required: ['image_url'],
		properties: {
			image_url: {
				type: 'object',
				required: ['url'],
				properties: {
					url: { type: 'string', description: "The image's address, or its data as a data: URL." },
					detail: { type: 'string', enum: ['high', 'low', 'auto'] },
				},
			},
		},
	},
});

/** A message of a chat. Further keys are kept as given. */
export const ChatMessage = Type.Object(
	{
		role: OneOf(roles, 'Whose message it is.'),
		content: Type.Optional(
			Type.Unsafe<string | ContentPart[] | null>({
				type: ['string', 'array', 'null'],
				items: ContentPart,
				description: 'A text, or a list of texts and images.',
			}),
		),
		name: Opt(Name({ description: 'Name of the author.' })),
		tool_call_id: Opt(Type.String({ description: 'The tool call that this message answers.' })),
		tool_calls: Opt(Type.Array(ToolCall, { description: 'The tools that the assistant wants to call.' })),
		tool_call: Type.Optional({
			...Nullable(JsonObject('Deprecated: use tool_calls.')),
			deprecated: true,
		}),
	},
	{ additionalProperties: true, title: 'ChatMessageWithToolCall' },
);
export type ChatMessage = {
	role: Static<typeof ChatMessage>['role'];
	content?: string | ContentPart[] | null;
	name?: string | null;
	tool_call_id?: string | null;
	tool_calls?: ToolCall[] | null;
};

/** Which tools the model may call. The contract's deprecated `tool_call` means the same. */
export type ToolChoice = 'none' | 'auto' | 'required' | { type: 'function'; function: { name: string } };
