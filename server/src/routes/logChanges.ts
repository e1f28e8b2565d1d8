import type { FastifyPluginAsyncTypebox } from '@fastify/type-provider-typebox';
import type { FastifyReply } from 'fastify';
import { Type } from 'typebox';
import { bodyErrorResponses, errorResponses } from '../contract/errors.ts';
import { Described, withoutNulls } from '../contract/fields.ts';
import { ById } from '../contract/lists.ts';
import { DeleteLogsQuery, LogByReference } from '../contract/logQueries.ts';
import { type LogChanges, LogResponse, UpdateLogRequest } from '../contract/logs.ts';
import { found } from '../domain/apiError.ts';
import type { DeletionJobs } from '../domain/deletions/deletionJobs.ts';
import { changeLog } from '../domain/logs/changeLog.ts';
import { deleteLogs } from '../domain/logs/deleteLogs.ts';
import { checkPageSize } from '../domain/logs/pageSize.ts';
import type { Store } from '../domain/store.ts';
import { disconnectSignal } from '../http/disconnect.ts';
import { withConfig } from './logResponse.ts';

const changed = { 200: Described(LogResponse, 'The log as it is now.'), ...bodyErrorResponses };
const tags = ['Logs'];

/** The routes that change or delete logs. `now` is the time of day in milliseconds. */
export function logChangeRoutes(
	store: Store,
	jobs: DeletionJobs,
	maxPageBytes: number,
	now: () => number,
): FastifyPluginAsyncTypebox {
	const change = async (log: Parameters<typeof changeLog>[1], body: LogChanges, reply: FastifyReply) => {
		const { memory } = reply.request;
		const id = await changeLog(store, log, withoutNulls(body), new Date(now()).toISOString());
		const checkSizes = (sizes: number[]) => checkPageSize(sizes, maxPageBytes, memory);
		return withConfig(store, found('log', id, await store.logRecord(id, checkSizes, disconnectSignal(reply))));
	};

	return async (app) => {
		app.patch(
			'/logs/:id',
			{
				config: { role: 'run' },
				schema: {
					operationId: 'update_log',
					summary: 'Change a log',
					description: 'Searches find the new output.',
					tags,
					params: ById,
					body: UpdateLogRequest,
					response: changed,
				},
			},
			({ params: { id }, body }, reply) => change({ id }, body as LogChanges, reply),
		);

		app.patch(
			'/logs',
			{
				config: { role: 'run' },
				schema: {
					operationId: 'update_log_by_reference',
					summary: 'Change a log by its reference ID',
					tags,
					querystring: LogByReference,
					body: UpdateLogRequest,
					response: changed,
				},
			},
			({ query: { reference_id: reference }, body }, reply) => change({ reference }, body as LogChanges, reply),
		);

		app.delete(
			'/logs',
			{
				config: { role: 'edit' },
				schema: {
					operationId: 'delete_logs',
					summary: 'Delete logs',
					description:
						'Deletes logs with their feedback, and soon after their saved responses. Their children stay and have no parent. ' +
						'IDs that no log has are ignored.',
					tags,
					querystring: DeleteLogsQuery,
					response: { 204: Described(Type.Null(), 'They are deleted.'), ...errorResponses },
				},
			},
			async ({ query: { id }, principal: { actor } }, reply) => {
				await deleteLogs(store, [...new Set([id].flat())], { actor, at: now() });
				jobs.wake();
				return reply.status(204).send(null);
			},
		);
	};
}
