import assert from 'node:assert/strict';
import test, { type TestContext } from 'node:test';
import type { BudgetResponse } from '../src/contract/budgets.ts';
import { Budgets } from '../src/domain/budgets/budgets.ts';
import type { Store } from '../src/domain/store.ts';
import { type HostUsage, pricesFile, startCounting } from './costCalls.ts';
import { startHost } from './host.ts';
import { makeKey, send as sendWith } from './keyRequests.ts';
import { start } from './process.ts';
import { ask, send, startWith, until } from './provider.ts';
import { type Api, apiKey, request, startApi, tempDir } from './setup.ts';
import { execute, notOnPglite } from './storage/storage.ts';

const dollars = { prompt: 1, output: 10 };
const priced = [{ provider: 'openai', model: 'gpt-4o', usd_per_million_tokens: dollars, context_window: 10_000 }];

/** $0.0031: 100 tokens at $1 and 300 at $10 for a million. */
const hostUsage: HostUsage = { prompt_tokens: 100, completion_tokens: 300 };
const costOfOne = 0.0031;

type Limit = { api_key?: string; project_id?: string; period?: string; limit?: number };

async function setBudget(address: string, limit: Limit): Promise<BudgetResponse> {
	const { status, body } = await sendWith(address, apiKey, 'PUT', '/budgets', { period: 'day', limit: 1, ...limit });
	assert.equal(status, 200, JSON.stringify(body));
	return body as unknown as BudgetResponse;
}

async function budgetOf(api: Api, id: string): Promise<BudgetResponse> {
	const { status, body, text } = await api.get(`/budgets/${id}`);
	assert.equal(status, 200, text);
	return body as unknown as BudgetResponse;
}

async function projectOf(api: Api): Promise<string> {
	return String((await api.get('/projects?filter=tickets')).body.records[0].id);
}

/** A server, a host that answers with that usage, and a config of at most 400 tokens. */
async function startPriced(t: TestContext, usage: () => HostUsage | number | null = () => hostUsage, more = {}) {
	const host = await startCounting(t, usage);
	const started = await startWith(t, host, { pricesFile: pricesFile(t, priced), ...more });
	const id = await started.api.config({ ...config, max_tokens: 400 });
	return { ...started, host, call: { ...started.call, model_config_id: id } };
}

const config = { provider: 'openai', model: 'gpt-4o', prompt_template: '{{what}}' };

test('a budget counts what calls cost, and a call that could exceed it is a 402 that says all', async (t) => {
	let now = Date.parse('2026-11-30T23:00:00Z');
	const { api, address, call, host } = await startPriced(t, undefined, { now: () => now });
	const budget = await setBudget(address, { api_key: 'HUMANLOOP_API_KEY', limit: 0.01 });
	assert.deepEqual([budget.api_key, budget.api_key_id, budget.project_id], ['HUMANLOOP_API_KEY', null, null]);
	assert.equal((await ask(address, call, { key: 'one' })).status, 200);
	const one = await budgetOf(api, budget.id);
	assert.deepEqual([one.spent, one.reserved, one.remaining], [costOfOne, 0, 0.0069]);
	assert.equal((await ask(address, call)).status, 200);
	const refused = await ask(address, call, { key: 'two' });
	assert.equal(refused.status, 402);
	assert.equal(refused.body.detail.type, 'payment_required_error');
	assert.match(
		refused.body.detail.message,
		/^The budget of the API key "HUMANLOOP_API_KEY" for a day has \$0\.0038 of \$0\.01 left, and this call could cost \$0\.00\d+\. \$0\.0062 is spent, and \$0\.00 is reserved for calls that run\. The budget renews at 2026-12-01T00:00:00\.000Z\.$/,
	);
	assert.equal(refused.shouldRetry, 'false');
	assert.equal(host.state.calls, 2);
	// A replay is free, also when nothing is left.
	const replay = await ask(address, call, { key: 'one' });
	assert.deepEqual([replay.status, replay.replayed], [200, true]);
	const stream = await ask(address, { ...call, stream: true });
	assert.deepEqual([stream.status, stream.shouldRetry], [402, 'false']);
	now += 60 * 60 * 1000;
	assert.equal((await ask(address, call, { key: 'two' })).status, 200);
	const renewed = await budgetOf(api, budget.id);
	assert.deepEqual([renewed.period_start, renewed.spent, renewed.reserved], ['2026-12-01', costOfOne, 0]);
	assert.equal((await execute(api.dataDir, 'select * from budget_reservations')).length, 1);
});

