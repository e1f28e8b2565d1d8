import assert from 'node:assert/strict';
import test from 'node:test';
import { until } from './provider.ts';
import { apiKey, startApi } from './setup.ts';

type Document = { paths: Record<string, Record<string, { tags: string[]; responses: Record<string, unknown> }>> };

/** Of the v4 document, and of the SDK 0.5.36 where it has more. */
const families = {
	datasets: [
		'GET /datasets',
		'GET /datasets/x',
		'PATCH /datasets/x',
		'DELETE /datasets/x',
		'GET /datasets/x/datapoints',
		'POST /datasets/x/datapoints',
		'GET /projects/x/datasets',
		'POST /projects/x/datasets',
	],
	datapoints: ['DELETE /datapoints', 'GET /datapoints/x', 'PATCH /datapoints/x'],
	evaluations: [
		'GET /evaluations',
		'GET /evaluations/x',
		'GET /evaluations/x/datapoints',
		'PATCH /evaluations/x/evaluators',
		'PATCH /evaluations/x/status',
		'POST /evaluations/x/log',
		'POST /evaluations/x/result',
		'GET /projects/x/evaluations',
		'POST /projects/x/evaluations',
	],
	evaluators: [
		'GET /evaluators',
		'POST /evaluators',
		'GET /evaluators/x',
		'PATCH /evaluators/x',
		'DELETE /evaluators/x',
	],
	experiments: [
		'POST /completion-experiment',
		'POST /chat-experiment',
		'PATCH /experiments/x',
		'DELETE /experiments/x',
		'GET /experiments/x/model-config',
		'GET /projects/x/experiments',
		'POST /projects/x/experiments',
		'DELETE /projects/x/active-experiment',
	],
	finetunes: [
		'GET /projects/x/finetunes',
		'POST /projects/x/finetunes',
		'POST /projects/x/finetunes/summary',
		'PATCH /finetunes/x',
	],
};

/** JSON, a form as old clients send it, something that cannot be parsed, and none. */
const bodies = [
	{ headers: { 'content-type': 'application/json' }, body: '{"name":"x"}' },
	{ headers: { 'content-type': 'application/x-www-form-urlencoded' }, body: 'a=b' },
	{ headers: { 'content-type': 'application/json' }, body: '{' },
	{},
];

test('each path of a family that is not built answers 501 and says what to use instead, whatever the body', async (t) => {
	const api = await startApi(t);
	const address = await api.listen();
	for (const [family, routes] of Object.entries(families)) {
		for (const route of routes) {
			const [method, path] = route.split(' ') as [string, string];
			for (const { headers, body } of method === 'GET' ? [{}] : bodies) {
				const response = await fetch(`${address}${path}`, {
					method,
					headers: { 'x-api-key': apiKey, ...headers },
					...(body === undefined ? {} : { body }),
				});
				assert.equal(response.status, 501, route);
				const { detail } = (await response.json()) as { detail: Record<string, unknown> };
				assert.equal(detail['type'], 'not_implemented_error');
				assert.equal(detail['code'], 501);
				assert.equal(detail['origin'], 'Humanloop');
				assert.match(String(detail['message']), new RegExp(`^This server has no ${family}\\. [A-Z].*\\.$`));
			}
		}
	}
	const unknown = await fetch(`${address}/datasets/x/y`, { headers: { 'x-api-key': apiKey } });
	assert.equal(unknown.status, 404);
});

test('such a request counts as rejected', async (t) => {
	const api = await startApi(t);
	await api.get('/datasets');
	const line = 'humanloop_rejections_total{reason="not_built"} 1';
	await until(async () => (await api.app.inject('/metrics')).payload.split('\n').includes(line));
});

test('without a valid key, such a path answers 401', async (t) => {
	const address = await (await startApi(t)).listen();
	for (const headers of [{}, { 'x-api-key': 'hl_sk_wrong' }] as Record<string, string>[])
		assert.equal((await fetch(`${address}/datasets`, { headers })).status, 401);
});

test('the OpenAPI document has all of them under one tag', async (t) => {
	const { app } = await startApi(t);
	const { paths } = (await app.inject('/openapi.json')).json<Document>();
	const listed = Object.entries(paths).flatMap(([path, methods]) =>
		Object.entries(methods)
			.filter(([, { tags }]) => tags.includes('Not built'))
			.map(([method, { responses }]) => {
				assert.deepEqual(Object.keys(responses), ['401', '429', '501']);
				return `${method.toUpperCase()} ${path.replace(/\{\w+\}/g, 'x')}`;
			}),
	);
	assert.deepEqual(listed.sort(), Object.values(families).flat().sort());
});
