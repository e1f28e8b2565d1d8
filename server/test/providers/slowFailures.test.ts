import assert from 'node:assert/strict';
import test from 'node:test';
import { startHost } from '../host.ts';
import { ask, sleep } from '../provider.ts';
import { startApi } from '../setup.ts';

for (const provider of ['openai', 'anthropic']) {
	test(`${provider}: an error whose body never ends is told with its status, and with what came of it`, async (t) => {
		const host = await startHost(t, (response) => {
			response.writeHead(401, { 'content-type': 'application/json' }).write('{"error":{"message":"wrong key"');
		});
		const settings = { apiKey: 'sk-canary', baseUrl: host.url };
		const api = await startApi(t, { providers: { openai: settings, anthropic: settings } });
		const id = await api.config({ provider, model: 'claude-sonnet-4-5', prompt_template: 'x' });
		const { status, body } = await ask(await api.listen(), { model_config_id: id, project: 'tickets' });
		assert.equal(status, 401);
		assert.match(body.detail.message, /wrong key/);
	});

	test(`${provider}: a host that closes the connection after some time, without a response, is asked once`, async (t) => {
		const host = await startHost(t, async (response) => {
			await sleep(400);
			response.destroy();
		});
		const settings = { apiKey: 'sk-canary', baseUrl: host.url };
		const api = await startApi(t, { providers: { openai: settings, anthropic: settings }, backoffMs: 5 });
		const id = await api.config({ provider, model: 'claude-sonnet-4-5', prompt_template: 'x' });
		const { status, body } = await ask(await api.listen(), { model_config_id: id, project: 'tickets' });
		assert.equal(status, 503);
		assert.match(body.detail.message, /The connection to .* failed/);
		assert.equal(host.state.calls, 1);
	});
}
