import { Type, type Static } from 'typebox';
import { maxNameLength, Opt } from './fields.ts';

/** The length of one reply of the mock model, in characters. It also bounds how much of an input is looked at. */
export const maxReplyLength = 4_000;
const maxRules = 200;
const maxTexts = 100;
const maxConditionLength = 200;
/** How many tools one reply can call. */
const maxToolCalls = 20;

/** A tool call that the mock makes. `{{name}}` in a text of the arguments stands for the input of that name. */
export type CannedToolCall = { name: string; arguments?: Record<string, unknown> | null };
/** What the mock replies: a text, or calls of tools that the config has. */
export type Reply = string | { tool_calls: CannedToolCall[] };

const toolCalls = {
	type: 'array',
	minItems: 1,
	maxItems: maxToolCalls,
	items: {
		type: 'object',
		required: ['name'],
		properties: {
			name: { type: 'string', minLength: 1, maxLength: maxNameLength, description: "A tool of the config's." },
			arguments: { type: ['object', 'null'], description: 'The arguments. Default {}.' },
		},
		additionalProperties: false,
	},
};

/** The keywords of a reply. Those about texts do not apply to objects, and the other way around. */
const reply = {
	maxLength: maxReplyLength,
	properties: { tool_calls: toolCalls },
	required: ['tool_calls'],
	additionalProperties: false,
};

/** A reply, or a list of them. */
function Replies(description: string) {
	return Type.Unsafe<Reply | Reply[]>({
		type: ['string', 'array', 'object'],
		...reply,
		minItems: 1,
		maxItems: maxTexts,
		items: { type: ['string', 'object'], ...reply },
		description,
	});
}

function Condition(what: string) {
	return Type.Unsafe<string | string[]>({
		type: ['string', 'array'],
		minLength: 1,
		maxLength: maxConditionLength,
		minItems: 1,
		maxItems: 20,
		items: { type: 'string', minLength: 1, maxLength: maxConditionLength },
		description: `What ${what} contains, in any case. With a list: one of these texts.`,
	});
}

const Rule = Type.Object(
	{
		when: Type.Unsafe<Record<string, string | string[]>>({
			type: 'object',
			additionalProperties: Condition('the input'),
			maxProperties: 5,
			description: 'Inputs by their names, and what each of them contains. All must hold.',
		}),
		last_message: Type.Optional(Condition('the text of the last message of a chat')),
		reply: Replies('The reply: a text or tool calls. With a list, each sample gets the next one.'),
	},
	{ additionalProperties: false },
);

/** What the mock model says, in place of sentences that it makes up. */
export const MockReplies = Type.Object(
	{
		replies: Opt(Type.Array(Rule, { maxItems: maxRules, description: 'The first rule that holds replies.' })),
		otherwise: Type.Optional(Replies('The reply if no rule holds. Without it, the mock makes sentences up.')),
	},
	{
		additionalProperties: false,
		description: 'Replies of the provider "mock". `{{name}}` in a reply stands for the input of that name.',
	},
);
export type MockReplies = Static<typeof MockReplies>;
