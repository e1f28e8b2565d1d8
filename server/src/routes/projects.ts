import { type FastifyPluginAsyncTypebox, Type } from '@fastify/type-provider-typebox';
import { errorResponses } from '../contract/errors.ts';
import { Described } from '../contract/fields.ts';
import { ById, Page } from '../contract/lists.ts';
import { ProjectConfigResponse } from '../contract/modelConfigs.ts';
import { ConfigsQuery, ProjectResponse, ProjectsQuery } from '../contract/projects.ts';
import { found } from '../domain/apiError.ts';
import type { ConfigUse, ProjectRecord, Store } from '../domain/store.ts';
import { disconnectSignal } from '../http/disconnect.ts';
import { toProjectConfigResponse } from './modelConfigs.ts';

/** The contract requires a team. This server is one team, with an ID in the contract's form. */
const teamId = 'tm_000000000000000000000';

function toProjectResponse(project: ProjectRecord, activeConfig: ConfigUse | undefined): ProjectResponse {
	return {
		id: project.id,
		name: project.name,
		active_config: activeConfig === undefined ? null : toProjectConfigResponse(activeConfig),
		users: [],
		data_count: project.logCount,
		feedback_types: [],
		team_id: teamId,
		active_evaluators: [],
		directory_id: null,
		created_at: project.createdAt,
		updated_at: project.updatedAt,
	};
}

const sortColumns = { created_at: 'createdAt', updated_at: 'updatedAt', name: 'name' } as const;

export function projectRoutes(store: Store): FastifyPluginAsyncTypebox {
	return async (app) => {
		app.get(
			'/projects',
			{
				config: { role: 'read' },
				schema: {
					operationId: 'list_projects',
					summary: 'List projects',
					tags: ['Projects'],
					querystring: ProjectsQuery,
					response: { 200: Described(Page(ProjectResponse), 'One page of projects.'), ...errorResponses },
				},
			},
			async ({ query }, reply) => {
				const signal = disconnectSignal(reply);
				const { page = 0, size = 10, sort_by: sortBy = 'created_at', order = 'desc', filter } = query;
				const listing = { page, size, sortBy: sortColumns[sortBy], order, ...(filter === undefined ? {} : { filter }) };
				const { records, total } = await store.listProjects(listing, signal);
				const active = await store.configsInUse(
					records.flatMap(({ activeConfigId }) => activeConfigId ?? []),
					signal,
				);
				const byId = new Map(active.map((config) => [config.id, config]));
				return {
					records: records.map((project) => toProjectResponse(project, byId.get(project.activeConfigId ?? ''))),
					page,
					size,
					total,
				};
			},
		);

		app.get(
			'/projects/:id',
			{
				config: { role: 'read' },
				schema: {
					operationId: 'get_project',
					summary: 'Get a project',
					tags: ['Projects'],
					params: ById,
					response: { 200: Described(ProjectResponse, 'The project.'), ...errorResponses },
				},
			},
			async ({ params: { id } }, reply) => {
				const signal = disconnectSignal(reply);
				const project = found('project', id, await store.projectRecord(id, signal));
				const [active] = await store.configsInUse(
					project.activeConfigId === null ? [] : [project.activeConfigId],
					signal,
				);
				return toProjectResponse(project, active);
			},
		);

		app.get(
			'/projects/:id/configs',
			{
				config: { role: 'read' },
				schema: {
					operationId: 'list_project_configs',
					summary: "List a project's configs",
					tags: ['Projects'],
					params: ById,
					querystring: ConfigsQuery,
					response: {
						200: Described(Type.Array(ProjectConfigResponse), 'All configs of the project.'),
						...errorResponses,
					},
				},
			},
			async ({ params: { id } }, reply) => {
				found('project', id, await store.projectById(id));
				return (await store.configsOfProject(id, disconnectSignal(reply))).map(toProjectConfigResponse);
			},
		);
	};
}
