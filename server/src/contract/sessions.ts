import { Type, type Static } from 'typebox';
import { Body, Described, Int, JsonObject, Nullable, Time } from './fields.ts';
import { pageSize } from './lists.ts';

export const CreateSessionRequest = Body(
	{},
	{ title: 'CreateSessionRequest', description: 'Nothing: a session has only its ID.' },
);

export const CreateSessionResponse = Type.Object({ id: Type.String() }, { title: 'CreateSessionResponse' });

/** Unlike every other list, this one counts its pages from 1. */
export const SessionsQuery = Type.Object(
	{
		project_id: Type.String({ description: 'Only sessions with logs of this project.' }),
		page: Type.Optional(Int({ minimum: 0, default: 1, description: 'Page, from 1. 0 is the first page too.' })),
		size: pageSize(10),
	},
	{ additionalProperties: false },
);

const SessionProject = Type.Object(
	{ id: Type.String(), name: Type.String(), type: Type.String() },
	{ title: 'SessionProjectResponse' },
);

export const SessionResponse = Type.Object(
	{
		id: Type.String(),
		reference_id: Nullable(Type.String()),
		projects: Type.Array(SessionProject, { description: 'The projects that have logs in the session, by name.' }),
		datapoints_count: Type.Integer({ description: 'Number of logs.' }),
		first_inputs: Nullable(JsonObject('Inputs of the first log. null if it was created with save false.')),
		last_output: Nullable(
			Type.String({ description: 'Output of the last log. null if it was created with save false or failed.' }),
		),
		created_at: Time,
		updated_at: Described(Time, 'When the last log was stored.'),
	},
	{ title: 'SessionResponse' },
);
export type SessionResponse = Static<typeof SessionResponse>;
