import type { FastifyPluginAsyncTypebox } from '@fastify/type-provider-typebox';
import { errorResponses } from '../contract/errors.ts';
import { Described } from '../contract/fields.ts';
import { ById, Page } from '../contract/lists.ts';
import { LogResponse } from '../contract/logs.ts';
import { ExportQuery } from '../contract/projects.ts';
import { found } from '../domain/apiError.ts';
import { checkPageSize } from '../domain/logs/pageSize.ts';
import type { Store } from '../domain/store.ts';
import { disconnectSignal } from '../http/disconnect.ts';
import { withConfig } from './logResponse.ts';

/** `maxPageBytes` is how many bytes a page of logs may take. */
export function exportRoutes(store: Store, maxPageBytes: number): FastifyPluginAsyncTypebox {
	return async (app) => {
		app.post(
			'/projects/:id/export',
			{
				config: { role: 'read' },
				schema: {
					operationId: 'export_project',
					summary: "List a project's logs",
					description: 'The same as `GET /logs` without a filter.',
					tags: ['Projects'],
					params: ById,
					querystring: ExportQuery,
					response: { 200: Described(Page(LogResponse), 'One page of logs, newest first.'), ...errorResponses },
				},
			},
			async ({ params: { id }, query: { page = 0, size = 10 }, memory }, reply) => {
				found('project', id, await store.projectById(id));
				const { records, total } = await store.listLogs(
					{ projectId: id, page, size },
					(sizes) => checkPageSize(sizes, maxPageBytes, memory),
					disconnectSignal(reply),
				);
				return { records: await Promise.all(records.map((log) => withConfig(store, log))), page, size, total };
			},
		);
	};
}
