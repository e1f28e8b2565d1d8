import swagger from '@fastify/swagger';
import swaggerUi from '@fastify/swagger-ui';
import Fastify, { type FastifyInstance, type RouteOptions } from 'fastify';
import { readable } from './openapiDocument.ts';
import { contentSecurityPolicy } from './page.ts';

/** Replaces the logo of the documentation plugin's maker. */
const logo =
	'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 16 16"><circle cx="8" cy="8" r="5" fill="none" stroke="#555" stroke-width="3"/></svg>';

/**
 * An app that never listens. It describes the given routes: its `swagger()` returns the OpenAPI document, and below /docs
 * is a page to read it.
 */
export async function createDocumentation(routes: readonly RouteOptions[]): Promise<FastifyInstance> {
	const app = Fastify({ exposeHeadRoutes: false });
	// Its routes are described and never called.
	app.setValidatorCompiler(() => () => true);
	app.setSerializerCompiler(() => JSON.stringify);
	await app.register(swagger, {
		openapi: {
			openapi: '3.1.0',
			info: {
				title: 'humanloop-server',
				version: '4.0',
				description: 'Serves the v4 API of Humanloop. Not affiliated with Humanloop.',
			},
			// Relative to the address of the document, so it is right behind any proxy.
			servers: [{ url: '/v4' }],
			components: { securitySchemes: { ApiKey: { type: 'apiKey', in: 'header', name: 'X-API-KEY' } } },
			security: [{ ApiKey: [] }],
		},
		transformObject: (document) => ('openapiObject' in document ? readable(document.openapiObject) : {}),
	});
	await app.register(swaggerUi, {
		routePrefix: '/docs',
		// People who have signed in can try calls there, so no other page may frame it.
		staticCSP: contentSecurityPolicy,
		logo: { type: 'image/svg+xml', content: logo },
		theme: {
			title: 'humanloop-server',
			favicon: [{ filename: 'favicon.svg', rel: 'icon', type: 'image/svg+xml', sizes: 'any', content: logo }],
			css: [{ filename: 'page.css', content: '.swagger-ui .topbar { display: none }' }],
		},
	});
	for (const { method, url, schema } of routes) {
		app.route({ method, url, ...(schema === undefined ? {} : { schema }), handler: () => undefined });
	}
	await app.ready();
	return app;
}
