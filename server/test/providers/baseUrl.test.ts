import assert from 'node:assert/strict';
import test from 'node:test';
import type { ProviderSettings } from '../../src/providers/registry.ts';
import { withVersion } from '../../src/providers/aiSdk/host.ts';
import { startHost } from '../host.ts';
import { send } from '../provider.ts';
import { startApi } from '../setup.ts';
import { storedText } from '../storage/disturb.ts';

const canary = 'qs canary/of the operator';
const query = `?key=${encodeURIComponent(canary)}&api-version=2024-10-21`;

/** The settings of a provider whose address has a query, a model, and the path that requests go to. */
const table: Record<string, { settings: (url: string) => Partial<ProviderSettings>; model: string; path: RegExp }> = {
	openai: {
		settings: (url) => ({ openai: { baseUrl: `${url}/v1${query}` } }),
		...{ model: 'gpt-4o', path: /^\/v1\/chat\/completions\?/ },
	},
	anthropic: {
		settings: (url) => ({ anthropic: { apiKey: 'sk-ant-canary', baseUrl: `${url}${query}` } }),
		...{ model: 'claude-sonnet-4-5', path: /^\/v1\/messages\?/ },
	},
	google: {
		settings: (url) => ({ google: { apiKey: 'google-canary', baseUrl: `${url}${query}` } }),
		...{ model: 'gemini-2.5-flash', path: /^\/v1beta\/models\/gemini-2\.5-flash:(g|streamG)enerateContent\?/ },
	},
	bedrock: {
		settings: (url) => ({ bedrock: { apiKey: 'bedrock-canary', baseUrl: `${url}${query}` } }),
		...{ model: 'meta.llama3-1-8b-instruct-v1:0', path: /^\/model\/meta\.llama3-1-8b-instruct-v1%3A0\/converse/ },
	},
};

for (const [provider, { settings, model, path }] of Object.entries(table)) {
	test(`${provider}: the query of the base URL is sent with each request, and a host that echoes it shows no key`, async (t) => {
		const urls: string[] = [];
		const host = await startHost(t, (response, _body, { url = '' }) => {
			urls.push(url);
			response.statusCode = 401;
			const message = `No access: ${url} (${decodeURIComponent(url)}), version 2024-10-21`;
			response.end(JSON.stringify({ error: { message }, message }));
		});
		const api = await startApi(t, {
			providers: { openai: {}, ...settings(host.url.replace(/\/v1$/, '')) },
			backoffMs: 5,
		});
		const id = await api.config({ provider, model, prompt_template: 'x' });
		const address = await api.listen();
		let seen = '';
		for (const stream of [false, true])
			seen += await (await send(address, { model_config_id: id, project: 'tickets', stream })).text();
		assert.equal(urls.length, 2, seen);
		for (const url of urls) {
			assert.match(url, path);
			assert.ok(url.includes(query.slice(1)), url);
		}
		assert.match(seen, /No access/);
		assert.match(seen, /version 2024-10-21/);
		const all = seen + (await storedText(api.dataDir)) + api.logged.join('');
		assert.doesNotMatch(all, /qs.{1,3}canary/);
	});
}

test('the version of the API is added to the path of an address, once', () => {
	for (const address of [
		'https://a.example/x',
		'https://a.example/x/',
		'https://a.example/x/v1',
		'https://a.example/x?v=/v2',
	])
		assert.equal(withVersion(address, 'v1'), 'https://a.example/x/v1');
});
