import { queryOptions } from '@tanstack/react-query';

import type { CallOrigin } from '../../contract/callOrigin.ts';
import type { LogResponse } from '../../contract/logs.ts';
import { countedWith } from './samples.ts';
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

/** The log that has the tokens and the cost of a log's call, if it has none itself. null: they are not known. */
export const countedWithQuery = (log: LogResponse) =>
	queryOptions({
		queryKey: ['log', log.id, 'counted with'],
		queryFn: async ({ signal }) => {
			const { project_id, config_id: config_filter, created_at: start_date } = log;
			const query = { project_id: project_id!, config_filter, start_date, end_date: start_date, size: 100 };
			return countedWith(log, (await get<Paged<LogResponse>>('/logs', query, signal)).records) ?? null;
		},
		enabled: log.tokens === null && log.error === null && log.provider_latency !== null && log.project_id !== null,
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
