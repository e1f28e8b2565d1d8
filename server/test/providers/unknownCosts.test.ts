import assert from 'node:assert/strict';
import test, { type TestContext } from 'node:test';
import { parseCost, pricesFile } from '../costCalls.ts';
import { startHost } from '../host.ts';
import { ask, logsOf, send, until } from '../provider.ts';
import { readEvents, startApi } from '../setup.ts';
import { startAnthropic } from './anthropicHost.ts';
import { budgetOf, setBudget, usageOf } from './chain.ts';

const usd = { prompt: 1, output: 10 };
const prices = ['openai', 'anthropic'].map((provider) => ({
	...{ provider, model: '*', usd_per_million_tokens: usd, context_window: 9_000 },
}));

async function startPriced(t: TestContext, provider: 'openai' | 'anthropic', url: string, other: object = {}) {
	const settings = { apiKey: 'sk-canary', baseUrl: url };
	const providers = { openai: settings, anthropic: settings };
	const api = await startApi(t, { providers, pricesFile: pricesFile(t, prices), backoffMs: 5 });
	const model = provider === 'openai' ? 'gpt-4o' : 'claude-sonnet-4-5';
	const id = await api.config({ provider, model, prompt_template: 'x', max_tokens: 100, other });
	const address = await api.listen();
	await setBudget(address, 1);
	return { api, address, call: { model_config_id: id, project: 'tickets' } };
}

async function untilSettled(api: Awaited<ReturnType<typeof startApi>>) {
	await until(async () => (await budgetOf(api)).reserved === 0);
	return (await budgetOf(api)).spent;
}

for (const stream of [false, true]) {
	test(`the cost of a sample beside one that broke off is not known (${stream ? 'stream' : 'plain'})`, async (t) => {
		const broken = await startHost(t, (response, body) => {
			const isFirst = broken.state.calls === 1;
			const head = { id: 'x', created: 1, model: 'gpt-4o' };
			const usage = { prompt_tokens: 10, completion_tokens: 4, total_tokens: 14 };
			if ((JSON.parse(body) as { stream?: boolean }).stream !== true) {
				response.setHeader('content-type', 'application/json');
				if (!isFirst) return response.write('{"id"', () => response.destroy());
				const choices = [{ index: 0, message: { role: 'assistant', content: 'One' }, finish_reason: 'stop' }];
				return response.end(JSON.stringify({ ...head, choices, usage }));
			}
			response.setHeader('content-type', 'text/event-stream');
			const write = (more: object, then?: () => void) =>
				response.write(`data: ${JSON.stringify({ ...head, ...more })}\n\n`, then);
			const choices = (content: string, finish: string | null) => [
				{ index: 0, delta: { content }, finish_reason: finish },
			];
			if (!isFirst) return write({ choices: choices('Tw', null) }, () => response.destroy());
			write({ choices: choices('One', 'stop'), usage });
			return response.end('data: [DONE]\n\n');
		});
		const { api, address, call } = await startPriced(t, 'openai', broken.url);
		const { text, headers } = await ask(address, { ...call, num_samples: 2, stream });
		const cost = parseCost(stream ? /: X-Cost: (.*)\n/.exec(text)?.[1] : headers.get('x-cost'));
		assert.deepEqual([cost['prompt_cost'], cost['charged']], ['unknown', 'unknown']);
		assert.deepEqual(
			(await logsOf(api)).map((log) => log.prompt_cost),
			[null, null],
		);
		const [usage] = await usageOf(api);
		assert.deepEqual([usage?.calls, usage?.unpriced_calls, usage?.cost], [1, 1, null]);
		// Two samples of 100 tokens at $10, and their prompts.
		assert.ok((await untilSettled(api)) > 0.004, 'the budget counts all that both may have cost');
	});
}

test('the same for samples that stream side by side: the budget counts what was reserved', async (t) => {
	const host = await startAnthropic(t, { steps: [{ text: 'One' }, { cutAfter: 'Two and' }], together: 2 });
	const { api, address, call } = await startPriced(t, 'anthropic', host.url);
	const single = await startPriced(t, 'anthropic', (await startAnthropic(t, { steps: [{ cutAfter: 'One' }] })).url);
	await readEvents(await send(single.address, { ...single.call, stream: true }));
	const ofOne = await untilSettled(single.api);
	const { text } = await ask(address, { ...call, num_samples: 2, stream: true });
	assert.equal(parseCost(/: X-Cost: (.*)\n/.exec(text)?.[1])['charged'], 'unknown');
	assert.ok((await logsOf(api)).every((log) => log.prompt_cost === null));
	assert.equal((await untilSettled(api)).toFixed(9), (2 * ofOne).toFixed(9));
});

test('samples side by side of which one broke off and another was refused: the cost is not known', async (t) => {
	let calls = 0;
	const host = await startHost(t, (response) => {
		calls += 1;
		response.setHeader('content-type', 'application/json');
		if (calls === 1) {
			response.statusCode = 400;
			return response.end(JSON.stringify({ type: 'error', error: { type: 'x', message: 'no' } }));
		}
		const message = {
			id: 'm',
			type: 'message',
			role: 'assistant',
			model: 'claude-sonnet-4-5',
			stop_reason: 'end_turn',
		};
		const whole = JSON.stringify({
			...message,
			content: [{ type: 'text', text: 'One' }],
			usage: { input_tokens: 1, output_tokens: 1 },
		});
		return calls === 2
			? response.end(whole)
			: response.write(whole.slice(0, 9), () => setTimeout(() => response.destroy(), 200));
	});
	const { api, address, call } = await startPriced(t, 'anthropic', host.url);
	const { headers, body } = await ask(address, { ...call, num_samples: 3 });
	assert.equal(body.data.length, 1);
	assert.equal(parseCost(headers.get('x-cost'))['charged'], 'unknown');
	assert.equal((await logsOf(api))[0].prompt_cost, null);
});

test('a call whose caller leaves in the middle of a stream counts as one whose cost is not known', async (t) => {
	const host = await startHost(t, (response) => {
		response.setHeader('content-type', 'text/event-stream');
		const choices = [{ index: 0, delta: { content: 'One' }, finish_reason: null }];
		response.write(`data: ${JSON.stringify({ id: 'x', model: 'gpt-4o', choices })}\n\n`);
	});
	const { api, address, call } = await startPriced(t, 'openai', host.url);
	for (let left = 1; left <= 2; left += 1) {
		const leaving = new AbortController();
		const response = await send(address, { ...call, stream: true }, { signal: leaving.signal });
		await response.body!.getReader().read();
		leaving.abort();
		await until(async () => (await usageOf(api))[0]?.calls === left);
		const [usage] = await usageOf(api);
		assert.deepEqual([usage?.provider, usage?.failed_calls, usage?.cost], ['openai', left, null]);
	}
	assert.ok((await untilSettled(api)) > 0.004);
	assert.equal((await logsOf(api)).length, 0);
});

for (const [provider, other] of [
	['openai', { service_tier: 'priority' }],
	['anthropic', { speed: 'fast' }],
] as const) {
	test(`while a budget holds, ${JSON.stringify(other)} is a 402, as nobody knows its price`, async (t) => {
		const host = await startHost(t, (response) => response.destroy());
		const { address, call } = await startPriced(t, provider, host.url, other);
		const { status, body } = await ask(address, call);
		assert.equal(status, 402);
		const [[key, value]] = Object.entries(other) as [[string, string]];
		assert.ok(
			body.detail.message.includes(
				`The price of "${key}": "${value}" in the "other" of the model config is not known.`,
			),
		);
		assert.equal(host.state.calls, 0);
	});
}
