import type { FastifyPluginAsyncTypebox } from '@fastify/type-provider-typebox';
import { bodyErrorResponses, errorResponses } from '../contract/errors.ts';
import { Described, withoutNulls } from '../contract/fields.ts';
import { CreateLogsHeaders } from '../contract/headers.ts';
import { ById, Page } from '../contract/lists.ts';
import { LogsQuery } from '../contract/logQueries.ts';
import { CreateLogResponses, LogRequests, LogResponse } from '../contract/logs.ts';
import { found } from '../domain/apiError.ts';
import type { ReservedProjectIds } from '../domain/ids.ts';
import { createLogs } from '../domain/logs/createLogs.ts';
import { checkPageSize } from '../domain/logs/pageSize.ts';
import type { Store } from '../domain/store.ts';
import { disconnectSignal } from '../http/disconnect.ts';
import { callOriginOf, setCallOrigin } from '../http/callOrigin.ts';
import type { LogLink } from '../http/logPage.ts';
import { examples, withExample } from '../http/openapi.ts';
import { setReusedLog } from '../http/reuse.ts';
import { toListing } from './logListing.ts';
import { withConfig } from './logResponse.ts';

export function logRoutes(
	store: Store,
	projectIds: ReservedProjectIds,
	maxPageBytes: number,
	linkLog: LogLink,
): FastifyPluginAsyncTypebox {
	return async (app) => {
		app.post(
			'/logs',
			{
				config: { role: 'run' },
				schema: {
					operationId: 'create_logs',
					summary: 'Record one call or several',
					description:
						'All are stored or none. At most 1,000 in one request, unless the server is set to another limit.',
					tags: ['Logs'],
					headers: CreateLogsHeaders,
					body: withExample(LogRequests, examples.log),
					response: {
						200: Described(CreateLogResponses, 'The IDs of the logs, in the order of the request.'),
						...bodyErrorResponses,
					},
				},
			},
			async (request, reply) => {
				const { body, memory } = request;
				const entries = [body].flat().map((entry) => withoutNulls(entry));
				// The entries are stored even if the caller has disconnected.
				const work = createLogs(store, projectIds, entries, callOriginOf(request));
				const created = await (memory?.during(work) ?? work);
				if (Array.isArray(body)) return created;
				linkLog(reply, created[0]?.id);
				return created[0];
			},
		);

		app.get(
			'/logs',
			{
				config: { role: 'read' },
				schema: {
					operationId: 'list_logs',
					summary: 'List the logs of a project, or of all',
					description:
						'`feedback-{type}_filter`, which can be repeated, finds logs whose latest feedback of that type has the value, ' +
						'such as `feedback-rating_filter=good`.',
					tags: ['Logs'],
					querystring: LogsQuery,
					response: {
						200: Described(Page(LogResponse), 'One page of logs, newest first, or as `sort` says.'),
						...errorResponses,
					},
				},
			},
			async ({ query, memory }, reply) => {
				const { page = 0, size = 50 } = query;
				const listing = toListing(query);
				const { projectId } = listing;
				if (projectId !== undefined) found('project_id', projectId, await store.projectById(projectId));
				// Every config of this server is committed.
				if ((query.version_status ?? 'committed') !== 'committed') return { records: [], page, size, total: 0 };
				const { records, total } = await store.listLogs(
					{ ...listing, page, size },
					(sizes) => checkPageSize(sizes, maxPageBytes, memory),
					disconnectSignal(reply),
				);
				return { records: await Promise.all(records.map((log) => withConfig(store, log))), page, size, total };
			},
		);

		app.get(
			'/logs/:id',
			{
				config: { role: 'read' },
				schema: {
					operationId: 'get_log',
					summary: 'Get a log',
					description:
						'The header `X-Call-Origin` says where its call came from, if that is known. The header `X-Reused-Log-Id` is the ' +
						'log whose answer it repeats, if it does.',
					tags: ['Logs'],
					params: ById,
					response: { 200: Described(LogResponse, 'The log.'), ...errorResponses },
				},
			},
			async ({ params: { id }, memory }, reply) => {
				const checkSizes = (sizes: number[]) => checkPageSize(sizes, maxPageBytes, memory);
				const log = found('log', id, await store.logRecord(id, checkSizes, disconnectSignal(reply)));
				setCallOrigin(reply, log.callOrigin);
				setReusedLog(reply, log.reusedLogId);
				return withConfig(store, log);
			},
		);
	};
}
