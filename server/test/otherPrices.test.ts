import assert from 'node:assert/strict';
import test from 'node:test';
import { gpt4o, parseCost, pricesFile } from './costCalls.ts';
import { startHost } from './host.ts';
import { ask, startWith } from './provider.ts';

const usage = { prompt_tokens: 1_000, completion_tokens: 0 };

for (const [what, more, charged] of [
	['the standard tier', { service_tier: 'default', usage }, '0.002'],
	['the priority tier', { service_tier: 'priority', usage }, 'unknown'],
	['the flex tier', { service_tier: 'flex', usage }, 'unknown'],
	["Anthropic's priority tier", { usage: { ...usage, service_tier: 'priority' } }, 'unknown'],
	["Anthropic's standard tier", { usage: { ...usage, service_tier: 'standard' } }, '0.002'],
	['a cache of five minutes', { usage: { ...usage, cache_creation: { ephemeral_1h_input_tokens: 0 } } }, '0.002'],
	['a cache of an hour', { usage: { ...usage, cache_creation: { ephemeral_1h_input_tokens: 9 } } }, 'unknown'],
	["Bedrock's cache of an hour", { usage: { ...usage, cacheDetails: [{ ttl: '1h', inputTokens: 9 }] } }, 'unknown'],
] as const) {
	test(`a response of ${what} is charged ${charged}`, async (t) => {
		const host = await startHost(t, (response) => {
			const choices = [{ index: 0, message: { role: 'assistant', content: 'Hello' }, finish_reason: 'stop' }];
			response.setHeader('content-type', 'application/json');
			response.end(JSON.stringify({ id: 'x', model: 'gpt-4o', choices, ...more }));
		});
		const { api, address, call } = await startWith(t, host, { pricesFile: pricesFile(t, gpt4o) });
		assert.equal(parseCost((await ask(address, call)).headers.get('x-cost'))['charged'], charged);
		const unpriced = charged === 'unknown' ? 1 : 0;
		assert.partialDeepStrictEqual((await api.get('/usage')).body.records[0], { calls: 1, unpriced_calls: unpriced });
	});
}
