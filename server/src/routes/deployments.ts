import type { FastifyPluginAsyncTypebox } from '@fastify/type-provider-typebox';
import { Type } from 'typebox';
import {
	DeployConfigRequest,
	DeployedConfigById,
	DeploymentById,
	DeploymentResponse,
	DeploymentsQuery,
	EnvironmentConfigResponse,
	ProjectById,
} from '../contract/environments.ts';
import { bodyErrorResponses, errorResponses } from '../contract/errors.ts';
import { Described, inSnakeCase } from '../contract/fields.ts';
import { ById, Page } from '../contract/lists.ts';
import { found } from '../domain/apiError.ts';
import { deployConfig, removeDeployed, rollBack } from '../domain/prompts/deployments.ts';
import type { Store } from '../domain/store.ts';
import { disconnectSignal } from '../http/disconnect.ts';

/** All environments, with what the project has deployed there. Throws 404 for an unknown project. */
async function readDeployed(
	store: Store,
	projectId: string,
	signal: AbortSignal,
): Promise<EnvironmentConfigResponse[]> {
	const project = found('project', projectId, await store.projectById(projectId));
	const environments = await store.deployedConfigs(projectId, signal);
	return environments.map(({ id, name, tag, configId, configName }) => ({
		project_id: project.id,
		project_name: project.name,
		model_config_id: configId,
		model_config_name: configName,
		environment_id: id,
		environment_name: name,
		environment_tag: tag,
	}));
}

const tags = ['Deployments'];
const ours = "Not part of Humanloop's v4 API.";
const deployed = Described(Type.Array(EnvironmentConfigResponse), 'All environments, and what the project has there.');

/** `now` is the time of day in milliseconds. */
export function deploymentRoutes(store: Store, now: () => number): FastifyPluginAsyncTypebox {
	return async (app) => {
		app.get(
			'/projects/:id/deployed-configs',
			{
				config: { role: 'read' },
				schema: {
					operationId: 'list_deployed_configs',
					summary: 'What a project has deployed, in each environment',
					tags,
					params: ById,
					response: { 200: deployed, ...errorResponses },
				},
			},
			async ({ params: { id } }, reply) => readDeployed(store, id, disconnectSignal(reply)),
		);

		app.patch(
			'/projects/:project_id/deploy-config',
			{
				config: { role: 'deploy' },
				schema: {
					operationId: 'deploy_config',
					summary: 'Deploy a config',
					description:
						'It takes the place of what is deployed there. If it is deployed there already, nothing changes.',
					tags,
					params: ProjectById,
					body: DeployConfigRequest,
					response: { 200: deployed, ...bodyErrorResponses },
				},
			},
			async ({ params: { project_id: id }, body, principal: { actor } }, reply) => {
				const environmentIds = body.environments?.map((environment) => environment.id);
				await deployConfig(store, id, { configId: body.config_id, environmentIds }, { actor, at: now() });
				return readDeployed(store, id, disconnectSignal(reply));
			},
		);

		app.delete(
			'/projects/:project_id/deployed-config/:environment_id',
			{
				config: { role: 'deploy' },
				schema: {
					operationId: 'delete_deployed_config',
					summary: 'Remove what is deployed in an environment',
					description: 'If nothing is deployed there, nothing changes.',
					tags,
					params: DeployedConfigById,
					response: { 200: deployed, ...errorResponses },
				},
			},
			async ({ params: { project_id: id, environment_id: environmentId }, principal: { actor } }, reply) => {
				await removeDeployed(store, id, environmentId, { actor, at: now() });
				return readDeployed(store, id, disconnectSignal(reply));
			},
		);

		app.get(
			'/projects/:id/deployments',
			{
				config: { role: 'read' },
				schema: {
					operationId: 'list_deployments',
					summary: 'What was deployed in a project, by which key, and what it replaced',
					description: ours,
					tags,
					params: ById,
					querystring: DeploymentsQuery,
					response: {
						200: Described(Page(DeploymentResponse), 'One page of deployments, newest first.'),
						...errorResponses,
					},
				},
			},
			async ({ params: { id }, query: { page = 0, size = 50, environment_id: environmentId } }, reply) => {
				found('project', id, await store.projectById(id));
				const filter = environmentId === undefined ? {} : { environmentId };
				const listing = { projectId: id, page, size, ...filter };
				const { records, total } = await store.listDeployments(listing, disconnectSignal(reply));
				// The response schema leaves out the project.
				return { records: records.map(inSnakeCase), page, size, total };
			},
		);

		app.post(
			'/projects/:id/deployments/:deployment_id/rollback',
			{
				config: { role: 'deploy' },
				schema: {
					operationId: 'roll_back_deployment',
					summary: 'Deploy again what a deployment replaced',
					description: ours,
					tags,
					params: DeploymentById,
					response: { 200: deployed, ...errorResponses },
				},
			},
			async ({ params: { id, deployment_id: deploymentId }, principal: { actor } }, reply) => {
				await rollBack(store, id, deploymentId, { actor, at: now() });
				return readDeployed(store, id, disconnectSignal(reply));
			},
		);
	};
}