test('calls at the same moment never spend more than the budget', async (t) => {
	const { api, address, call, host } = await startPriced(t);
	const day = await setBudget(address, { api_key: 'HUMANLOOP_API_KEY', limit: 0.1 });
	const month = await setBudget(address, { project_id: await projectOf(api), period: 'month', limit: 0.08 });
	const statuses = await Promise.all(Array.from({ length: 60 }, async () => (await ask(address, call)).status));
	const answered = statuses.filter((status) => status === 200).length;
	assert.equal(statuses.filter((status) => status === 402).length, 60 - answered);
	assert.ok(answered > 5 && answered < 60, String(answered));
	assert.equal(host.state.calls, answered);
	for (const { id, limit } of [day, month]) {
		const { spent, reserved } = await budgetOf(api, id);
		assert.deepEqual([spent, reserved], [Math.round(answered * costOfOne * 1e9) / 1e9, 0]);
		assert.ok(spent <= limit);
	}
});

test('what nobody can bound is refused while a budget holds, and says what to set', async (t) => {
	const { api, address, call, host } = await startPriced(t);
	const budget = await setBudget(address, { project_id: await projectOf(api) });
	const unlimited = { ...call, model_config_id: await api.config({ ...config, max_tokens: -1 }) };
	assert.equal((await ask(address, unlimited)).status, 200, 'its context window is known');
	const model = { provider: 'openai', model: 'unknown-1', prompt_template: 'x' };
	const unpriced = { ...call, model_config_id: await api.config(model) };
	const refused = await ask(address, unpriced);
	assert.equal(refused.status, 402);
	assert.match(
		refused.body.detail.message,
		/The price of the model "unknown-1" is not known\. Set it in PRICES_FILE\.$/,
	);
	assert.equal(host.state.calls, 1);
	assert.equal((await sendWith(address, apiKey, 'DELETE', `/budgets/${budget.id}`)).status, 200);
	assert.equal((await ask(address, unpriced)).status, 200);
});

test('a price without the limit of the model needs max_tokens, and images need the limit', async (t) => {
	const host = await startCounting(t, () => hostUsage);
	const prices = [{ provider: 'openai', model: 'gpt-4o', usd_per_million_tokens: dollars }];
	const { api, address, call } = await startWith(t, host, { pricesFile: pricesFile(t, prices) });
	await setBudget(address, { project_id: await projectOf(api) });
	assert.match((await ask(address, call)).body.detail.message, /Set max_tokens of the model config/);
	const content = [{ type: 'image_url', image_url: { url: 'https://example.com/a.png' } }];
	const chat = { provider: 'openai', model: 'gpt-4o', max_tokens: 10, chat_template: [] };
	const body = { project: 'tickets', model_config: chat, messages: [{ role: 'user', content }] };
	const withImage = await ask(address, body, { path: '/chat' });
	assert.equal(withImage.status, 402);
	assert.match(withImage.body.detail.message, /The prompt has images/);
	assert.equal(host.state.calls, 0);
});

test('a request that the provider refused is free; one that broke off counts with all it may have cost', async (t) => {
	const answers: (HostUsage | number | 'cut')[] = [429, hostUsage, 400, 'cut', hostUsage];
	const host = await startHost(t, (response) => {
		const answer = answers.shift() ?? hostUsage;
		if (answer === 'cut') {
			response.writeHead(200, { 'content-type': 'application/json', 'content-length': '1000' }).write('{');
			return setTimeout(() => response.destroy(), 20);
		}
		if (typeof answer === 'number') return response.writeHead(answer).end('{"error": {"message": "no"}}');
		const choices = [{ index: 0, message: { role: 'assistant', content: 'Hello' }, finish_reason: 'stop' }];
		response.setHeader('content-type', 'application/json');
		return response.end(JSON.stringify({ id: 'x', object: 'chat.completion', model: 'm', choices, usage: answer }));
	});
	const { api, address, call } = await startWith(t, host, { pricesFile: pricesFile(t, priced) });
	const budget = await setBudget(address, { project_id: await projectOf(api) });
	const limited = { ...call, model_config_id: await api.config({ ...config, max_tokens: 400 }) };
	assert.equal((await ask(address, limited)).status, 200);
	assert.equal((await budgetOf(api, budget.id)).spent, costOfOne);
	assert.equal((await ask(address, limited)).status, 400);
	assert.equal((await budgetOf(api, budget.id)).spent, costOfOne);
	assert.equal((await ask(address, limited)).status, 503);
	const { spent, reserved } = await budgetOf(api, budget.id);
	// 400 tokens at $10, and a prompt of more than a thousand bytes at $1.
	assert.ok(spent > costOfOne + 0.005 && spent < costOfOne + 0.006, String(spent));
	assert.equal(reserved, 0);
});

