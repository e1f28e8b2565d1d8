import assert from 'node:assert/strict';
import test from 'node:test';
import { Prices } from '../../src/domain/costs/prices.ts';
import { publishedPrices } from '../../src/prices/publishedPrices.ts';
import { createProviders, type ProviderSettings } from '../../src/providers/registry.ts';

const elsewhere = 'http://127.0.0.1:4010/v1';

const usage = {
	promptTokens: 1_000,
	generationTokens: 500,
	cachedPromptTokens: 0,
	cacheWriteTokens: 0,
	reasoningTokens: 0,
};

type Settings = Omit<ProviderSettings, 'openai'> & Partial<ProviderSettings>;

/** Whether a call of the model has a price on a server with these settings. */
async function hasPrice(provider: string, model: string, settings: Settings = {}): Promise<boolean> {
	const providers = await createProviders({ openai: {}, ...settings }, 1_000_000);
	const { baseUrl } = providers[provider]!;
	const prices = new Prices([], async () => publishedPrices());
	return (await prices.of({ provider, baseUrl }, model))({ usage, responses: [{ model }] }) !== null;
}

/** Each provider: a model that it publishes a price for, and how an operator sets another host in its place. */
const table: [provider: string, model: string, elsewhere: Settings][] = [
	['openai', 'gpt-4o', { openai: { baseUrl: elsewhere } }],
	['openai_azure', 'gpt-4o', { openai_azure: { endpoint: elsewhere } }],
	['anthropic', 'claude-sonnet-4-5', { anthropic: { baseUrl: elsewhere } }],
	['google', 'gemini-2.5-pro', { google: { baseUrl: elsewhere } }],
	['bedrock', 'anthropic.claude-3-5-sonnet-20241022-v2:0', { bedrock: { baseUrl: elsewhere } }],
	['groq', 'llama-3.3-70b-versatile', { hosts: { groq: { baseUrl: elsewhere } } }],
	['deepseek', 'deepseek-chat', { hosts: { deepseek: { baseUrl: elsewhere } } }],
	['mistral', 'mistral-large-latest', { hosts: { mistral: { baseUrl: elsewhere } } }],
	['cohere', 'command-r-plus', { hosts: { cohere: { baseUrl: elsewhere } } }],
];

test("a provider's published prices are those of its own host, and not of another one in its place", async () => {
	for (const [provider, model, settings] of table) {
		assert.equal(await hasPrice(provider, model), true, `${provider} at its own host`);
		assert.equal(await hasPrice(provider, model, settings), false, `${provider} at ${elsewhere}`);
	}
});

test('the address that an operator sets can be one whose prices are published', async () => {
	for (const [provider, model, settings] of [
		['openai_azure', 'gpt-4o', { openai_azure: { endpoint: 'https://ours.openai.azure.com' } }],
		['anthropic', 'claude-sonnet-4-5', { anthropic: { baseUrl: 'https://api.anthropic.com/v1' } }],
		['openrouter', 'openai/gpt-4o', { hosts: { openrouter: { baseUrl: 'https://openrouter.ai/api/v1' } } }],
		['openai', 'llama-3.3-70b-versatile', { openai: { baseUrl: 'https://api.groq.com/openai/v1' } }],
	] as [string, string, Settings][]) {
		assert.equal(await hasPrice(provider, model, settings), true, provider);
	}
});

test('a host of your own has no price, whatever you call it and its models', async () => {
	for (const name of ['ollama', 'vllm', 'openrouter', 'xai']) {
		assert.equal(await hasPrice(name, 'gpt-4o', { hosts: { [name]: { baseUrl: elsewhere } } }), false, name);
	}
});

test("prices of Azure's public cloud are not used for its clouds of China and the US government", async () => {
	for (const endpoint of ['https://ours.openai.azure.us', 'https://ours.openai.azure.cn']) {
		assert.equal(await hasPrice('openai_azure', 'gpt-4o', { openai_azure: { endpoint } }), false, endpoint);
	}
});
