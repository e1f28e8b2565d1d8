import type { FastifyPluginAsyncTypebox } from '@fastify/type-provider-typebox';
import { ActiveConfigResponse, EnvironmentQuery } from '../contract/environments.ts';
import { errorResponses } from '../contract/errors.ts';
import { Described } from '../contract/fields.ts';
import { ById } from '../contract/lists.ts';
import { ProjectResponse } from '../contract/projects.ts';
import { found } from '../domain/apiError.ts';
import { deployedConfigOf, removeDeployed } from '../domain/prompts/deployments.ts';
import { environmentNamed } from '../domain/prompts/environments.ts';
import type { ConfigUse, Store } from '../domain/store.ts';
import { disconnectSignal } from '../http/disconnect.ts';
import { toProjectConfigResponse } from './modelConfigs.ts';
import { readProject } from './projectResponses.ts';

const tags = ['Deployments'];

/** `now` is the time of day in milliseconds. */
export function activeConfigRoutes(store: Store, now: () => number): FastifyPluginAsyncTypebox {
	return async (app) => {
		app.get(
			'/projects/:id/active-config',
			{
				config: { role: 'read' },
				schema: {
					operationId: 'get_active_config',
					summary: 'The config that a project has deployed in an environment',
					tags,
					params: ById,
					querystring: EnvironmentQuery,
					response: { 200: Described(ActiveConfigResponse, 'The config.'), ...errorResponses },
				},
			},
			async ({ params: { id }, query }, reply) => {
				const project = found('project', id, await store.projectById(id));
				const { config, environment } = await deployedConfigOf(store, project, query.environment);
				const [inUse] = await store.configsInUse([config.id], disconnectSignal(reply));
				return { ...toProjectConfigResponse(inUse as ConfigUse), environment_id: environment.id };
			},
		);

		app.delete(
			'/projects/:id/active-config',
			{
				config: { role: 'deploy' },
				schema: {
					operationId: 'deactivate_config',
					summary: 'Remove what a project has deployed in an environment',
					description: 'If nothing is deployed there, nothing changes.',
					tags,
					params: ById,
					querystring: EnvironmentQuery,
					response: { 200: Described(ProjectResponse, 'The project.'), ...errorResponses },
				},
			},
			async ({ params: { id }, query, principal: { actor } }, reply) => {
				const { id: environmentId } = await environmentNamed(store, query.environment);
				await removeDeployed(store, id, environmentId, { actor, at: now() });
				return readProject(store, id, disconnectSignal(reply));
			},
		);
	};
}
