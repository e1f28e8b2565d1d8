import { Type, type Static } from 'typebox';
import { Body, Described, Name, Nullable, Opt, Time, type WithoutNulls } from './fields.ts';

/** A label, a text, a number, or a list of labels of one type. */
export type FeedbackValue = string | number | boolean | string[];

const commonFields = {
	type: Name({
		minLength: 1,
		description: 'rating, action, issue, correction, comment, or a type of your own.',
	}),
	user: Opt(Name({ minLength: 1, description: 'Who gives it.' })),
	created_at: Opt(Type.String({ format: 'date-time', description: 'When it was given. Default now.' })),
};

const valueIs = 'A label or a text, a number, a boolean, or a list of labels.';

const Value = Type.Unsafe<FeedbackValue>({
	type: ['string', 'number', 'boolean', 'array'],
	items: { type: 'string' },
	minLength: 1,
	minItems: 1,
	description: valueIs,
});

/** The feedback inside POST /logs. */
export const LogFeedback = Body(
	{ ...commonFields, value: Value, data_id: Opt(Name({ description: 'Leave it out: the log gets its ID now.' })) },
	{ title: 'Feedback', description: 'What a person thinks of the log.' },
);
export type LogFeedback = Static<typeof LogFeedback>;

const FeedbackRequest = Body(
	{
		...commonFields,
		value: Type.Optional(Described(Nullable(Value), `${valueIs} Optional with \`unset\` for types with one value.`)),
		data_id: Name({ description: 'ID of the log that the feedback is about.' }),
		unset: Opt(Type.Boolean({ default: false, description: 'true: deletes the feedback instead.' })),
	},
	{ title: 'FeedbackRequest', description: 'What a person thinks of a log.' },
);
type FeedbackRequestBody = Static<typeof FeedbackRequest>;
export type FeedbackEntry = WithoutNulls<FeedbackRequestBody>;

/** One or an array; see LogRequests. */
export const FeedbackRequests = Type.Unsafe<FeedbackRequestBody | FeedbackRequestBody[]>({
	if: { type: 'array' },
	then: { type: 'array', items: FeedbackRequest },
	else: FeedbackRequest,
});

/** The keys have the order of the specification. */
export const FeedbackResponse = Type.Object(
	{
		type: Type.String(),
		value: Type.Unsafe<FeedbackValue>({ description: 'The value. For feedback that was unset, its last value.' }),
		data_id: Type.String({ description: 'ID of the log.' }),
		user: Nullable(Type.String()),
		created_at: Time,
		id: Type.String(),
	},
	{ title: 'FeedbackResponse' },
);
export type FeedbackResponse = Static<typeof FeedbackResponse>;

/** An array if the request is an array. */
export const FeedbackResponses = Type.Union([FeedbackResponse, Type.Array(FeedbackResponse)]);
