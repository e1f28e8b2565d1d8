import type { FastifyPluginAsyncTypebox } from '@fastify/type-provider-typebox';
import { bodyErrorResponses, errorResponses } from '../contract/errors.ts';
import { Described, withoutNulls } from '../contract/fields.ts';
import { ById } from '../contract/lists.ts';
import {
	ModelConfigResponse,
	ProjectConfigResponse,
	ProjectModelConfigRequest,
	UpdateModelConfigRequest,
} from '../contract/modelConfigs.ts';
import { found } from '../domain/apiError.ts';
import type { ModelConfig } from '../domain/entities.ts';
import type { ReservedProjectIds } from '../domain/ids.ts';
import { registerConfig, updateConfig } from '../domain/prompts/configs.ts';
import type { ConfigUse, Store } from '../domain/store.ts';
import { examples, withExample } from '../http/openapi.ts';
import type { SetSunset } from '../http/sunset.ts';
import { toToolResponses } from './toolResponse.ts';

/** The documented parameters that a config can leave out. A response has no others that are not set. */
const unset = {
	stop: null,
	seed: null,
	response_format: null,
	prompt_template: null,
	chat_template: null,
};

export function toConfigResponse({ id, name, description, parameters }: ModelConfig): ModelConfigResponse {
	const tools = toToolResponses(parameters.tools);
	return { id, type: 'model', name, description, tool_configs: null, ...unset, ...parameters, tools };
}

export function toProjectConfigResponse(config: ConfigUse): ProjectConfigResponse {
	return {
		project_id: config.projectId,
		project_name: config.projectName,
		created_at: config.createdAt,
		updated_at: config.updatedAt,
		last_used: config.lastUsed,
		num_datapoints: config.logCount,
		evaluation_aggregates: [],
		config: toConfigResponse(config),
	};
}

export function modelConfigRoutes(
	store: Store,
	projectIds: ReservedProjectIds,
	setSunset: SetSunset,
	now: () => number,
): FastifyPluginAsyncTypebox {
	return async (app) => {
		app.post(
			'/model-configs',
			{
				config: { role: 'edit' },
				schema: {
					operationId: 'create_model_config',
					summary: 'Register a model config',
					tags: ['Model configs'],
					body: withExample(ProjectModelConfigRequest, examples.config),
					response: {
						200: Described(ProjectConfigResponse, 'The config. If the project has an equal one already, that one.'),
						...bodyErrorResponses,
					},
				},
			},
			async ({ body, principal: { actor } }, reply) => {
				const config = await registerConfig(store, projectIds, withoutNulls(body), actor);
				setSunset(reply, config.parameters);
				const [inUse] = await store.configsInUse([config.id]);
				return toProjectConfigResponse(inUse as ConfigUse);
			},
		);

		app.get(
			'/model-configs/:id',
			{
				config: { role: 'read' },
				schema: {
					operationId: 'get_model_config',
					summary: 'Get a model config',
					tags: ['Model configs'],
					params: ById,
					response: { 200: Described(ModelConfigResponse, 'The config.'), ...errorResponses },
				},
			},
			async ({ params: { id } }, reply) => {
				const config = found('model config', id, await store.configById(id));
				setSunset(reply, config.parameters);
				return toConfigResponse(config);
			},
		);

		app.patch(
			'/model-configs/:id',
			{
				config: { role: 'edit' },
				schema: {
					operationId: 'update_model_config',
					summary: 'Give a model config another name or description',
					description: "Its parameters and its ID stay. Not part of Humanloop's v4 API.",
					tags: ['Model configs'],
					params: ById,
					body: UpdateModelConfigRequest,
					response: { 200: Described(ProjectConfigResponse, 'The config.'), ...bodyErrorResponses },
				},
			},
			async ({ params: { id }, body }) => {
				const configId = await updateConfig(store, id, withoutNulls(body), now());
				const [inUse] = await store.configsInUse([configId]);
				return toProjectConfigResponse(inUse as ConfigUse);
			},
		);
	};
}
