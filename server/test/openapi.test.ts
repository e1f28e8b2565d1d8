import assert from 'node:assert/strict';
import test from 'node:test';
import { Validator } from '@seriousme/openapi-schema-validator';
import { readable } from '../src/http/openapiDocument.ts';
import { apiKey, startApi } from './setup.ts';

type Schema = {
	$ref?: string;
	type?: unknown;
	format?: string;
	default?: unknown;
	properties?: Record<string, Schema>;
};
type Content = Record<string, { schema: Schema }>;
type Operation = {
	requestBody?: { content: Content };
	responses: Record<string, { description: string; content?: Content }>;
};
type Document = {
	openapi: string;
	servers: { url: string }[];
	paths: Record<string, Record<string, Operation>>;
	components: { schemas: Record<string, Schema> };
};

async function documentOf(t: Parameters<typeof startApi>[0]): Promise<Document> {
	return (await (await startApi(t)).app.inject('/openapi.json')).json<Document>();
}

/** Every schema in the document, however deep. */
function nodesOf(value: unknown): Schema[] {
	if (typeof value !== 'object' || value === null) return [];
	return [value, ...Object.values(value).flatMap(nodesOf)];
}

test('the document is valid, and its server is /v4 of the address that it comes from', async (t) => {
	const api = await startApi(t);
	const root = new URL('/', await api.listen());
	const address = new URL('/openapi.json', root);
	const document = (await (await fetch(address)).json()) as Document;
	const { valid, errors } = await new Validator().validate(structuredClone(document));
	assert.ok(valid, JSON.stringify(errors));
	assert.equal(document.openapi, '3.1.0');
	assert.deepEqual(document.servers, [{ url: '/v4' }]);
	const path = Object.keys(document.paths).find((name) => name === '/projects');
	const server = new URL(document.servers[0]!.url, address);
	const response = await fetch(`${server.href}${path}`, { headers: { 'x-api-key': apiKey } });
	assert.equal(response.status, 200);
});

test('schemas have the names of the contract, and every reference has its schema', async (t) => {
	const document = await documentOf(t);
	const { schemas } = document.components;
	for (const name of [
		'CompletionModelConfigRequest',
		'CompletionResponse',
		'DataResponse',
		'FeedbackRequest',
		'FeedbackResponse',
		'HTTPValidationError',
		'LogRequest',
		'LogResponse',
		'ModelConfigRequest',
		'ModelConfigResponse',
		'PaginatedData_LogResponse_',
		'PaginatedData_ProjectResponse_',
		'PaginatedData_SessionResponse_',
		'ProjectConfigResponse',
		'ProjectModelConfigRequest',
		'ProjectResponse',
		'SessionResponse',
		'ToolResultResponse',
		'Usage',
		'ValidationError',
	])
		assert.ok(schemas[name], name);
	const used = nodesOf(document).flatMap(({ $ref }) => $ref ?? []);
	assert.deepEqual(
		[...new Set(used)].sort(),
		Object.keys(schemas)
			.map((name) => `#/components/schemas/${name}`)
			.sort(),
	);
	const create = document.paths['/completion-model-config']!['post']!;
	assert.equal(
		create.requestBody!.content['application/json']!.schema.$ref,
		'#/components/schemas/CompletionModelConfigRequest',
	);
	assert.equal(JSON.stringify(document).includes('"if":'), false);
});

