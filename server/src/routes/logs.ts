import type { FastifyPluginAsyncTypebox } from '@fastify/type-provider-typebox';
import { bodyErrorResponses, errorResponses } from '../contract/errors.ts';
import { Described, withoutNulls } from '../contract/fields.ts';
import { ById, LogsQuery, Page } from '../contract/lists.ts';
import { CreateLogResponses, LogRequests, LogResponse } from '../contract/logs.ts';
import { logBody } from '../contract/present.ts';
import { notFound } from '../domain/apiError.ts';
import type { Dependencies } from '../domain/completions/prepare.ts';
import { logEntries } from '../domain/logs/createLogs.ts';
import type { LogRecord, StoredConfig } from '../domain/store.ts';
import { timesBetween } from '../domain/time.ts';
import { examples, withExample } from './examples.ts';
import { readQuery } from './query.ts';

export function logRoutes(deps: Dependencies): FastifyPluginAsyncTypebox {
	const { store } = deps;
	const shown = async (log: LogRecord) => logBody(log, (await store.configById(log.configId)) as StoredConfig);

	return async (app) => {
		app.post(
			'/logs',
			{
				schema: {
					operationId: 'create_logs',
					summary: 'Record one call or several',
					tags: ['Logs'],
					body: withExample(LogRequests, examples.log),
					response: {
						200: Described(CreateLogResponses, 'The IDs of the logs, in the order of the request.'),
						...bodyErrorResponses,
					},
				},
			},
			async ({ body }) => {
				if (Array.isArray(body))
					return logEntries(
						deps,
						body.map((entry) => withoutNulls(entry)),
					);
				const [created] = await logEntries(deps, [withoutNulls(body)]);
				return created;
			},
		);

		app.get(
			'/logs',
			{
				preValidation: readQuery(LogsQuery),
				schema: {
					operationId: 'list_logs',
					summary: "List a project's logs",
					tags: ['Logs'],
					querystring: LogsQuery,
					response: { 200: Described(Page(LogResponse), 'One page of logs, newest first.'), ...errorResponses },
				},
			},
			async ({ query }) => {
				const {
					project_id: projectId,
					page = 0,
					size = 50,
					session_id: sessionId,
					source_filter: source,
					search,
				} = query;
				const times = timesBetween(query.start_date, query.end_date);
				if ((await store.projectById(projectId)) === undefined) throw notFound('project_id', projectId);
				const { records, total } = await store.listLogs({
					projectId,
					page,
					size,
					...(sessionId === undefined ? {} : { sessionId }),
					...(source === undefined ? {} : { source }),
					...(search === undefined ? {} : { search }),
					...times,
				});
				return { records: await Promise.all(records.map(shown)), page, size, total };
			},
		);

		app.get(
			'/logs/:id',
			{
				schema: {
					operationId: 'get_log',
					summary: 'Get a log',
					tags: ['Logs'],
					params: ById,
					response: { 200: Described(LogResponse, 'The log.'), ...errorResponses },
				},
			},
			async ({ params: { id } }) => {
				const log = await store.logRecord(id);
				if (log === undefined) throw notFound('log', id);
				return shown(log);
			},
		);
	};
}
