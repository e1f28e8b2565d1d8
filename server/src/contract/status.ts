import { type Static, Type } from 'typebox';
import { Nullable } from './fields.ts';

/** Not part of v4. */
export const StatusResponse = Type.Object(
	{
		version: Type.String({ description: 'The version of the server.' }),
		database: Type.String({ description: 'sqlite or postgres.' }),
		logs: Type.Integer({ description: 'How many logs are stored.' }),
		log_retention_days: Nullable(
			Type.Integer({ description: 'After how many days logs are deleted. null: they are kept.' }),
		),
		public_url: Nullable(Type.String({ description: 'The address for people, as in PUBLIC_URL.' })),
		has_environment_key: Type.Boolean({
			description: 'Whether a key in HUMANLOOP_API_KEY is valid, which is in no list of keys.',
		}),
	},
	{ title: 'StatusResponse' },
);
export type StatusResponse = Static<typeof StatusResponse>;
