import { keepPreviousData, queryOptions } from '@tanstack/react-query';

import type { LogResponse } from '../../contract/logs.ts';
import type { SessionResponse } from '../../contract/sessions.ts';
import { get, type Paged } from './client.ts';

/** The sessions with logs of a project, newest first. `page` counts from 0 here; the API counts from 1. */
export const sessionsQuery = (projectId: string, { page, size }: { page: number; size: number }) =>
	queryOptions({
		queryKey: ['project', projectId, 'sessions', page, size],
		queryFn: ({ signal }) =>
			get<Paged<SessionResponse>>('/sessions', { project_id: projectId, page: page + 1, size }, signal),
		placeholderData: keepPreviousData,
	});

/** A session of logs. Not to be confused with the session of somebody who is signed in. */
export const logSessionQuery = (id: string) =>
	queryOptions({
		queryKey: ['sessions', id],
		queryFn: ({ signal }) => get<SessionResponse>(`/sessions/${encodeURIComponent(id)}`, undefined, signal),
	});

/** How many logs of a session are read of each of its projects. */
export const maxSessionLogs = 500;

const pageSize = 100;

async function logsOf(sessionId: string, projectId: string, signal: AbortSignal): Promise<LogResponse[]> {
	const logs: LogResponse[] = [];
	for (let page = 0; logs.length < maxSessionLogs; page += 1) {
		const query = { project_id: projectId, session_id: sessionId, page, size: pageSize, sort: 'timestamp.asc' };
		const { records } = await get<Paged<LogResponse>>('/logs', query, signal);
		logs.push(...records);
		if (records.length < pageSize) break;
	}
	return logs;
}

/** The logs of a session, from all of its projects: of each, the first `maxSessionLogs`. */
export const sessionLogsQuery = ({ id, projects }: Pick<SessionResponse, 'id' | 'projects'>) =>
	queryOptions({
		queryKey: ['sessions', id, 'logs', projects.map((project) => project.id)],
		queryFn: async ({ signal }) =>
			(await Promise.all(projects.map((project) => logsOf(id, project.id, signal)))).flat(),
	});
