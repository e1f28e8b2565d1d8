import { Type, type Static } from 'typebox';
import { Body, Name, Nullable, Opt, Time } from './fields.ts';

export const CreateDeletionRequest = Body(
	{
		user: Opt(Name({ minLength: 1, description: 'The `user` of completion calls and of feedback.' })),
		session_id: Opt(Name({ minLength: 1 })),
		session_reference_id: Opt(Name({ minLength: 1 })),
	},
	{
		title: 'CreateDeletionRequest',
		description: 'What to delete: what belongs to a user, or to a session.',
		exactlyOneOf: [['user', 'session_id', 'session_reference_id']],
	},
);

export const DeletionById = Type.Object({ id: Type.String({ description: 'The ID of the deletion.' }) });

export const DeletionResponse = Type.Object(
	{
		id: Type.String(),
		status: Type.String({ description: 'running or done.' }),
		kind: Type.String({
			description: 'user, session_id, session_reference_id, project, or logs for `DELETE /v4/logs`.',
		}),
		subject_sha256: Type.String({
			description:
				'The SHA-256 of the user, session, reference or project ID, or of the IDs of the deleted logs with commas between ' +
				'them, in hexadecimal digits.',
		}),
		deleted_logs: Type.Integer(),
		deleted_feedback: Type.Integer(),
		deleted_responses: Type.Integer({
			description:
				'Saved responses, which repeats of a call would have got. Those of several `DELETE /v4/logs` at about the same time can be ' +
				'counted in one of them.',
		}),
		created_at: Time,
		finished_at: Nullable(Time),
	},
	{ title: 'DeletionResponse' },
);
export type DeletionResponse = Static<typeof DeletionResponse>;
