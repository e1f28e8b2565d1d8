import assert from 'node:assert/strict';
import test from 'node:test';
import fc from 'fast-check';
import { Prices } from '../src/domain/costs/prices.ts';
import { publishedPrices } from '../src/prices/publishedPrices.ts';
import { dollars, gpt4o, parseCost, pricesFile, startCounting } from './costCalls.ts';
import { ask, logsOf, send, startWith } from './provider.ts';
import { startApi } from './setup.ts';

const cachedUsage = {
	prompt_tokens: 1_000,
	completion_tokens: 300,
	prompt_tokens_details: { cached_tokens: 400 },
	completion_tokens_details: { reasoning_tokens: 50 },
};

const known = {
	// 600 tokens at $2 and 400 at $0.5.
	prompt_cost: '0.0014',
	output_cost: '0.003',
	charged: '0.0044',
	currency: 'USD',
	cached_tokens: '400',
	cache_write_tokens: '0',
	reasoning_tokens: '50',
};

test('X-Cost and the log of the first sample say what a call cost', async (t) => {
	const host = await startCounting(t, () => cachedUsage);
	const { api, address, call } = await startWith(t, host, { pricesFile: pricesFile(t, gpt4o) });
	const { headers } = await ask(address, { ...call, num_samples: 2 });
	assert.deepEqual(parseCost(headers.get('x-cost')), known);
	assert.equal(
		headers.get('x-cost'),
		'prompt_cost="0.0014", output_cost="0.003", charged="0.0044", currency=USD, cached_tokens=400, ' +
			'cache_write_tokens=0, reasoning_tokens=50',
	);
	const logs = await logsOf(api);
	assert.deepEqual(
		logs.map((log) => [log.prompt_cost, log.output_cost]),
		[
			[0.0014, 0.003],
			[null, null],
		],
	);
});

test('a stream ends with a comment that says the same', async (t) => {
	const host = await startCounting(t, () => cachedUsage);
	const { address, call } = await startWith(t, host, { pricesFile: pricesFile(t, gpt4o) });
	const response = await send(address, { ...call, num_samples: 2, stream: true });
	assert.equal(response.headers.get('x-cost'), null);
	const text = await response.text();
	const [, comment] = /\n\n: X-Cost: (.*)\n\n$/.exec(text) ?? [];
	assert.deepEqual(parseCost(comment), known);
	assert.equal(text.split('X-Cost').length, 2);
});

test('a replay has the cost of the first response, and charges nothing', async (t) => {
	const host = await startCounting(t, () => cachedUsage);
	const { api, address, call } = await startWith(t, host, { pricesFile: pricesFile(t, gpt4o) });
	for (const save of [true, false]) {
		const sent = { ...call, save };
		const key = `save-${save}`;
		const first = await ask(address, sent, { key });
		const replay = await ask(address, sent, { key });
		assert.equal(replay.replayed, true);
		assert.equal(replay.text, first.text);
		assert.deepEqual(parseCost(first.headers.get('x-cost')), known);
		assert.deepEqual(parseCost(replay.headers.get('x-cost')), { ...known, charged: '0' });
		const stream = await (await send(address, { ...sent, stream: true }, { key })).text();
		assert.deepEqual(parseCost(/: X-Cost: (.*)\n/.exec(stream)?.[1]), { ...known, charged: '0' });
	}
	assert.equal((await logsOf(api)).length, 2);
});

test('a repeat that completes a response charges for the missing samples only', async (t) => {
	const answers = [cachedUsage, 400, cachedUsage];
	const host = await startCounting(t, () => answers.shift() ?? null, 1);
	const { api, address, call } = await startWith(t, host, { pricesFile: pricesFile(t, gpt4o) });
	const sent = { ...call, num_samples: 2 };
	const partial = await ask(address, sent, { key: 'k' });
	assert.equal(partial.body.data.length, 1);
	assert.deepEqual(parseCost(partial.headers.get('x-cost')), known);
	const whole = await ask(address, sent, { key: 'k' });
	assert.equal(whole.body.data.length, 2);
	const both = { prompt_cost: '0.0028', output_cost: '0.006', cached_tokens: '800', reasoning_tokens: '100' };
	assert.deepEqual(parseCost(whole.headers.get('x-cost')), { ...known, ...both });
	const replay = await ask(address, sent, { key: 'k' });
	assert.equal(replay.replayed, true);
	assert.deepEqual(parseCost(replay.headers.get('x-cost')), { ...known, ...both, charged: '0' });
	const costs = (await logsOf(api)).flatMap(({ prompt_cost, output_cost }) => [prompt_cost ?? 0, output_cost ?? 0]);
	assert.equal(Math.round(costs.reduce((sum, cost) => sum + cost, 0) * 1e9), 8_800_000);
});

