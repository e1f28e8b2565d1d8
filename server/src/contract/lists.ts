import { Type, type TSchema } from 'typebox';
import { Int, NotSupported, Nullable, OneOf } from './fields.ts';
import { ProjectConfigResponse } from './modelConfigs.ts';

/** What every paginated list answers; `page` counts as in its query. */
export function Page<T extends TSchema>(record: T) {
	return Type.Object({
		records: Type.Array(record),
		page: Type.Integer(),
		size: Type.Integer(),
		total: Type.Integer(),
	});
}

export const pageSize = Type.Optional(Int({ minimum: 1, maximum: 1000, description: 'Records per page.' }));

const paging = {
	page: Type.Optional(Int({ minimum: 0, description: 'Page, from 0.' })),
	size: pageSize,
};

export const ProjectsQuery = Type.Object(
	{
		...paging,
		filter: Type.Optional(Type.String({ description: 'Part of the name, in any case.' })),
		user_filter: NotSupported('This server has no users.'),
		sort_by: Type.Optional(OneOf(['created_at', 'updated_at', 'name'], 'Default created_at.')),
		order: Type.Optional(OneOf(['asc', 'desc'], 'Default desc.')),
	},
	{ additionalProperties: false },
);

export const LogsQuery = Type.Object(
	{
		project_id: Type.String(),
		...paging,
		session_id: Type.Optional(Type.String({ description: 'Only logs of this session.' })),
		source_filter: Type.Optional(Type.String({ description: 'Only logs with exactly this source.' })),
		search: Type.Optional(
			Type.String({ minLength: 1, description: 'Part of a value in the inputs, or of the output, in any case.' }),
		),
		start_date: Type.Optional(
			Type.String({
				description: 'Only logs created then or later: a date, or a time, of UTC unless it says otherwise.',
			}),
		),
		end_date: Type.Optional(
			Type.String({ description: 'Only logs created then or earlier; a date means its whole day.' }),
		),
	},
	{ additionalProperties: false },
);

export const ById = Type.Object({ id: Type.String() });

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
		created_at: Type.String(),
		updated_at: Type.String(),
	},
	{ title: 'ProjectResponse' },
);
