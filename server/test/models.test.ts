import assert from 'node:assert/strict';
import test from 'node:test';
import { providerNames } from '../src/contract/providers.ts';
import { apiKey, startApi } from './setup.ts';

type Models = { providers: { name: string; available: boolean; needs_key?: boolean; reason?: string }[] };

test('every provider that a config can name is listed, with whether this server can run it and why not', async (t) => {
	const api = await startApi(t);
	const response = await api.app.inject({ url: '/v4/models', headers: { 'x-api-key': apiKey } });
	assert.equal(response.statusCode, 200);
	const { providers } = response.json<Models>();
	assert.deepEqual(
		providers.map(({ name }) => name),
		providerNames,
	);
	assert.deepEqual(
		providers.filter(({ available }) => available),
		[
			{ name: 'openai', available: true, needs_key: true, models: [] },
			{ name: 'mock', available: true, models: [] },
			{ name: 'anthropic', available: true, needs_key: true, models: [] },
			{ name: 'bedrock', available: true, needs_key: true, models: [] },
			{ name: 'google', available: true, needs_key: true, models: [] },
		],
	);
	for (const { name, available, reason } of providers) {
		assert.equal(reason, available ? undefined : `This server cannot run ${name} yet.`);
		const config = await api.config({ provider: name });
		const call = await api.post('/completion-model-config', { model_config_id: config, inputs: { ticket: 'x' } });
		assert.equal(call.status === 200, name === 'mock');
		assert.equal(/not supported by this server yet/.test(call.text), !available, call.text);
	}
	assert.equal((await api.app.inject('/v4/models')).statusCode, 401);
});

test('a key or a host of the server makes the key of the request unnecessary', async (t) => {
	for (const openai of [{ apiKey: 'sk-1' }, { baseUrl: 'http://127.0.0.1:9/v1' }]) {
		const { body } = await (await startApi(t, { providers: { openai } })).get('/models');
		assert.deepEqual((body as unknown as Models).providers[0], { name: 'openai', available: true, models: [] });
	}
});
