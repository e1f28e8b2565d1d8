import type { FastifyPluginAsyncTypebox } from '@fastify/type-provider-typebox';
import { errorResponses } from '../contract/errors.ts';
import { Described } from '../contract/fields.ts';
import { ModelsResponse } from '../contract/models.ts';
import { providerNames } from '../contract/providers.ts';
import type { Providers } from '../domain/provider.ts';

function toModelsResponse(providers: Providers): ModelsResponse {
	return {
		providers: providerNames.map((name) => {
			const provider = providers[name];
			if (provider === undefined) return { name, available: false, reason: `This server cannot run ${name} yet.` };
			return { name, available: true, ...(provider.needsKey === true ? { needs_key: true } : {}) };
		}),
	};
}

export function modelRoutes(providers: Providers): FastifyPluginAsyncTypebox {
	return async (app) => {
		app.get(
			'/models',
			{
				config: { role: 'read' },
				schema: {
					operationId: 'list_models',
					summary: 'List the providers and whether this server can run them',
					description: "Not part of Humanloop's v4 API.",
					tags: ['Models'],
					response: { 200: Described(ModelsResponse, 'Every provider that a config can name.'), ...errorResponses },
				},
			},
			async () => toModelsResponse(providers),
		);
	};
}
