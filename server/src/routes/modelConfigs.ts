import type { FastifyPluginAsyncTypebox } from '@fastify/type-provider-typebox';
import { bodyErrorResponses, errorResponses } from '../contract/errors.ts';
import { Described, withoutNulls } from '../contract/fields.ts';
import { ById } from '../contract/lists.ts';
import { ModelConfigResponse, ProjectConfigResponse, ProjectModelConfigRequest } from '../contract/modelConfigs.ts';
import { configBody, projectConfigBody } from '../contract/present.ts';
import { notFound } from '../domain/apiError.ts';
import type { Dependencies } from '../domain/completions/prepare.ts';
import { registerConfig } from '../domain/prompts/configs.ts';
import type { ConfigInUse } from '../domain/store.ts';
import { examples, withExample } from './examples.ts';

export function modelConfigRoutes({ store, proposedProjectId }: Dependencies): FastifyPluginAsyncTypebox {
	return async (app) => {
		app.post(
			'/model-configs',
			{
				schema: {
					operationId: 'create_model_config',
					summary: 'Register a model config',
					tags: ['Model configs'],
					body: withExample(ProjectModelConfigRequest, examples.config),
					response: {
						200: Described(ProjectConfigResponse, 'The config; the one that is there already, when an equal one is.'),
						...bodyErrorResponses,
					},
				},
			},
			async (request) => {
				const config = await registerConfig(store, proposedProjectId, withoutNulls(request.body));
				const [inUse] = await store.configsInUse([config.id]);
				return projectConfigBody(inUse as ConfigInUse);
			},
		);

		app.get(
			'/model-configs/:id',
			{
				schema: {
					operationId: 'get_model_config',
					summary: 'Get a model config',
					tags: ['Model configs'],
					params: ById,
					response: { 200: Described(ModelConfigResponse, 'The config.'), ...errorResponses },
				},
			},
			async ({ params: { id } }) => {
				const config = await store.configById(id);
				if (config === undefined) throw notFound('model config', id);
				return configBody(config);
			},
		);
	};
}
