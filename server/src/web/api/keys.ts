import { keepPreviousData, queryOptions } from '@tanstack/react-query';

import type { Static } from 'typebox';
import type { KeyResponse, NewKeyResponse, Role } from '../../contract/keys.ts';
import { get, type Paged, post, remove } from './client.ts';

export type Key = KeyResponse;
/** A key with itself, which is told once. */
export type NewKey = Static<typeof NewKeyResponse>;

export interface KeyRequest {
	name: string;
	role: Role;
	requests_per_minute?: number;
	/** A date or a time. */
	expires_at?: string;
}

const pathOf = (id: string) => `/keys/${encodeURIComponent(id)}`;

/** All API keys, newest first. For admins. */
export const keysQuery = (page: number, size: number) =>
	queryOptions({
		queryKey: ['keys', page, size],
		queryFn: ({ signal }) => get<Paged<Key>>('/keys', { page, size }, signal),
		placeholderData: keepPreviousData,
	});

export const createKey = (request: KeyRequest) => post<NewKey>('/keys', request);
/** Makes a key that takes the place of another one, which stays valid for a week. */
export const rotateKey = (id: string) => post<NewKey>(`${pathOf(id)}/rotate`);
export const revokeKey = (id: string) => remove<Key>(pathOf(id));
