import assert from 'node:assert/strict';
import test from 'node:test';
import { gpt4o, parseCost, pricesFile, startCounting } from './costCalls.ts';
import { ask, send, startWith } from './provider.ts';
import { startAnthropic } from './providers/anthropicHost.ts';
import { apiKey, startApi } from './setup.ts';
import { execute } from './storage/storage.ts';

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

/** $9,000,000 for a call: the most that is taken for a cost. */
const absurd = [{ ...gpt4o[0]!, usd_per_million_tokens: { prompt: 9_000, output: 1 }, context_window: 1e9 }];

test('totals and a budget that no longer fit are full, and calls are stored nevertheless', async (t) => {
	const host = await startCounting(t, () => ({ prompt_tokens: 1e9, completion_tokens: 0 }));
	const { api, address, call } = await startWith(t, host, { pricesFile: pricesFile(t, absurd) });
	const inSession = { ...call, session_reference_id: 's' };
	assert.equal(parseCost((await ask(address, inSession)).headers.get('x-cost'))['charged'], '9000000');
	for (const query of ['', '?group_by=day', '?group_by=session']) {
		assert.partialDeepStrictEqual((await api.get(`/usage${query}`)).body.records[0], { calls: 1, cost: 9_000_000 });
	}
	const most = 2n ** 63n - 1n;
	await execute(api.dataDir, `update usage set prompt_cost_nanos = ${most}, output_cost_nanos = ${most}`);
	await execute(api.dataDir, `update session_usage set prompt_cost_nanos = ${most} - 1`);
	const full = await ask(address, inSession);
	assert.equal(full.status, 200);
	assert.equal((await api.get(`/logs/${full.body.data[0].id}`)).body['output'], 'Hello', 'stored with its content');
	await ask(address, { ...inSession, project: 'other' });
	await execute(api.dataDir, `update usage set prompt_cost_nanos = ${most}`);
	// The two projects together are above what an integer of the databases holds.
	for (const query of ['', '?group_by=day', '?group_by=project', '?group_by=session']) {
		const { status, body, text } = await api.get(`/usage${query}`);
		assert.equal(status, 200, text);
		assert.ok((body.records[0] as unknown as { cost: number }).cost > 9.2e9, text);
	}
	assert.partialDeepStrictEqual((await api.get('/usage')).body.records[0], { calls: 3 });
});

test('a budget that was exceeded by more than its amounts can hold refuses calls, and can be read', async (t) => {
	// The first answer uses up the budget: none comes before all three calls have reserved their share of it.
	const allRun = Promise.withResolvers<void>();
	const host = await startCounting(t, async () => {
		if (host.state.calls === 3) allRun.resolve();
		await allRun.promise;
		return { prompt_tokens: 1e9, completion_tokens: 0 };
	});
	const { api, address, call } = await startWith(t, host, { pricesFile: pricesFile(t, absurd) });
	const headers = { 'x-api-key': apiKey };
	const payload = { api_key: 'HUMANLOOP_API_KEY', period: 'month', limit: 1_000_000 };
	const { id } = (await api.app.inject({ method: 'PUT', url: '/v4/budgets', headers, payload })).json<{ id: string }>();
	const bounded = {
		...call,
		model_config_id: await api.config({
			provider: 'openai',
			model: 'gpt-4o',
			prompt_template: '{{what}}',
			max_tokens: 5,
		}),
	};
	// The provider charges for a thousand times what the requests can hold.
	const answers = await Promise.all([1, 2, 3].map(() => ask(address, bounded)));
	for (const { status, text } of answers) assert.equal(status, 200, text);
	assert.partialDeepStrictEqual((await api.get(`/budgets/${id}`)).body, { spent: Number.MAX_SAFE_INTEGER / 1e9 });
	const refused = await ask(address, bounded);
	assert.equal(refused.status, 402, refused.text);
	assert.match(refused.body.detail.message, /has \$0\.00 of \$1000000\.00 left/);
	assert.partialDeepStrictEqual((await api.get(`/budgets/${id}`)).body, { remaining: 0 });
	assert.equal((await api.get('/budgets')).status, 200);
});
