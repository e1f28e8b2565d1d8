import assert from 'node:assert/strict';
import test from 'node:test';
import { startCounting } from '../costCalls.ts';
import { startHost } from '../host.ts';
import { ask, startWith } from '../provider.ts';
import { startApi } from '../setup.ts';

test('a seed with several samples is refused for a host that returns one sample per request', async (t) => {
	const host = await startCounting(t, () => ({ prompt_tokens: 5, completion_tokens: 1 }), 1);
	const api = await startApi(t, { providers: { openai: {}, hosts: { groq: { baseUrl: host.url } } } });
	const id = await api.config({ provider: 'groq', model: 'llama', prompt_template: 'x' });
	const address = await api.listen();
	const call = { model_config_id: id, project: 'tickets', seed: 7 };
	const refused = await ask(address, { ...call, num_samples: 3 });
	assert.equal(refused.status, 422);
	assert.match(refused.text, /Groq would return the same text 3 times/);
	assert.equal(host.state.calls, 0);
	assert.equal((await ask(address, { ...call, num_samples: 1 })).status, 200);
	assert.equal((await ask(address, { ...call, num_samples: 3, seed: undefined })).status, 200);
});

test('"other" cannot name another model than the one that logs, prices and budgets name', async (t) => {
	const host = await startCounting(t, () => ({ prompt_tokens: 5, completion_tokens: 1 }));
	const { api, address } = await startWith(t, host);
	const id = await api.config({ provider: 'openai', model: 'cheap', prompt_template: 'x', other: { model: 'dear' } });
	const { status, text } = await ask(address, { model_config_id: id, project: 'tickets' });
	assert.equal(status, 422);
	assert.match(text, /sets model in \\"other\\"/);
	assert.equal(host.state.calls, 0);
});

test('a model whose name would change the path of the request is refused', async (t) => {
	const urls: string[] = [];
	const host = await startHost(t, (response, _body, { url = '' }) => {
		urls.push(url);
		response.statusCode = 400;
		response.end('{}');
	});
	const endpoint = host.url.replace(/\/v1$/, '');
	const api = await startApi(t, {
		providers: {
			openai: {},
			openai_azure: { apiKey: 'azure-canary', endpoint },
			bedrock: { apiKey: 'bedrock-canary', baseUrl: endpoint, region: 'us-east-1' },
		},
	});
	const address = await api.listen();
	for (const provider of ['openai_azure', 'bedrock']) {
		for (const model of ['.', '..', '../../admin', 'a/../../b', '%2e%2e', 'x?y=1#z']) {
			const id = await api.config({ provider, model, prompt_template: 'x' });
			const { status, text } = await ask(address, { model_config_id: id, project: 'tickets' });
			assert.equal(status, model === '.' || model === '..' ? 422 : 400, `${provider} ${model}: ${text}`);
		}
	}
	assert.equal(urls.length, 8);
	for (const url of urls) assert.match(url, /^\/(openai\/deployments|model)\/[^/]{3,}\/(chat\/completions|converse)/);
});
