import type { FastifyPluginAsyncTypebox } from '@fastify/type-provider-typebox';
import { errorResponses } from '../contract/errors.ts';
import { withoutNulls } from '../contract/fields.ts';
import { ById } from '../contract/lists.ts';
import {
  ModelConfigResponse,
  ProjectConfigResponse,
  ProjectModelConfigRequest,
} from '../contract/modelConfig.ts';
import { configBody, projectConfigBody } from '../contract/present.ts';
import { notFound } from '../domain/apiError.ts';
import { registerConfig } from '../domain/modelConfig.ts';
import type { ConfigInUse, Store } from '../domain/store.ts';

export function modelConfigRoutes(store: Store): FastifyPluginAsyncTypebox {
  return async (app) => {
    app.post(
      '/model-configs',
      {
        schema: {
          summary: 'Register a model config',
          tags: ['Model configs'],
          body: ProjectModelConfigRequest,
          response: { 200: ProjectConfigResponse, ...errorResponses },
        },
      },
      async (request) => {
        const config = await registerConfig(store, withoutNulls(request.body));
        const [inUse] = await store.configsInUse([config.id]);
        return projectConfigBody(inUse as ConfigInUse);
      },
    );

    app.get(
      '/model-configs/:id',
      {
        schema: {
          summary: 'Get a model config',
          tags: ['Model configs'],
          params: ById,
          response: { 200: ModelConfigResponse, ...errorResponses },
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