test('a call whose caller leaves counts with all it may have cost, and so does an answer without counts', async (t) => {
	const hung = Promise.withResolvers<void>();
	const host = await startHost(t, () => hung.resolve());
	const { api, address, call } = await startWith(t, host, { pricesFile: pricesFile(t, priced) });
	const budget = await setBudget(address, { project_id: await projectOf(api) });
	const caller = new AbortController();
	const left = assert.rejects(send(address, call, { signal: caller.signal }));
	await hung.promise;
	const { reserved } = await budgetOf(api, budget.id);
	assert.ok(reserved > 0.1 && reserved < 0.12, String(reserved));
	caller.abort();
	await left;
	await until(async () => (await budgetOf(api, budget.id)).reserved === 0);
	assert.equal((await budgetOf(api, budget.id)).spent, reserved);
	const silent = await startPriced(t, () => null);
	const other = await setBudget(silent.address, { project_id: await projectOf(silent.api) });
	assert.equal((await ask(silent.address, silent.call)).status, 200);
	const after = await budgetOf(silent.api, other.id);
	assert.ok(after.spent > 0.005 && after.spent < 0.006 && after.reserved === 0, String(after.spent));
});

test('samples that came count with their cost, and those that are missing with what they may have cost', async (t) => {
	const answers: (HostUsage | number)[] = [hostUsage, 400];
	const host = await startCounting(t, () => answers.shift() ?? hostUsage, 1);
	const { api, address, call } = await startWith(t, host, { pricesFile: pricesFile(t, priced) });
	const budget = await setBudget(address, { project_id: await projectOf(api) });
	const sent = { ...call, model_config_id: await api.config({ ...config, max_tokens: 400 }), num_samples: 2 };
	assert.equal((await ask(address, sent, { key: 'k' })).body.data.length, 1);
	assert.equal((await budgetOf(api, budget.id)).spent, costOfOne);
	assert.equal((await ask(address, sent, { key: 'k' })).body.data.length, 2);
	const { spent, reserved } = await budgetOf(api, budget.id);
	assert.deepEqual([spent, reserved], [2 * costOfOne, 0]);
});

test('samples that came before the caller left count too', async (t) => {
	const hung = Promise.withResolvers<void>();
	const silent = await startHost(t, (response) => {
		if (silent.state.calls > 1) return hung.resolve();
		const choices = [{ index: 0, message: { role: 'assistant', content: 'Hello' }, finish_reason: 'stop' }];
		response.setHeader('content-type', 'application/json');
		return response.end(JSON.stringify({ id: 'x', object: 'chat.completion', model: 'm', choices, usage: hostUsage }));
	});
	const { api, address, call } = await startWith(t, silent, { pricesFile: pricesFile(t, priced) });
	const budget = await setBudget(address, { project_id: await projectOf(api) });
	const sent = { ...call, model_config_id: await api.config({ ...config, max_tokens: 400 }), num_samples: 2 };
	const caller = new AbortController();
	const left = assert.rejects(send(address, sent, { signal: caller.signal }));
	await hung.promise;
	const { reserved } = await budgetOf(api, budget.id);
	caller.abort();
	await left;
	await until(async () => (await budgetOf(api, budget.id)).reserved === 0);
	// The second sample may have cost half of what was reserved, and the first one was paid for.
	const { spent } = await budgetOf(api, budget.id);
	assert.ok(spent >= reserved / 2 + costOfOne && spent <= reserved, `$${spent} of $${reserved}`);
});

test('a budget follows its key through rotation, and other keys are not limited by it', async (t) => {
	const { api, address, call } = await startPriced(t);
	const key = await makeKey(address, 'workflows', 'run');
	await makeKey(address, 'others', 'run');
	const budget = await setBudget(address, { api_key: 'workflows', limit: 0.006 });
	assert.deepEqual([budget.api_key, budget.api_key_id], ['workflows', key.id]);
	assert.equal((await ask(address, call, { apiKey: key.key })).status, 200);
	const rotated = (await sendWith(address, apiKey, 'POST', '/keys/workflows/rotate', {})).body;
	const refused = await ask(address, call, { apiKey: rotated.key });
	assert.equal(refused.status, 402);
	assert.match(refused.body.detail.message, /^The budget of the API key "workflows" for a day has \$0\.0029 /);
	assert.equal((await ask(address, call)).status, 200);
	assert.deepEqual((await budgetOf(api, budget.id)).api_key_id, rotated.id);
	const raised = await setBudget(address, { api_key: key.id, limit: 1 });
	assert.deepEqual([raised.id, raised.limit, raised.spent], [budget.id, 1, costOfOne]);
	assert.equal((await ask(address, call, { apiKey: rotated.key })).status, 200);
	const { body } = await api.get('/audit');
	const actions = (body.records as unknown as { action: string }[]).map(({ action }) => action);
	assert.equal(actions.filter((action) => action === 'budget.set').length, 2);
});

