import swagger from '@fastify/swagger';
import swaggerUi from '@fastify/swagger-ui';
import type { FastifyInstance } from 'fastify';
import { type Static, type TSchema, Type } from 'typebox';
import { newConfig } from '../domain/prompts/configs.ts';
import { readable } from './openapiDocument.ts';
import { contentSecurityPolicy } from './page.ts';

const project = 'greetings';
const description = { provider: 'mock', model: 'mock-1', prompt_template: 'Greet {{name}}.' } as const;
/** A config's ID follows from its content: this is the ID that the first example gets on every server. */
const configId = newConfig(project, description).proposedId;

const chat = {
	project: 'conversations',
	config: {
		provider: 'mock',
		model: 'mock-1',
		endpoint: 'chat',
		chat_template: [{ role: 'system', content: 'Answer in {{language}}.' }],
	},
	messages: [{ role: 'user', content: 'Where does the Danube end?' }],
	inputs: { language: 'English' },
} as const;
const chatConfigId = newConfig(chat.project, chat.config as never).proposedId;

/** Request bodies that work on a new server, one after the other, without the key of a provider. */
export const examples = {
	config: { project, ...description },
	completion: { model_config_id: configId, project, inputs: { name: 'Ada' } },
	completionDeployed: { project, inputs: { name: 'Ada' } },
	completionInline: { project, model_config: description, inputs: { name: 'Ada' } },
	chat: { model_config_id: chatConfigId, project: chat.project, messages: chat.messages, inputs: chat.inputs },
	chatDeployed: { project: chat.project, messages: chat.messages, inputs: chat.inputs },
	chatInline: { project: chat.project, model_config: chat.config, messages: chat.messages, inputs: chat.inputs },
	log: { project, config_id: configId, inputs: { name: 'Ada' }, output: 'Hello, Ada!' },
	/** The exception: it needs the ID of a log. */
	feedback: { data_id: 'data_', type: 'rating', value: 'good', user: 'ada' },
};

/** The schema with an example. Without one, the page at /docs fills in every field. */
export function withExample<T extends TSchema>(schema: T, example: object) {
	return Type.Unsafe<Static<T>>({ ...schema, examples: [example] });
}

/** Replaces the logo of the documentation plugin's maker. */
const logo =
	'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 16 16"><circle cx="8" cy="8" r="5" fill="none" stroke="#555" stroke-width="3"/></svg>';

/** Serves the OpenAPI document, made from the schemas of the routes, at /openapi.json, and a page to read it at /docs. */
export async function addOpenApi(app: FastifyInstance): Promise<void> {
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
	app.get('/openapi.json', { schema: { hide: true } }, async () => app.swagger());
}