test('what is not known says so, and is never 0', async (t) => {
	const host = await startCounting(t, () => cachedUsage);
	const unknown = {
		...known,
		prompt_cost: 'unknown',
		output_cost: 'unknown',
		charged: 'unknown',
	};
	// The host is not OpenAI's, so OpenAI's prices are not its own.
	const { api, address, call } = await startWith(t, host);
	assert.deepEqual(parseCost((await ask(address, call)).headers.get('x-cost')), unknown);
	const [log] = await logsOf(api);
	assert.deepEqual([log.prompt_cost, log.output_cost], [null, null]);
	const silent = await startCounting(t, () => null);
	const second = await startWith(t, silent, { pricesFile: pricesFile(t, gpt4o) });
	assert.deepEqual(parseCost((await ask(second.address, second.call)).headers.get('x-cost')), {
		...unknown,
		cached_tokens: 'unknown',
		cache_write_tokens: 'unknown',
		reasoning_tokens: 'unknown',
	});
});

test('the mock costs nothing that anybody knows, unless the operator says what', async (t) => {
	const call = { project: 'tickets', inputs: { ticket: 'x' } };
	const free = await startApi(t);
	const first = await free.post('/completion-model-config', { ...call, model_config_id: await free.config() });
	assert.equal(parseCost(String(first.headers['x-cost']))['charged'], 'unknown');
	const priced = await startApi(t, {
		pricesFile: pricesFile(t, [{ provider: 'mock', model: '*', usd_per_million_tokens: { prompt: 0, output: 0 } }]),
	});
	const second = await priced.post('/completion-model-config', { ...call, model_config_id: await priced.config() });
	assert.equal(parseCost(String(second.headers['x-cost']))['charged'], '0');
});

test('the sum of the costs in the logs is the bill, however a host cuts a call into requests', async (t) => {
	const bill = { nanos: 0n };
	let usage = cachedUsage;
	const host = await startCounting(t, () => usage, 2);
	const entries = [
		{ provider: 'openai', model: 'gpt-4o', usd_per_million_tokens: { prompt: 2, output: 10, cached_prompt: 0.5 } },
	];
	const { api, address, call } = await startWith(t, host, { pricesFile: pricesFile(t, entries) });
	await fc.assert(
		fc.asyncProperty(
			fc.integer({ min: 1, max: 5 }),
			fc.integer({ min: 0, max: 10_000_000 }),
			fc.integer({ min: 0, max: 10_000_000 }),
			fc.integer({ min: 0, max: 10_000_000 }),
			fc.boolean(),
			async (samples, prompt, cached, completion, stream) => {
				usage = {
					...cachedUsage,
					prompt_tokens: prompt,
					completion_tokens: completion,
					prompt_tokens_details: { cached_tokens: Math.min(cached, prompt) },
				};
				// Each request pays for the prompt, and two samples come with each.
				const requests = BigInt(Math.ceil(samples / 2));
				const fromCache = BigInt(Math.min(cached, prompt));
				const paid = (BigInt(prompt) - fromCache) * 2000n + fromCache * 500n + BigInt(completion) * 10_000n;
				bill.nanos += requests * paid;
				const { status } = await ask(address, { ...call, num_samples: samples, stream });
				assert.equal(status, 200);
				const logs = await logsOf(api);
				const nanos = logs
					.flatMap((log) => [log.prompt_cost, log.output_cost])
					.reduce((sum, cost) => sum + BigInt(Math.round((cost ?? 0) * 1e9)), 0n);
				assert.equal(nanos, bill.nanos);
				const { records } = (await api.get('/usage')).body as unknown as { records: { cost: number }[] };
				assert.equal(BigInt(Math.round(records[0]!.cost * 1e9)), bill.nanos);
			},
		),
		{ numRuns: 25 },
	);
});

const tokens = {
	promptTokens: 1_000,
	generationTokens: 500,
	cachedPromptTokens: 200,
	cacheWriteTokens: 100,
	reasoningTokens: 0,
};

