import { type Static, Type } from 'typebox';
import { FeedbackTypeResponse } from './feedbackTypes.ts';
import { Body, Name, NotSupported, Nullable, OneOf, Opt, BodyWithParameters, Time } from './fields.ts';
import { pagingFields } from './lists.ts';
import { ProjectConfigResponse } from './modelConfigs.ts';

export const ProjectsQuery = Type.Object(
	{
		...pagingFields(10),
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

const directory = NotSupported('This server has no directories.');

export const CreateProjectRequest = Body(
	{ name: Name({ minLength: 1, description: 'Name of the project. It must be a new one.' }), directory_id: directory },
	{ title: 'CreateProjectRequest', description: 'A new project without configs.' },
);

export const UpdateProjectRequest = BodyWithParameters(
	['id'],
	{
		name: Opt(
			Name({ minLength: 1, description: 'The new name. Calls that give the old one then make a new project.' }),
		),
		active_config_id: Opt(
			Name({ description: 'A config of the project, which is deployed in the default environment.' }),
		),
		directory_id: directory,
	},
	{ title: 'UpdateProjectRequest', description: 'What to change of the project.' },
);

/** The query of an export, which is the list of logs under another name. */
export const ExportQuery = Type.Object(pagingFields(10), { additionalProperties: false });

export const ProjectResponse = Type.Object(
	{
		id: Type.String(),
		name: Type.String(),
		active_config: Nullable(ProjectConfigResponse),
		users: Type.Array(Type.Unknown()),
		data_count: Type.Integer(),
		feedback_types: Type.Array(FeedbackTypeResponse),
		team_id: Type.String(),
		active_evaluators: Type.Array(Type.Unknown()),
		directory_id: Nullable(Type.String()),
		created_at: Time,
		updated_at: Time,
	},
	{ title: 'ProjectResponse' },
);
export type ProjectResponse = Static<typeof ProjectResponse>;
