import { queryOptions } from '@tanstack/react-query';

import type { StatusResponse } from '../../contract/status.ts';
import { get } from './client.ts';

/** What the server is, and how it is set up. */
export const statusQuery = queryOptions({
	queryKey: ['status'],
	queryFn: ({ signal }) => get<StatusResponse>('/status', undefined, signal),
});
