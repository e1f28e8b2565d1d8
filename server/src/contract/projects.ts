import { type Static, Type } from 'typebox';
import { NotSupported, Nullable, OneOf, Time } from './fields.ts';
import { pagingFields } from './lists.ts';
import { ProjectConfigResponse } from './modelConfigs.ts';

export const ProjectsQuery = Type.Object(
	{
		...pagingFields,
		filter: Type.Optional(Type.String({ description: 'Part of the name, in any case.' })),
		user_filter: NotSupported('This server has no users.'),
		sort_by: Type.Optional(OneOf(['created_at', 'updated_at', 'name'], 'What to sort by.', { default: 'created_at' })),
		order: Type.Optional(OneOf(['asc', 'desc'], 'In which order.', { default: 'desc' })),
	},
	{ additionalProperties: false },
);

export const ConfigsQuery = Type.Object(
	{ evaluation_aggregates: Type.Optional(Type.Boolean({ description: 'This server has no evaluations; always [].' })) },
	{ additionalProperties: false },
);

export const ProjectResponse = Type.Object(
	{
		id: Type.String(),
		name: Type.String(),
		active_config: Nullable(ProjectConfigResponse),
		users: Type.Array(Type.Unknown()),
		data_count: Type.Integer(),
		feedback_types: Type.Array(Type.Unknown()),
		team_id: Type.String(),
		active_evaluators: Type.Array(Type.Unknown()),
		directory_id: Nullable(Type.String()),
		created_at: Time,
		updated_at: Time,
	},
	{ title: 'ProjectResponse' },
);
export type ProjectResponse = Static<typeof ProjectResponse>;
