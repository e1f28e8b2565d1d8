import type { FastifyInstance, FastifyReply, FastifyRequest, RouteOptions } from 'fastify';
import { type Static, type TSchema, Type } from 'typebox';
import { newConfig } from '../domain/prompts/configs.ts';

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

/** The headers of a request for the page that its response can depend on. */
const passedOn = ['accept', 'accept-encoding', 'if-modified-since', 'if-none-match', 'range'] as const;
/** The headers of a response that each connection sets for itself. */
const ofConnection = ['connection', 'date', 'keep-alive', 'transfer-encoding'];

/**
 * Serves the OpenAPI document, made from the schemas of the routes, at /openapi.json, and a page to read it at /docs. Both
 * are loaded when somebody asks for them, because they take a tenth of the memory and most servers are never asked. Call
 * this before the routes are added.
 */
export function addOpenApi(app: FastifyInstance): void {
	const routes: RouteOptions[] = [];
	app.addHook('onRoute', (route) => {
		// Fastify adds a HEAD route to each GET route.
		const isHidden = (route.schema as { hide?: boolean } | undefined)?.hide === true || route.method === 'HEAD';
		if (!isHidden) routes.push(route);
	});
	let loading: Promise<FastifyInstance> | undefined;
	const load = () => {
		loading ??= import('./documentation.ts').then(({ createDocumentation }) => createDocumentation(routes));
		return loading;
	};
	app.get('/openapi.json', { schema: { hide: true } }, async () => (await load()).swagger());
	const sendPage = async (request: FastifyRequest, reply: FastifyReply) => {
		const given = passedOn.map((name) => [name, request.headers[name]] as const);
		const headers = Object.fromEntries(given.filter(([, value]) => value !== undefined));
		const response = await (await load()).inject({ method: 'GET', url: request.url, headers });
		if (response.statusCode === 404) return reply.callNotFound();
		for (const [name, value] of Object.entries(response.headers)) {
			if (!ofConnection.includes(name)) reply.header(name, value);
		}
		return reply.code(response.statusCode).send(response.rawPayload);
	};
	app.get('/docs', { schema: { hide: true } }, sendPage);
	app.get('/docs/*', { schema: { hide: true } }, sendPage);
}
