import { Type, type Static } from 'typebox';
import { Name, OneOf, BodyWithParameters, Opt } from './fields.ts';

const classes = ['select', 'multi_select', 'text', 'number'] as const;
export type FeedbackClass = (typeof classes)[number];

const sentiments = ['positive', 'negative', 'neutral', 'unset'] as const;

/** A value that people can choose. */
export type FeedbackLabel = { value: string; sentiment: (typeof sentiments)[number] };

const hasValues: readonly FeedbackClass[] = ['select', 'multi_select'];

/** Whether feedback of the class has values to choose from. */
export function canHaveValues(feedbackClass: FeedbackClass): boolean {
	return hasValues.includes(feedbackClass);
}

export const FeedbackTypeRequest = BodyWithParameters(
	['id'],
	{
		type: Name({ minLength: 1, description: 'The type. If the project has it already, its values are replaced.' }),
		class: OneOf(classes, 'What its values are.'),
		values: Opt(
			Type.Array(
				Type.Object(
					{ value: Name({ minLength: 1 }), sentiment: Opt(OneOf(sentiments, 'Default unset.')) },
					{ additionalProperties: false, title: 'FeedbackLabelRequest' },
				),
				{ maxItems: 1000, description: 'What people can choose, with the class select or multi_select.' },
			),
		),
	},
	{ title: 'FeedbackTypeRequest', description: 'A type of feedback that a project gets.' },
);

export const FeedbackTypeResponse = Type.Object(
	{
		type: Type.String(),
		values: Type.Optional(Type.Array(Type.Object({ value: Type.String(), sentiment: Type.String() }))),
	},
	{ title: 'FeedbackTypeModel' },
);
export type FeedbackTypeResponse = Static<typeof FeedbackTypeResponse>;
