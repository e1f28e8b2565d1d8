import assert from 'node:assert/strict';
import test from 'node:test';
import { gpt4o, parseCost, pricesFile, startCounting } from './costCalls.ts';
import { ask, send, startWith } from './provider.ts';
import { startAnthropic } from './providers/anthropicHost.ts';
import { startApi } from './setup.ts';

for (const tokens of [1e9 + 1, 1e13, Number.MAX_SAFE_INTEGER, 1e300]) {
	test(`a host that says it counted ${tokens} tokens is not believed: the answer is kept, and totals stay readable`, async (t) => {
		const host = await startCounting(t, () => ({ prompt_tokens: tokens, completion_tokens: 1 }));
		const { api, address, call } = await startWith(t, host, { pricesFile: pricesFile(t, gpt4o) });
		const first = await ask(address, call, { key: 'k' });
		assert.deepEqual([first.status, first.body.usage], [200, null], first.text);
		assert.equal((await ask(address, call, { key: 'k' })).replayed, true);
		await ask(address, call);
		assert.equal(host.state.calls, 2);
		const usage = await api.get('/usage');
		assert.equal(usage.status, 200);
		assert.partialDeepStrictEqual(usage.body.records[0], { calls: 2, unpriced_calls: 2, prompt_tokens: 0 });
		const log = await api.get(`/logs/${first.body.data[0].id}`);
		assert.partialDeepStrictEqual(log.body, { output: 'Hello', prompt_tokens: null });
	});
}

test('the most tokens that are counted cost what they cost', async (t) => {
	const host = await startCounting(t, () => ({ prompt_tokens: 1e9, completion_tokens: 0 }));
	const { api, address, call } = await startWith(t, host, { pricesFile: pricesFile(t, gpt4o) });
	assert.equal(parseCost((await ask(address, call)).headers.get('x-cost'))['charged'], '2000');
	assert.partialDeepStrictEqual((await api.get('/usage')).body.records[0], { prompt_tokens: 1e9, cost: 2000 });
});

test('a repeated stream that fails in the middle does not charge again for what the first request paid', async (t) => {
	const host = await startAnthropic(t, { together: 2, steps: [{ text: 'One is whole.' }, { cutAfter: 'Two is ' }] });
	const price = {
		provider: 'anthropic',
		model: 'claude-sonnet-4-5',
		usd_per_million_tokens: { prompt: 2, output: 10 },
	};
	const api = await startApi(t, {
		providers: { openai: {}, anthropic: { apiKey: 'sk-ant-canary', baseUrl: host.url } },
		...{ backoffMs: 5, pricesFile: pricesFile(t, [price]) },
	});
	const id = await api.config({ provider: 'anthropic', model: 'claude-sonnet-4-5', prompt_template: 'x' });
	const address = await api.listen();
	const call = { model_config_id: id, project: 'tickets', num_samples: 2, stream: true };
	const cost = async () => {
		const text = await (await send(address, call, { key: 'k' })).text();
		return parseCost(/: X-Cost: (.*)/.exec(text)?.[1]);
	};
	const first = await cost();
	assert.notEqual(first['charged'], '0');
	host.next({ cutAfter: 'Two is ' });
	assert.deepEqual(await cost(), { ...first, charged: '0' });
	assert.equal(host.calls(), 3);
});