test('a call that died stays reserved, and counts as spent when it must have ended', async (t) => {
	let now = Date.parse('2026-11-30T12:00:00Z');
	const { api, address, call } = await startPriced(t, undefined, { now: () => now, providerTimeoutMs: 10_000 });
	const budget = await setBudget(address, { project_id: await projectOf(api), limit: 1 });
	const dead = `insert into budget_reservations values ('dead', '${budget.id}', '2026-11-30', 990000000, null,
		'2026-11-30T12:05:00.000Z')`;
	await execute(api.dataDir, `${dead}; update budgets set reserved_nanos = 990000000`);
	assert.equal((await ask(address, call)).status, 200);
	const running = await budgetOf(api, budget.id);
	assert.deepEqual([running.spent, running.reserved], [costOfOne, 0.99]);
	now += 6 * 60 * 1000;
	const ended = await budgetOf(api, budget.id);
	assert.deepEqual([ended.spent, ended.reserved], [0.9931, 0]);
	assert.equal((await ask(address, call)).status, 200);
	assert.equal((await budgetOf(api, budget.id)).spent, 0.9962);
	assert.equal((await ask(address, call)).status, 402);
});

test('a killed server leaves its reservation, and the next one counts it', notOnPglite, async (t) => {
	const asked = Promise.withResolvers<void>();
	const host = await startHost(t, () => asked.resolve());
	const env = { DATA_DIR: tempDir(t), OPENAI_BASE_URL: host.url, PRICES_FILE: pricesFile(t, priced) };
	const own = { ...env, HUMANLOOP_API_KEY: apiKey };
	const first = await start(t, own);
	const stored = (await (await request(first.address, '/model-configs', { ...config, project: 'tickets' })).json()) as {
		config: { id: string };
	};
	const budget = await setBudget(first.address, { api_key: 'HUMANLOOP_API_KEY', limit: 0.15 });
	const call = { model_config_id: stored.config.id, project: 'tickets', inputs: { what: 'hello' } };
	const died = assert.rejects(ask(first.address, call, { key: 'k' }));
	await asked.promise;
	first.child.kill('SIGKILL');
	await died;
	const second = await start(t, own);
	const { body } = await sendWith(second.address, apiKey, 'GET', `/budgets/${budget.id}`);
	const { reserved, spent } = body as unknown as BudgetResponse;
	assert.ok(reserved > 0.1 && spent === 0, JSON.stringify(body));
	assert.equal((await ask(second.address, call, { key: 'k' })).status, 402);
	assert.equal(host.state.calls, 1);
});

test('budgets are listed, and what cannot be set says why', async (t) => {
	const api = await startApi(t);
	const address = await api.listen();
	await api.config();
	const put = (body: object) => sendWith(address, apiKey, 'PUT', '/budgets', body);
	const project = await projectOf(api);
	await setBudget(address, { project_id: project });
	await setBudget(address, { api_key: 'HUMANLOOP_API_KEY', period: 'month', limit: 2.5 });
	const { body } = await api.get('/budgets?size=1&page=1');
	assert.deepEqual([body.total, (body.records[0] as unknown as BudgetResponse).limit], [2, 2.5]);
	assert.equal((await put({ period: 'day', limit: 1 })).status, 422);
	assert.equal((await put({ period: 'day', limit: 1, api_key: 'x', project_id: project })).status, 422);
	assert.equal((await put({ period: 'day', limit: -1, project_id: project })).status, 422);
	assert.equal((await put({ period: 'year', limit: 1, project_id: project })).status, 422);
	assert.equal((await put({ period: 'day', limit: 1, project_id: 'pr_x' })).status, 404);
	assert.equal((await put({ period: 'day', limit: 1, api_key: 'nobody' })).status, 404);
	assert.equal((await api.get('/budgets/budget_x')).status, 404);
	assert.equal((await sendWith(address, apiKey, 'DELETE', '/budgets/budget_x')).status, 404);
	assert.equal((await api.call('DELETE', `/projects/${project}`)).status < 300, true);
	assert.equal((await api.get('/budgets')).body.total, 1);
});

test('without a budget, a call asks the database for nothing', async () => {
	const asked: string[] = [];
	const store = new Proxy({} as Store, {
		get: (_, name) => () => (asked.push(String(name)), Promise.resolve([])),
	});
	const budgets = new Budgets(store, Date.now, 1_000);
	await budgets.look();
	const worstCase = () => Promise.reject(new Error('not needed'));
	const actor = { keyId: null, name: 'x' };
	const call = { actor, scope: 's', projectId: 'p', samples: 1, isSideBySide: false, worstCase };
	assert.equal(await budgets.reserve(call), undefined);
	assert.deepEqual(asked, ['budgets']);
	await budgets.close();
});
