import assert from 'node:assert/strict';
import test from 'node:test';
import type { BudgetResponse } from '../src/contract/budgets.ts';
import { Budgets } from '../src/domain/budgets/budgets.ts';
import type { Store } from '../src/domain/store.ts';
import { pricesFile, startCounting } from './costCalls.ts';
import { ask, startWith } from './provider.ts';
import { type Api, apiKey } from './setup.ts';

const price = { usd_per_million_tokens: { prompt: 1, output: 10 }, context_window: 10_000 };
const priced = [{ provider: 'openai', model: 'gpt-4o', ...price }];

/** The series of budgets, by their labels and names. */
async function gaugesOf({ app }: Api): Promise<Record<string, number>> {
	const { statusCode, payload } = await app.inject({ url: '/metrics' });
	assert.equal(statusCode, 200);
	const lines = [...payload.matchAll(/^humanloop_budget_(\w+)_usd\{budget="(\w+)",kind="(\w+)"\} (\S+)$/gm)];
	return Object.fromEntries(lines.map(([, name, id, kind, value]) => [`${id} ${kind} ${name}`, Number(value)]));
}

test('gauges of budgets are what the API says, also after the last call, in a new period and after a change', async (t) => {
	let now = Date.parse('2026-11-30T23:00:00Z');
	const host = await startCounting(t, () => ({ prompt_tokens: 100, completion_tokens: 300 }));
	const { api, address, call } = await startWith(t, host, { pricesFile: pricesFile(t, priced), now: () => now });
	assert.deepEqual(await gaugesOf(api), {});
	const first = await ask(address, call);
	const set = async (subject: object, limit: number) => {
		const headers = { 'x-api-key': apiKey };
		const payload = { ...subject, period: 'day', limit };
		const response = await api.app.inject({ method: 'PUT', url: '/v4/budgets', headers, payload });
		assert.equal(response.statusCode, 200, response.payload);
		return response.json<BudgetResponse>();
	};
	const budgets = [
		await set({ api_key: 'HUMANLOOP_API_KEY' }, 1),
		await set({ project_id: first.body.project_id }, 2.000000001),
	] as const;
	const expected = async () => {
		const { records } = (await api.get('/budgets')).body as unknown as { records: BudgetResponse[] };
		assert.equal(records.length, 2);
		const entries = records.flatMap(({ id, project_id, limit, spent, reserved, remaining }) =>
			Object.entries({ limit, spent, reserved, remaining }).map(
				([name, value]) => [`${id} ${project_id === null ? 'api_key' : 'project'} ${name}`, value] as const,
			),
		);
		return Object.fromEntries(entries);
	};
	assert.deepEqual(await gaugesOf(api), await expected());
	for (const key of ['one', 'two']) assert.equal((await ask(address, call, { key })).status, 200);
	const spent = await gaugesOf(api);
	assert.equal(spent[`${budgets[0].id} api_key spent`], 0.0062);
	assert.equal(spent[`${budgets[1].id} project reserved`], 0);
	assert.equal(spent[`${budgets[1].id} project remaining`], 1.993800001);
	assert.deepEqual(spent, await expected());
	await set({ api_key: 'HUMANLOOP_API_KEY' }, 5);
	now += 60 * 60 * 1000;
	const renewed = await gaugesOf(api);
	assert.deepEqual(
		['limit', 'spent', 'remaining'].map((name) => renewed[`${budgets[0].id} api_key ${name}`]),
		[5, 0, 5],
	);
	assert.deepEqual(renewed, await expected());
	assert.equal((await api.call('DELETE', `/budgets/${budgets[0].id}`)).status, 200);
	assert.deepEqual([...new Set(Object.keys(await gaugesOf(api)).map((name) => name.split(' ')[0]))], [budgets[1].id]);
});

test('a database that does not answer, or fails, does not hold up those who watch', async () => {
	for (const budgetAmounts of [
		() => new Promise<never>(() => undefined),
		() => Promise.reject(new Error('no database')),
	] as Store['budgetAmounts'][]) {
		const store = { budgets: async () => [{ id: 'budget_x' }], budgetAmounts } as unknown as Store;
		const budgets = new Budgets(store, Date.now, 1_000);
		await budgets.look();
		assert.deepEqual(await budgets.amounts(), []);
	}
});
