import { queryOptions } from '@tanstack/react-query';

import type { Static } from 'typebox';
import type { EnvironmentResponse } from '../../contract/environments.ts';
import { get, post } from './client.ts';

export type Environment = Static<typeof EnvironmentResponse>;

/** All environments, the default one first. */
export const environmentsQuery = queryOptions({
	queryKey: ['environments'],
	queryFn: ({ signal }) => get<Environment[]>('/environments', undefined, signal),
	staleTime: 30_000,
});

/** Makes an environment, where all projects can deploy. */
export const createEnvironment = (name: string) => post<Environment>('/environments', { name });
