import { queryOptions } from '@tanstack/react-query';

import type { SignedInResponse } from '../../contract/signIn.ts';
import { get, post, remove } from './client.ts';

/** Who is signed in. */
export const sessionQuery = queryOptions({
	queryKey: ['session'],
	queryFn: ({ signal }) => get<SignedInResponse>('/session', undefined, signal),
	staleTime: 60_000,
});

export const signIn = (apiKey: string) => post<SignedInResponse>('/session', { api_key: apiKey });
export const signOut = () => remove<void>('/session');
