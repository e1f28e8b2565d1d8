import assert from 'node:assert/strict';
import test from 'node:test';
import { readSettings } from '../../src/config.ts';
import { providerSettingsOf } from '../../src/commands/providerSettings.ts';

test('a provider is set up with one variable, and further hosts with variables that have their name', () => {
	const { settings, problems, changed } = readSettings({
		GROQ_API_KEY: 'gsk-canary',
		OLLAMA_BASE_URL: 'http://127.0.0.1:11434/v1',
		PROVIDER_MY_GATEWAY_BASE_URL: 'https://gateway.example.com/v1?key=canary',
		PROVIDER_MY_GATEWAY_API_KEY: 'sk-canary',
		PROVIDER_VLLM_BASE_URL: 'http://127.0.0.1:8000/v1',
		PROVIDER_GROQ_BASE_URL: 'http://127.0.0.1:9/v1',
		PROVIDER_OLLAMA_API_KEY: 'ollama-canary',
		PROVIDER_TIMEOUT_MS: '1000',
		AZURE_OPENAI_ENDPOINT: 'https://ours.openai.azure.com',
		AZURE_OPENAI_API_KEY: 'azure-canary',
		AZURE_OPENAI_HOSTS: 'https://a.example.com, http://127.0.0.1:8080',
	});
	assert.deepEqual(problems, []);
	const { hosts, openai_azure: azure } = providerSettingsOf(settings);
	assert.deepEqual(hosts, {
		groq: { apiKey: 'gsk-canary', baseUrl: 'http://127.0.0.1:9/v1' },
		deepseek: {},
		mistral: {},
		cohere: {},
		ollama: { baseUrl: 'http://127.0.0.1:11434/v1', apiKey: 'ollama-canary' },
		my_gateway: { baseUrl: 'https://gateway.example.com/v1?key=canary', apiKey: 'sk-canary' },
		vllm: { baseUrl: 'http://127.0.0.1:8000/v1' },
	});
	assert.deepEqual(azure, {
		apiKey: 'azure-canary',
		endpoint: 'https://ours.openai.azure.com',
		apiVersion: '2024-10-21',
		allowedHosts: ['https://a.example.com', 'http://127.0.0.1:8080'],
	});
	assert.doesNotMatch(changed.join(), /canary/);
	assert.ok(changed.includes('PROVIDER_MY_GATEWAY_BASE_URL=https://gateway.example.com/v1'), changed.join());
	assert.ok(changed.includes('PROVIDER_MY_GATEWAY_API_KEY=(set)'));
});

test('a variable of a host that cannot be used is named, with what to do', () => {
	for (const [env, problem] of [
		[
			{ PROVIDER_X_API_KEY: 'sk-1' },
			'PROVIDER_X_API_KEY is set, but PROVIDER_X_BASE_URL is not: set it to the address of the host.',
		],
		[
			{ PROVIDER_X_BASE_URL: 'ftp://x' },
			'PROVIDER_X_BASE_URL cannot be used: it must be an http or https address without a password in it.',
		],
		[
			{ PROVIDER_OPENAI_BASE_URL: 'http://127.0.0.1:9' },
			'PROVIDER_OPENAI_BASE_URL cannot be used: use OPENAI_BASE_URL and OPENAI_API_KEY instead.',
		],
		[
			{ PROVIDER_MOCK_BASE_URL: 'http://127.0.0.1:9' },
			"PROVIDER_MOCK_BASE_URL cannot be used: the provider mock is not a host that speaks OpenAI's API.",
		],
		[
			{ AZURE_OPENAI_HOSTS: 'https://a.example.com/path' },
			'AZURE_OPENAI_HOSTS is "https://a.example.com/path", which cannot be used: it must be an http or https address without a path and without a password, for example https://humanloop.example.com.',
		],
	] as const) {
		const { problems } = readSettings(env);
		assert.deepEqual(problems, [problem]);
	}
});
