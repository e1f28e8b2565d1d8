import { queryOptions } from '@tanstack/react-query';

import type { SignedInResponse } from '../../contract/signIn.ts';
import { get, post, remove } from './client.ts';
import { forgetEarly } from './early.ts';

/** Who is signed in. */
export const sessionQuery = queryOptions({
	queryKey: ['session'],
	queryFn: ({ signal }) => get<SignedInResponse>('/session', undefined, signal),
	staleTime: 60_000,
});

/** An API key, or the code of a link that signs in once. */
export type Credential = { api_key: string } | { code: string };

export function signIn(credential: Credential): Promise<SignedInResponse> {
	forgetEarly();
	return post('/session', credential);
}

export function signOut(): Promise<void> {
	forgetEarly();
	return remove('/session');
}
