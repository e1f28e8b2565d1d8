import { queryOptions } from '@tanstack/react-query';

import type { LogResponse } from '../../contract/logs.ts';
import { get, type Paged } from './client.ts';

export const logQuery = (id: string) =>
	queryOptions({
		queryKey: ['log', id],
		queryFn: ({ signal }) => get<LogResponse>(`/logs/${encodeURIComponent(id)}`, undefined, signal),
	});

/** The newest logs of a project. */
export const recentLogsQuery = (projectId: string, size: number) =>
	queryOptions({
		queryKey: ['project', projectId, 'logs', size],
		queryFn: ({ signal }) => get<Paged<LogResponse>>('/logs', { project_id: projectId, size }, signal),
	});