test('published prices know models by their providers, and hosts by their addresses', () => {
	const prices = publishedPrices();
	const cost = (provider: string, model: string, baseUrl?: string) =>
		prices.costOf({ provider, baseUrl }, model, tokens, 1);
	const gpt = { prompt: 0.00225, output: 0.005 };
	assert.deepEqual(cost('openai', 'gpt-4o'), gpt);
	assert.deepEqual(cost('openai_azure', 'gpt-4o'), gpt);
	assert.deepEqual(cost('anthropic', 'claude-sonnet-4-5'), { prompt: 0.002535, output: 0.0075 });
	assert.ok(cost('google', 'gemini-2.5-pro'));
	assert.ok(cost('bedrock', 'anthropic.claude-3-5-sonnet-20241022-v2:0'));
	assert.ok(cost('openai', 'llama-3.3-70b-versatile', 'https://api.groq.com/openai/v1'));
	for (const [provider, model, baseUrl] of [
		['openai', 'gpt-4o', 'http://127.0.0.1:11434/v1'],
		['openai', 'no-such-model'],
		['no-such-provider', 'gpt-4o'],
		['mock', 'mock-1'],
		['replicate', 'meta/llama'],
	] as const) {
		assert.equal(cost(provider, model, baseUrl), undefined, `${provider} ${model}`);
	}
});

test('the price of long prompts is that of one request, not of all together', () => {
	const prices = publishedPrices();
	const usage = { ...tokens, promptTokens: 300_000, cachedPromptTokens: 0, cacheWriteTokens: 0 };
	const cost = (requests: number) => prices.costOf({ provider: 'google' }, 'gemini-2.5-pro', usage, requests)!;
	assert.equal(cost(1).prompt, 0.75);
	assert.equal(cost(3).prompt, 0.375);
});

test("the operator's prices come before the published ones; a model is also known by the name in the response", async () => {
	const prices = { prompt: dollars.prompt, output: dollars.output, cachedPrompt: 2, cacheWrite: 2 };
	const own = [
		{ provider: 'openai', model: 'gpt-4o', prices },
		{ provider: 'openai', model: 'our-*', prices: { prompt: 0, output: 0, cachedPrompt: 0, cacheWrite: 0 } },
		{ provider: 'openai', model: 'our-best-*', prices },
		{ provider: 'openai_azure', model: 'gpt-4o-2024-08-06', prices },
	];
	const all = new Prices(own, async () => publishedPrices());
	const cost = async (provider: string, model: string, named?: string) =>
		(await all.of({ provider }, model))({ usage: tokens, responses: named === undefined ? [{}] : [{ model: named }] });
	const ownCost = { prompt: 0.002, output: 0.005 };
	assert.deepEqual(await cost('openai', 'gpt-4o'), ownCost);
	// A deployment has a name of its own.
	assert.deepEqual(await cost('openai_azure', 'my-deployment', 'gpt-4o-2024-08-06'), ownCost);
	assert.deepEqual(await cost('openai_azure', 'my-deployment', 'gpt-4o-mini'), { prompt: 0.000135, output: 0.0003 });
	assert.deepEqual(await cost('openai', 'gpt-4o-mini'), { prompt: 0.000135, output: 0.0003 });
	assert.deepEqual(await cost('openai', 'our-model'), { prompt: 0, output: 0 });
	assert.deepEqual(await cost('openai', 'our-best-model'), ownCost);
	assert.equal(await cost('openai', 'their-model'), null);
	assert.equal(await cost('anthropic', 'no-such-model'), null);
});

test('a file of prices that cannot be used ends the start, and says why', async (t) => {
	const entry = gpt4o[0]!;
	for (const [content, problem] of [
		['{', /PRICES_FILE \(.*\) cannot be read: /],
		[
			[{ ...entry, usd_per_million_tokens: { prompt: -1, output: 1 } }],
			/entries\.0\.usd_per_million_tokens\.prompt: .*0/,
		],
		[[{ ...entry, usd_per_million_tokens: { prompt: 1 } }], /entries\.0\.usd_per_million_tokens\.output: /],
		[[{ ...entry, price: 1 }], /entries\.0\.price: /],
		[[entry, entry], /entries\.1: the model "gpt-4o" of "openai" has a price already\./],
	] as const) {
		await assert.rejects(startApi(t, { pricesFile: pricesFile(t, content) }), problem);
	}
});
