import { Type, type Static } from 'typebox';
import { Opt } from './fields.ts';

/** The length of one reply of the mock model, in characters. It also bounds how much of an input is looked at. */
export const maxReplyLength = 4_000;
const maxRules = 200;
const maxTexts = 100;
const maxConditionLength = 200;

/** A text, or a list of them. */
function Texts(description: string, limits: { minLength?: number; maxLength: number; maxItems: number }) {
	const { maxItems, ...text } = limits;
	return Type.Unsafe<string | string[]>({
		type: ['string', 'array'],
		...text,
		minItems: 1,
		maxItems,
		items: { type: 'string', ...text },
		description,
	});
}

function Replies(description: string) {
	return Texts(description, { maxLength: maxReplyLength, maxItems: maxTexts });
}

const Condition = Texts('What the input contains, in any case. With a list: one of these texts.', {
	minLength: 1,
	maxLength: maxConditionLength,
	maxItems: 20,
});

const Rule = Type.Object(
	{
		when: Type.Unsafe<Record<string, string | string[]>>({
			type: 'object',
			additionalProperties: Condition,
			maxProperties: 5,
			description: 'Inputs by their names, and what each of them contains. All must hold.',
		}),
		reply: Replies('The reply. With a list, each sample gets the next one.'),
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
