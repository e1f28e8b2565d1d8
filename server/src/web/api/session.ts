import { queryOptions } from '@tanstack/react-query';

import type { Role } from '../../contract/keys.ts';
import { get, post, remove } from './client.ts';

/** Who is signed in. */
export interface SignedIn {
	/** Name of the API key. */
	name: string;
	role: Role;
}

export const sessionQuery = queryOptions({
	queryKey: ['session'],
	queryFn: ({ signal }) => get<SignedIn>('/session', undefined, signal),
	staleTime: 60_000,
});

export const signIn = (apiKey: string) => post<SignedIn>('/session', { api_key: apiKey });
export const signOut = () => remove<void>('/session');