test('requests say their defaults, and a body without them is taken as it is', async (t) => {
	const api = await startApi(t);
	const { schemas } = (await api.app.inject('/openapi.json')).json<Document>().components;
	const defaults = (name: string) =>
		Object.fromEntries(
			Object.entries(schemas[name]!.properties!)
				.filter(([, schema]) => 'default' in schema)
				.map(([field, schema]) => [field, schema.default]),
		);
	assert.deepEqual(defaults('CompletionModelConfigRequest'), {
		save: true,
		num_samples: 1,
		stream: false,
		return_inputs: true,
	});
	assert.deepEqual(defaults('ProjectModelConfigRequest'), {
		provider: 'openai',
		max_tokens: -1,
		temperature: 1,
		top_p: 1,
		presence_penalty: 0,
		frequency_penalty: 0,
		endpoint: 'complete',
		template_language: 'default',
	});
	// A default in a schema must not become a value of the body: the config would be another one.
	const config = { project: 'p', provider: 'mock', model: 'm', prompt_template: 'x' };
	const made = (await api.post('/model-configs', config)).body.config;
	assert.equal((await api.get(`/model-configs/${made.id}`)).body['template_language'], undefined);
	const call = await api.post('/completion-model-config', { model_config_id: made.id, stream: null });
	assert.match(String(call.headers['content-type']), /json/);
});

test('times have the format date-time', async (t) => {
	const { schemas } = (await documentOf(t)).components;
	for (const [name, { properties = {} }] of Object.entries(schemas)) {
		for (const [field, schema] of Object.entries(properties)) {
			if (!/_at$|^at$|^last_used$/.test(field)) continue;
			// A key can expire on a date, too.
			if (name.endsWith('KeyRequest')) continue;
			assert.equal(schema.format, 'date-time', `${name}.${field}`);
		}
	}
});

test('a call that can stream says so', async (t) => {
	const document = await documentOf(t);
	const { content } = document.paths['/completion-model-config']!['post']!.responses['200']!;
	assert.deepEqual(Object.keys(content!), ['application/json', 'text/event-stream']);
	for (const { schema } of Object.values(content!))
		assert.equal(schema.$ref, '#/components/schemas/CompletionResponse');
	const streams = nodesOf(document).filter((node) => 'text/event-stream' in node);
	const runs = Object.keys(document.paths).filter(
		(path) => /^\/(completion|chat)/.test(path) && !/experiment/.test(path),
	);
	assert.equal(streams.length, runs.length);
});

test('two different schemas with one name are an error', () => {
	const schema = (type: string) => ({ title: 'Same', type: 'object', properties: { a: { type } } });
	const document = (other: string) => ({
		paths: { '/a': { get: schema('string') }, '/b': { get: schema(other) } },
		components: { schemas: {} },
	});
	assert.throws(() => readable(document('number')), /Two schemas have the title Same/);
	const { components, paths } = readable(document('string'));
	assert.deepEqual(Object.keys(components.schemas), ['Same']);
	assert.deepEqual(paths['/b'], { get: { $ref: '#/components/schemas/Same' } });
});

test('the page at /docs has its files, says what is missing, and comes again only if it has changed', async (t) => {
	const api = await startApi(t);
	const root = new URL('/', await api.listen());
	const get = (path: string, headers: Record<string, string> = {}) => fetch(new URL(path, root), { headers });
	// The first requests arrive while the page is loaded.
	const [page, document] = await Promise.all([get('/docs'), get('/openapi.json')]);
	assert.match(await page.text(), /swagger-ui-bundle\.js/);
	assert.ok('/projects' in ((await document.json()) as Document).paths);
	const script = await get('/docs/static/swagger-ui-bundle.js');
	assert.match(script.headers.get('content-type') ?? '', /javascript/);
	assert.equal((await script.arrayBuffer()).byteLength, Number(script.headers.get('content-length')));
	const again = await get('/docs/static/swagger-ui-bundle.js', { 'if-none-match': script.headers.get('etag') ?? '' });
	assert.equal(again.status, 304);
	assert.deepEqual(await (await get('/docs/json')).json(), await (await get('/openapi.json')).json());
	for (const path of ['/docs/nothing', '/docs/static/nothing.js', '/docs/static/..%2f..%2fpackage.json']) {
		const missing = await get(path);
		assert.equal(missing.status, 404, path);
		assert.match(await missing.text(), /"not_found_error"/, path);
	}
});
