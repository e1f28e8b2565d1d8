import { queryOptions } from '@tanstack/react-query';

import type { SignedInResponse } from '../../contract/signIn.ts';
import { get, post, remove } from './client.ts';

/** Who is signed in. */
export const sessionQuery = queryOptions({
	queryKey: ['session'],
	queryFn: ({ signal }) => get<SignedInResponse>('/session', undefined, signal),
	staleTime: 60_000,
});

/** An API key, or the code of a link that signs in once. */
export type Credential = { api_key: string } | { code: string };

export const signIn = (credential: Credential) => post<SignedInResponse>('/session', credential);
export const signOut = () => remove<void>('/session');
