import type { FastifyPluginAsyncTypebox } from '@fastify/type-provider-typebox';
import { errorResponses } from '../contract/errors.ts';
import { Described } from '../contract/fields.ts';
import { ModelsResponse } from '../contract/models.ts';
import { providerNames } from '../contract/providers.ts';
import type { EndOfLife } from '../domain/models/endOfLife.ts';
import { type Providers, whyUnavailable } from '../domain/provider.ts';
import type { ModelUse, Store } from '../domain/store.ts';
import { disconnectSignal } from '../http/disconnect.ts';

type ProviderResponse = ModelsResponse['providers'][number];

function toUsedModel(use: ModelUse, endOfLife: EndOfLife): ProviderResponse['models'][number] {
	const { shutDownOn = null, successor = null, source = null } = endOfLife.of(use) ?? {};
	return { model: use.model, configs: use.configs, shut_down_on: shutDownOn, successor, source };
}

function toModelsResponse(providers: Providers, uses: ModelUse[], endOfLife: EndOfLife): ModelsResponse {
	return {
		providers: [...new Set([...providerNames, ...Object.keys(providers)])].map((name) => {
			const models = uses.filter(({ provider }) => provider === name).map((use) => toUsedModel(use, endOfLife));
			const provider = providers[name];
			const reason = whyUnavailable(providers, name);
			if (reason !== undefined) return { name, available: false, reason, models };
			return { name, available: true, ...(provider?.needsKey === true ? { needs_key: true } : {}), models };
		}),
	};
}

export function modelRoutes(store: Store, providers: Providers, endOfLife: EndOfLife): FastifyPluginAsyncTypebox {
	return async (app) => {
		app.get(
			'/models',
			{
				config: { role: 'read' },
				schema: {
					operationId: 'list_models',
					summary: 'List the providers, whether this server can run them, and when the models in use end',
					description: "Not part of Humanloop's v4 API.",
					tags: ['Models'],
					response: { 200: Described(ModelsResponse, 'Every provider that a config can name.'), ...errorResponses },
				},
			},
			async (_request, reply) => {
				const uses = await store.modelsInUse(disconnectSignal(reply));
				return toModelsResponse(providers, uses, endOfLife);
			},
		);
	};
}
