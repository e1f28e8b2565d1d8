import type { FastifyPluginAsyncTypebox } from '@fastify/type-provider-typebox';
import { errorResponses } from '../contract/errors.ts';
import { Described } from '../contract/fields.ts';
import { StatusResponse } from '../contract/status.ts';
import type { Store } from '../domain/store.ts';
import { disconnectSignal } from '../http/disconnect.ts';
import { version } from '../version.ts';

/** How the server is set up. */
type Settings = Omit<StatusResponse, 'version' | 'logs'>;

export function statusRoutes(store: Store, settings: Settings): FastifyPluginAsyncTypebox {
	return async (app) => {
		app.get(
			'/status',
			{
				config: { role: 'read' },
				schema: {
					operationId: 'get_status',
					summary: 'Get the version of the server, and how it is set up',
					description: "Not part of Humanloop's v4 API. It tells no keys.",
					tags: ['Status'],
					response: { 200: Described(StatusResponse, 'The status.'), ...errorResponses },
				},
			},
			async (_request, reply) => ({ version, ...settings, logs: await store.logCount(disconnectSignal(reply)) }),
		);
	};
}
