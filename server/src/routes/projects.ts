import type { FastifyPluginAsyncTypebox } from '@fastify/type-provider-typebox';
import { Type } from 'typebox';
import { bodyErrorResponses, errorResponses } from '../contract/errors.ts';
import { Described, withoutNulls } from '../contract/fields.ts';
import { ById, Page } from '../contract/lists.ts';
import { ProjectConfigResponse } from '../contract/modelConfigs.ts';
import {
	ConfigsQuery,
	CreateProjectRequest,
	ProjectResponse,
	ProjectsQuery,
	UpdateProjectRequest,
} from '../contract/projects.ts';
import { found } from '../domain/apiError.ts';
import type { DeletionJobs } from '../domain/deletions/deletionJobs.ts';
import type { ReservedProjectIds } from '../domain/ids.ts';
import { createProject, deleteProject, updateProject } from '../domain/projects/projects.ts';
import type { Store } from '../domain/store.ts';
import { disconnectSignal } from '../http/disconnect.ts';
import { toProjectConfigResponse } from './modelConfigs.ts';
import { readProject, toProjectResponses } from './projectResponses.ts';

const sortColumns = { created_at: 'createdAt', updated_at: 'updatedAt', name: 'name' } as const;
const tags = ['Projects'];

/** `now` is the time of day in milliseconds. */
export function projectRoutes(
	store: Store,
	projectIds: ReservedProjectIds,
	jobs: DeletionJobs,
	now: () => number,
): FastifyPluginAsyncTypebox {
	return async (app) => {
		app.get(
			'/projects',
			{
				config: { role: 'read' },
				schema: {
					operationId: 'list_projects',
					summary: 'List projects',
					tags,
					querystring: ProjectsQuery,
					response: { 200: Described(Page(ProjectResponse), 'One page of projects.'), ...errorResponses },
				},
			},
			async ({ query }, reply) => {
				const signal = disconnectSignal(reply);
				const { page = 0, size = 10, sort_by: sortBy = 'created_at', order = 'desc', filter } = query;
				const listing = { page, size, sortBy: sortColumns[sortBy], order, ...(filter === undefined ? {} : { filter }) };
				const { records, total } = await store.listProjects(listing, signal);
				return { records: await toProjectResponses(store, records, signal), page, size, total };
			},
		);

		app.post(
			'/projects',
			{
				config: { role: 'edit' },
				schema: {
					operationId: 'create_project',
					summary: 'Make a project',
					description: 'Other requests that name a new project make it too.',
					tags,
					body: CreateProjectRequest,
					response: { 201: Described(ProjectResponse, 'The new project.'), ...bodyErrorResponses },
				},
			},
			async ({ body: { name } }, reply) => {
				const id = await createProject(store, name);
				return reply.status(201).send(await readProject(store, id, disconnectSignal(reply)));
			},
		);

		app.get(
			'/projects/:id',
			{
				config: { role: 'read' },
				schema: {
					operationId: 'get_project',
					summary: 'Get a project',
					tags,
					params: ById,
					response: { 200: Described(ProjectResponse, 'The project.'), ...errorResponses },
				},
			},
			async ({ params: { id } }, reply) => readProject(store, id, disconnectSignal(reply)),
		);

		app.patch(
			'/projects/:id',
			{
				config: { role: 'deploy' },
				schema: {
					operationId: 'update_project',
					summary: 'Rename a project, or set its active config',
					description: 'The active config is the one that is deployed in the default environment.',
					tags,
					params: ById,
					body: UpdateProjectRequest,
					response: { 200: Described(ProjectResponse, 'The project.'), ...bodyErrorResponses },
				},
			},
			async ({ params: { id }, body, principal: { actor } }, reply) => {
				const { name, active_config_id: activeConfigId } = withoutNulls(body);
				await updateProject(store, projectIds, id, { name, activeConfigId }, { actor, at: now() });
				return readProject(store, id, disconnectSignal(reply));
			},
		);

		app.delete(
			'/projects/:id',
			{
				config: { role: 'admin' },
				schema: {
					operationId: 'delete_project',
					summary: 'Delete a project',
					description:
						'The project is gone at once, and its name is free. The server deletes its logs, configs and history after it has ' +
						'responded; `GET /deletions` says how far it is.',
					tags,
					params: ById,
					response: { 204: Type.Null({ description: 'The project is deleted.' }), ...errorResponses },
				},
			},
			async ({ params: { id }, principal: { actor } }, reply) => {
				await deleteProject(store, projectIds, id, { actor, at: now() });
				jobs.wake();
				return reply.status(204).send(null);
			},
		);

		app.get(
			'/projects/:id/configs',
			{
				config: { role: 'read' },
				schema: {
					operationId: 'list_project_configs',
					summary: "List a project's configs",
					tags,
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
