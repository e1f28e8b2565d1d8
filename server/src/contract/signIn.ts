import { Type, type Static } from 'typebox';
import { Body, Described, Nullable, Opt, Time } from './fields.ts';

export const SignInRequest = Body(
	{
		api_key: Opt(Type.String({ minLength: 1, maxLength: 3_000, description: 'An API key of this server.' })),
		code: Opt(
			Type.String({
				minLength: 1,
				maxLength: 100,
				description: 'A code of POST /session/codes, instead of `api_key`.',
			}),
		),
	},
	{ title: 'SignInRequest', description: 'Who signs in.', exactlyOneOf: [['api_key', 'code']] },
);

export const SignInCodeResponse = Type.Object(
	{
		code: Type.String({ description: 'Signs a browser in once.' }),
		path: Type.String({ description: 'The page that uses the code, below the address of this server.' }),
		expires_at: Described(Time, 'Until when the code can be used.'),
	},
	{ title: 'SignInCodeResponse' },
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
