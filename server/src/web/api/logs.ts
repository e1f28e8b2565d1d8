import { queryOptions } from '@tanstack/react-query';

import type { CallOrigin } from '../../contract/callOrigin.ts';
import type { LogResponse } from '../../contract/logs.ts';
import { sources } from './sources.ts';
import { get, remove, send, type Paged } from './client.ts';

const pathOf = (id: string) => `/logs/${encodeURIComponent(id)}`;

export const logQuery = (id: string) =>
	queryOptions({
		queryKey: ['log', id],
		queryFn: ({ signal }) => get<LogResponse>(pathOf(id), undefined, signal),
	});

/** A log, and what the headers of its response say about it. */
export interface LogDetails {
	log: LogResponse;
	/** Where its call came from, such as an execution of n8n. */
	origin: CallOrigin | undefined;
	/** The log whose answer this one repeats. */
	reusedLogId: string | undefined;
}

export const logDetailsQuery = (id: string) =>
	queryOptions({
		queryKey: ['log', id, 'details'],
		queryFn: async ({ signal }): Promise<LogDetails> => {
			const response = await send('GET', pathOf(id), { signal });
			const origin = response.headers.get('X-Call-Origin');
			return {
				log: (await response.json()) as LogResponse,
				origin: origin === null ? undefined : (JSON.parse(origin) as CallOrigin),
				reusedLogId: response.headers.get('X-Reused-Log-Id') ?? undefined,
			};
		},
	});

/** The newest logs of a project, without those of comparisons, which repeat others. */
export const recentLogsQuery = (projectId: string, size: number) =>
	queryOptions({
		queryKey: ['project', projectId, 'logs', size],
		queryFn: ({ signal }) =>
			get<Paged<LogResponse>>('/logs', { project_id: projectId, exclude_source: sources.compare, size }, signal),
	});

/** Deletes a log and its feedback. */
export const deleteLog = (id: string) => remove<void>('/logs', { id });
