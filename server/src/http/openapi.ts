import swagger from '@fastify/swagger';
import swaggerUi from '@fastify/swagger-ui';
import type { FastifyInstance } from 'fastify';

/** Stands where the plugin would show its maker's logo. */
const mark =
	'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 16 16"><circle cx="8" cy="8" r="5" fill="none" stroke="#555" stroke-width="3"/></svg>';

/** The OpenAPI document of the routes' own schemas at /openapi.json, and a page to read it at /docs. */
export async function addReference(app: FastifyInstance): Promise<void> {
	await app.register(swagger, {
		openapi: {
			openapi: '3.1.0',
			info: {
				title: 'humanloop-server',
				version: '4.0',
				description: 'Serves the v4 API of Humanloop. Not affiliated with Humanloop.',
			},
			components: { securitySchemes: { ApiKey: { type: 'apiKey', in: 'header', name: 'X-API-KEY' } } },
			security: [{ ApiKey: [] }],
		},
	});
	await app.register(swaggerUi, {
		routePrefix: '/docs',
		logo: { type: 'image/svg+xml', content: mark },
		theme: {
			title: 'humanloop-server',
			favicon: [{ filename: 'favicon.svg', rel: 'icon', type: 'image/svg+xml', sizes: 'any', content: mark }],
			css: [{ filename: 'page.css', content: '.swagger-ui .topbar { display: none }' }],
		},
	});
	app.get('/openapi.json', { schema: { hide: true } }, async () => app.swagger());
}
