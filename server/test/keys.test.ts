import assert from 'node:assert/strict';
import test from 'node:test';
import { apiKey, type Body, startApi, tempDir } from './setup.ts';
import { storedText } from './storage/disturb.ts';

test('the first start makes a key and stores its hash alone; the second start makes none', async (t) => {
	const dataDir = tempDir(t);
	const first = await startApi(t, { dataDir, apiKey: undefined });
	const shown: string[] = [];
	await first.showFirstKey((key) => shown.push(key));
	const key = shown[0] as string;
	assert.match(key, /^hl_sk_[0-9a-f]{48}$/);
	await first.app.close();
	assert.equal((await storedText(dataDir)).includes(key.slice(6)), false);
	const second = await startApi(t, { dataDir, apiKey: undefined });
	await second.showFirstKey((more) => shown.push(more));
	assert.equal(shown.length, 1);
	const ask = (headers: Record<string, string>) => second.app.inject({ url: '/v4/projects', headers });
	assert.equal((await ask({ 'x-api-key': key })).statusCode, 200);
	for (const headers of [
		{},
		{ 'x-api-key': '' },
		{ 'x-api-key': `${key}0` },
		{ authorization: `Bearer ${key}` },
	] as Record<string, string>[]) {
		const response = await ask(headers);
		assert.equal(response.statusCode, 401);
		const { detail } = response.json<Body>();
		assert.equal(detail.type, 'authentication_error');
		assert.match(detail.message, /X-API-KEY/);
	}
});

test('a first key is valid when it is shown, and kept only then', async (t) => {
	const dataDir = tempDir(t);
	const unseen = await startApi(t, { dataDir, apiKey: undefined });
	await assert.rejects(
		unseen.showFirstKey(() => {
			throw new Error('nobody sees it');
		}),
		/nobody sees it/,
	);
	await unseen.app.close();
	const api = await startApi(t, { dataDir, apiKey: undefined });
	const asked: Promise<{ statusCode: number }>[] = [];
	await api.showFirstKey((key) => asked.push(api.app.inject({ url: '/v4/projects', headers: { 'x-api-key': key } })));
	assert.deepEqual(
		(await Promise.all(asked)).map(({ statusCode }) => statusCode),
		[200],
	);
});

test('a key from the environment is valid while it is set, and stored nowhere', async (t) => {
	const dataDir = tempDir(t);
	const apiKey = 'hl_sk_environment';
	const api = await startApi(t, { dataDir, apiKey });
	await api.showFirstKey(() => assert.fail('there is a key already'));
	const ask = (app: typeof api.app) => app.inject({ url: '/v4/projects', headers: { 'x-api-key': apiKey } });
	assert.equal((await ask(api.app)).statusCode, 200);
	await api.app.close();
	const without = await startApi(t, { dataDir, apiKey: undefined });
	assert.equal((await ask(without.app)).statusCode, 401);
});

test('a server that others can reach needs a key beforehand', async (t) => {
	const dataDir = tempDir(t);
	await assert.rejects(startApi(t, { dataDir, apiKey: undefined, exposed: true }), /HUMANLOOP_API_KEY/);
	const first = await startApi(t, { dataDir, apiKey: undefined });
	await first.showFirstKey(() => undefined);
	await first.app.close();
	await startApi(t, { dataDir, apiKey: undefined, exposed: true });
});

test('health, the OpenAPI document and its page need no key and nothing from elsewhere', async (t) => {
	const { app } = await startApi(t);
	assert.deepEqual((await app.inject('/healthz')).json(), { status: 'ok' });
	const { components } = (await app.inject('/openapi.json')).json<{
		components: { schemas: Record<string, object> };
	}>();
	const body = JSON.stringify(components.schemas['CompletionModelConfigRequest']);
	assert.match(body, /"x-at-most-one-of":\[\["session_id","session_reference_id"\]/);
	assert.match(body, /"additionalProperties":false/);
	const page = await app.inject('/docs/');
	assert.equal(page.statusCode, 200);
	assert.doesNotMatch(page.payload, /(src|href)="(https?:)?\/\//);
});

type Operation = {
	operationId?: string;
	requestBody?: { content: { 'application/json': { example: object } } };
	responses: Record<string, { description: string }>;
};

test('the page names every answer, and its examples succeed as they are', async (t) => {
	const { app } = await startApi(t);
	const { paths } = (await app.inject('/openapi.json')).json<{ paths: Record<string, Record<string, Operation>> }>();
	const operations = Object.values(paths).flatMap((path) => Object.values(path));
	assert.equal(new Set(operations.map(({ operationId }) => operationId)).size, operations.length);
	for (const { operationId, responses } of operations) {
		assert.match(operationId ?? '', /^[a-z_]+$/);
		for (const { description } of Object.values(responses)) assert.notEqual(description, 'Default Response');
	}
	const call = paths['/completion-model-config']?.['post'];
	assert.deepEqual(Object.keys(call?.responses ?? {}), [
		'200',
		'400',
		'401',
		'402',
		'403',
		'404',
		'413',
		'415',
		'422',
		'429',
		'500',
		'502',
		'503',
		'504',
	]);
	let logId = '';
	for (const path of ['/model-configs', '/completion-model-config', '/logs', '/feedback']) {
		const example = paths[path]?.['post']?.requestBody?.content['application/json'].example;
		const payload = path === '/feedback' ? { ...example, data_id: logId } : example!;
		const response = await app.inject({ method: 'POST', url: `/v4${path}`, headers: { 'x-api-key': apiKey }, payload });
		assert.equal(response.statusCode, 200, response.payload);
		logId = response.json<{ id: string }>().id;
	}
	const script = await app.inject('/docs/static/swagger-initializer.js');
	assert.equal(script.statusCode, 200);
	assert.match((await app.inject('/docs/')).payload, /<title>humanloop-server<[^]*favicon\.svg/);
});
