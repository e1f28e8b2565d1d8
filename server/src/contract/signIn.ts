import { Type, type Static } from 'typebox';
import { Body, Described, Nullable, Time } from './fields.ts';

export const SignInRequest = Body(
	{ api_key: Type.String({ minLength: 1, maxLength: 3_000, description: 'An API key of this server.' }) },
	{ title: 'SignInRequest', description: 'Who signs in.' },
);

export const SignedInResponse = Type.Object(
	{
		name: Type.String({ description: 'The name of the API key.' }),
		role: Type.String({ description: 'read, run, edit, deploy or admin.' }),
		expires_at: Nullable(Described(Time, 'When the API key expires. null: never.')),
	},
	{ title: 'SignedInResponse' },
);
export type SignedInResponse = Static<typeof SignedInResponse>;
