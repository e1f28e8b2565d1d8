import { type Static, Type } from 'typebox';
import { Body, Name, Nullable, OneOf, Opt, Time } from './fields.ts';

export const periods = ['day', 'month'] as const;

/** In US dollars. Amounts are stored as billionths, exactly. */
export const maxLimit = 1_000_000;

const subjects = [['api_key', 'project_id']];

export const SetBudgetRequest = Body(
	{
		api_key: Opt(
			Name({
				minLength: 1,
				description:
					'The ID or the name of an API key, or HUMANLOOP_API_KEY. The budget counts the keys that take its place by ' +
					'rotation too.',
			}),
		),
		project_id: Opt(Name({ minLength: 1, description: 'The ID of a project.' })),
		period: OneOf(periods, 'day or month, in UTC.'),
		limit: Type.Number({
			minimum: 0,
			maximum: maxLimit,
			description: 'US dollars that calls may cost in a period. 0: no call that costs something.',
		}),
	},
	{
		title: 'SetBudgetRequest',
		description: 'How much the calls of an API key, or those in a project, may cost.',
		exactlyOneOf: subjects,
	},
);

const amount = (description: string) => Type.Number({ description });

/** Not part of v4. */
export const BudgetResponse = Type.Object(
	{
		id: Type.String(),
		api_key_id: Nullable(Type.String({ description: 'null for the budget of a project or of HUMANLOOP_API_KEY.' })),
		api_key: Nullable(Type.String({ description: 'Name of the API key.' })),
		project_id: Nullable(Type.String()),
		project: Nullable(Type.String({ description: 'Name of the project.' })),
		period: Type.String({ description: 'day or month, in UTC.' }),
		limit: amount('US dollars.'),
		spent: amount('US dollars that calls have cost in this period.'),
		reserved: amount('US dollars that calls which run could still cost.'),
		remaining: amount('US dollars that further calls may cost.'),
		period_start: Type.String({ description: 'The first day of this period.' }),
		renews_at: Time,
		created_at: Time,
		updated_at: Time,
	},
	{ title: 'BudgetResponse' },
);
export type BudgetResponse = Static<typeof BudgetResponse>;
