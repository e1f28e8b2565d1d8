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
			...['openai', 'openai_azure'].map((name) => ({ name, available: true, needs_key: true, models: [] })),
			{ name: 'mock', available: true, models: [] },
			...['anthropic', 'bedrock', 'cohere', 'google', 'groq', 'deepseek', 'mistral'].map((name) => ({
				name,
				available: true,
				needs_key: true,
				models: [],
			})),
		],
	);
	for (const { name, available, reason } of providers) {
		const ollama = 'Set OLLAMA_BASE_URL to its address where the server runs.';
		const why = name === 'ollama' ? ollama : `This server cannot run ${name} yet.`;
		assert.equal(reason, available ? undefined : why);
		const config = await api.config({ provider: name });
		const call = await api.post('/completion-model-config', { model_config_id: config, inputs: { ticket: 'x' } });
		assert.equal(call.status === 200, name === 'mock');
		assert.equal(call.text.includes(`cannot be called. ${why}`), !available, call.text);
	}
	assert.equal((await api.app.inject('/v4/models')).statusCode, 401);
});

test('a key or a host of the server makes the key of the request unnecessary', async (t) => {
	for (const openai of [{ apiKey: 'sk-1' }, { baseUrl: 'http://127.0.0.1:9/v1' }]) {
		const { body } = await (await startApi(t, { providers: { openai } })).get('/models');
		assert.deepEqual((body as unknown as Models).providers[0], { name: 'openai', available: true, models: [] });
	}
});

test('hosts that the operator has named are providers, with a key, an address or both', async (t) => {
	const hosts = {
		groq: { apiKey: 'gsk-1' },
		ollama: { baseUrl: 'http://127.0.0.1:9/v1' },
		my_gateway: { baseUrl: 'http://127.0.0.1:9' },
	};
	const api = await startApi(t, { backoffMs: 1, providers: { openai: {}, hosts } });
	const { providers } = (await api.get('/models')).body as unknown as Models;
	for (const name of ['groq', 'ollama', 'my_gateway'])
		assert.deepEqual(
			providers.find((provider) => provider.name === name),
			{ name, available: true, models: [] },
		);
	const id = await api.config({ provider: 'my_gateway' });
	const { status, body } = await api.post('/completion-model-config', { model_config_id: id, inputs: { ticket: 'x' } });
	assert.deepEqual(
		[status, body.detail.message, body.detail.origin],
		[
			503,
			'The host of PROVIDER_MY_GATEWAY_BASE_URL (http://127.0.0.1:9) could not be reached: ECONNREFUSED.',
			'my_gateway',
		],
	);
	// The operator takes it away: the config stays, and says what is missing.
	await api.app.close();
	const without = await startApi(t, { dataDir: api.dataDir });
	const refused = await without.post('/completion-model-config', { model_config_id: id, inputs: { ticket: 'x' } });
	assert.equal(refused.status, 422);
	assert.match(
		refused.body.detail.message,
		/does not know my_gateway\. .* set PROVIDER_MY_GATEWAY_BASE_URL to its address/,
	);
	const unknown = await without.post('/model-configs', { project: 'p', provider: 'my_gateway', model: 'm' });
	assert.equal(unknown.status, 422);
	assert.deepEqual(unknown.body.detail[0]?.loc, ['body', 'provider']);
	assert.match(unknown.body.detail[0].msg, /set PROVIDER_MY_GATEWAY_BASE_URL where the server runs$/);
});
