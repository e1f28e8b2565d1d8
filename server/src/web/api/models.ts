import { queryOptions } from '@tanstack/react-query';

import type { ModelsResponse } from '../../contract/models.ts';
import { get } from './client.ts';

/** The providers, whether each can be used, and the models that stored versions name. */
export const modelsQuery = queryOptions({
	queryKey: ['models'],
	queryFn: async ({ signal }) => (await get<ModelsResponse>('/models', undefined, signal)).providers,
	staleTime: 60_000,
});
