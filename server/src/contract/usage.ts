import { type Static, Type } from 'typebox';
import { Nullable } from './fields.ts';
import { pagingFields } from './lists.ts';

export const usageGroups = [
	'project',
	'config',
	'environment',
	'session',
	'api_key',
	'workflow',
	'day',
	'provider',
	'model',
] as const;

const group = { pattern: `^(${usageGroups.join('|')})$` };

function day(description: string) {
	return Type.Optional(Type.String({ description }));
}

export const UsageQuery = Type.Object(
	{
		group_by: Type.Optional(
			Type.Unsafe<(typeof usageGroups)[number] | (typeof usageGroups)[number][]>({
				type: ['string', 'array'],
				...group,
				items: { type: 'string', ...group },
				maxItems: 3,
				uniqueItems: true,
				description:
					'What the totals are grouped by. Repeat it for up to three groups, such as `project` and `day`. `session` ' +
					'can have `project` and `day` beside it. `api_key` needs the role `admin`. Default: one total.',
			}),
		),
		project_id: Type.Optional(
			Type.Unsafe<string | string[]>({
				type: ['string', 'array'],
				items: { type: 'string' },
				minItems: 1,
				maxItems: 100,
				uniqueItems: true,
				description: 'Only calls with this project. Repeat it for up to 100 projects.',
			}),
		),
		from: day('The first day, such as 2026-11-01. Days are in UTC. A time stands for its day.'),
		to: day('The last day. All of it is counted.'),
		...pagingFields(50),
	},
	{ additionalProperties: false },
);

/** The keys of the groups. Only those that were asked for are there. */
function groupField(description: string) {
	return Type.Optional(Nullable(Type.String({ description })));
}

const amount = (description: string) => Nullable(Type.Number({ description }));

const latencyDescription =
	'Seconds, as `duration` of their logs, of the calls that got a response: an estimate of what';
const latencyNull = 'null: not known for any of the calls.';

/** Not part of v4. */
export const UsageResponse = Type.Object(
	{
		project_id: groupField('null: calls without a project.'),
		project: groupField('Name of the project. null: it was deleted.'),
		config_id: groupField('ID of the model config.'),
		config: groupField('Name of the model config.'),
		environment: groupField('Name of the environment whose deployment was run. null: none.'),
		session_id: groupField('ID of the session.'),
		session_reference_id: groupField('Your own key of the session.'),
		api_key_id: groupField('null: a key that is not stored, such as HUMANLOOP_API_KEY.'),
		api_key: groupField('Name of the API key.'),
		workflow_id: groupField('As in `X-Call-Origin`. null: none.'),
		day: groupField('In UTC: when the calls began.'),
		provider: groupField('As `provider` of the model config.'),
		model: groupField('As `model` of the model config.'),
		calls: Type.Integer({ description: 'Calls that ran a model, without replays.' }),
		failed_calls: Type.Integer({ description: 'Those of them that got no sample. Their cost is not known.' }),
		unpriced_calls: Type.Integer({ description: 'Those that got a response whose cost is not known.' }),
		prompt_tokens: Type.Integer(),
		output_tokens: Type.Integer(),
		cached_tokens: Type.Integer({ description: "Those of the prompts that came from a provider's cache." }),
		cache_write_tokens: Type.Integer({ description: "Those of the prompts that were written to a provider's cache." }),
		reasoning_tokens: Type.Integer({ description: 'Those of the output that are not in the text.' }),
		prompt_cost: amount('US dollars. null: not known for any of the calls.'),
		output_cost: amount('US dollars. null: not known for any of the calls.'),
		cost: amount('Both together. Calls that are failed or unpriced are not in it.'),
		median_latency: amount(`${latencyDescription} half of them took at most. ${latencyNull}`),
		p95_latency: amount(`${latencyDescription} 95 % of them took at most. ${latencyNull}`),
	},
	{ title: 'UsageResponse' },
);
export type UsageResponse = Static<typeof UsageResponse>;
