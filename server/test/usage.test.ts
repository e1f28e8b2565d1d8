import assert from 'node:assert/strict';
import test, { type TestContext } from 'node:test';
import type { UsageResponse } from '../src/contract/usage.ts';
import { gpt4o, type HostUsage, pricesFile, startCounting } from './costCalls.ts';
import { makeKey, send as sendWithKey } from './keyRequests.ts';
import { ask, send, startWith } from './provider.ts';
import { type Api, apiKey, startApi } from './setup.ts';

type Counted = Omit<UsageResponse, 'median_latency' | 'p95_latency'>;
type Usage = { records: Counted[]; page: number; size: number; total: number };

const hostUsage = { prompt_tokens: 1_000, completion_tokens: 300, prompt_tokens_details: { cached_tokens: 400 } };

/** What one call costs and counts with that usage. */
const one = {
	calls: 1,
	failed_calls: 0,
	unpriced_calls: 0,
	prompt_tokens: 1_000,
	output_tokens: 300,
	cached_tokens: 400,
	cache_write_tokens: 0,
	reasoning_tokens: 0,
	prompt_cost: 0.0014,
	output_cost: 0.003,
	cost: 0.0044,
};

/** The same for several calls. */
function times(calls: number) {
	return Object.fromEntries(
		Object.entries(one).map(([name, value]) => [name, Math.round(value * calls * 1e9) / 1e9]),
	) as typeof one;
}

/** How long calls take is not the same twice. `usageLatency.test.ts` is about that. */
function withoutLatencies({ median_latency, p95_latency, ...others }: UsageResponse): Counted {
	const isKnown = others.calls > others.failed_calls;
	assert.deepEqual([typeof median_latency, typeof p95_latency], Array(2).fill(isKnown ? 'number' : 'object'));
	return others;
}

async function usageOf(api: Api, query = ''): Promise<Usage> {
	const { status, body, text } = await api.get(`/usage${query}`);
	assert.equal(status, 200, text);
	const { records, ...paging } = body as unknown as Omit<Usage, 'records'> & { records: UsageResponse[] };
	return { ...paging, records: records.map(withoutLatencies) };
}

async function startPriced(t: TestContext, usageOfHost: () => HostUsage | number = () => hostUsage) {
	const host = await startCounting(t, usageOfHost);
	return await startWith(t, host, { pricesFile: pricesFile(t, gpt4o) });
}

test('totals by project, version, environment, session, workflow, provider, model and day', async (t) => {
	const { api, address, call } = await startPriced(t);
	const today = new Date().toISOString().slice(0, 10);
	const inSession = await ask(address, { ...call, session_reference_id: 'a session' });
	await ask(address, { ...call, project: 'other', num_samples: 3 });
	const { body: deployed } = await ask(
		address,
		{ project: 'tickets', inputs: { what: 'x' } },
		{ path: '/completion-deployed' },
	);
	const origin = { 'x-call-origin': JSON.stringify({ workflow_id: 'wf1' }) };
	const { project_id } = (await ask(address, call)).body;
	await sendWithKey(address, apiKey, 'POST', '/completion-model-config', call, origin);
	assert.deepEqual((await usageOf(api)).records, [times(5)]);
	assert.deepEqual((await usageOf(api, '?group_by=project')).records, [
		{ project_id, project: 'tickets', ...times(4) },
		{ ...(await usageOf(api, '?group_by=project')).records[1], project: 'other', ...times(1) },
	]);
	const { records: byEnvironment } = await usageOf(api, '?group_by=environment');
	assert.deepEqual(byEnvironment, [
		{ environment: null, ...times(4) },
		{ environment: 'production', ...times(1) },
	]);
	const sessions = { session_id: inSession.body.session_id, session_reference_id: 'a session' };
	assert.deepEqual((await usageOf(api, '?group_by=session')).records, [{ ...sessions, ...one }]);
	assert.deepEqual((await usageOf(api, '?group_by=session&group_by=day&group_by=project')).records, [
		{ ...sessions, day: today, project_id, project: 'tickets', ...one },
	]);
	assert.deepEqual((await usageOf(api, '?group_by=workflow')).records, [
		{ workflow_id: null, ...times(4) },
		{ workflow_id: 'wf1', ...times(1) },
	]);
	const { model_config_id: config_id } = deployed.data[0];
	assert.deepEqual((await usageOf(api, '?group_by=config&group_by=model&group_by=provider')).records, [
		{ config_id, config: `gpt-4o ${config_id.slice(7, 12)}`, model: 'gpt-4o', provider: 'openai', ...times(5) },
	]);
	assert.deepEqual((await usageOf(api, `?group_by=day&project_id=${project_id}&from=${today}&to=${today}`)).records, [
		{ day: today, ...times(4) },
	]);
	assert.deepEqual((await usageOf(api, '?group_by=day&to=2020-01-01')).records, []);
	const nothing = (await usageOf(api, '?to=2020-01-01')).records[0]!;
	assert.deepEqual([nothing.calls, nothing.cost], [0, null]);
});

test('by API key, for admins', async (t) => {
	const { api, address, call } = await startPriced(t);
	const { key, id } = await makeKey(address, 'n8n', 'run');
	await ask(address, call, { apiKey: key });
	await ask(address, call, { apiKey: key });
	await ask(address, call);
	assert.deepEqual((await usageOf(api, '?group_by=api_key')).records, [
		{ api_key_id: id, api_key: 'n8n', ...times(2) },
		{ api_key_id: null, api_key: null, ...times(1) },
	]);
	const refused = await sendWithKey(address, key, 'GET', '/usage?group_by=api_key');
	assert.equal(refused.status, 403);
	assert.equal((await sendWithKey(address, key, 'GET', '/usage?group_by=day')).status, 200);
});

test('replays are not counted; failed calls and calls without a price are, and not as 0', async (t) => {
	const answers = [hostUsage, 400];
	const { api, address, call } = await startPriced(t, () => answers.shift() as HostUsage | number);
	await ask(address, call, { key: 'k' });
	assert.equal((await ask(address, call, { key: 'k' })).replayed, true);
	const mock = await api.config();
	await ask(address, { model_config_id: mock, project: 'tickets', inputs: { ticket: 'x' } });
	const failed = await ask(address, call);
	assert.notEqual(failed.status, 200);
	const { records } = await usageOf(api, '?group_by=provider');
	assert.deepEqual(records[0], { provider: 'openai', ...one, calls: 2, failed_calls: 1 });
	const [, unpriced] = records;
	assert.deepEqual(
		[unpriced?.provider, unpriced?.calls, unpriced?.unpriced_calls, unpriced?.cost, unpriced?.prompt_cost],
		['mock', 1, 1, null, null],
	);
});

test('totals stay when logs and the project are deleted; those of a session go with it', async (t) => {
	const { api, address, call } = await startPriced(t);
	const { body } = await ask(address, { ...call, session_reference_id: 's', user: 'ada@example.com' });
	await ask(address, call);
	assert.equal((await usageOf(api, '?group_by=session')).total, 1);
	assert.equal((await api.call('DELETE', `/logs?id=${body.data[0].id}`)).status, 204);
	assert.deepEqual((await usageOf(api, '?group_by=session')).records, []);
	assert.deepEqual((await usageOf(api)).records, [times(2)]);
	assert.equal((await api.call('DELETE', `/projects/${body.project_id}`)).status, 204);
	assert.deepEqual((await usageOf(api, '?group_by=project')).records, [
		{ project_id: body.project_id, project: null, ...times(2) },
	]);
	assert.deepEqual((await usageOf(api, `?project_id=${body.project_id}`)).records, [times(2)]);
});

test('pages, and what cannot be asked', async (t) => {
	const { api, address, call } = await startPriced(t);
	for (const project of ['a', 'b', 'c']) await ask(address, { ...call, project });
	const pages = [0, 1, 2].map((page) => usageOf(api, `?group_by=project&size=2&page=${page}`));
	const [first, second, third] = await Promise.all(pages);
	assert.deepEqual([first!.records.length, second!.records.length, third!.records.length], [2, 1, 0]);
	assert.deepEqual([first!.total, first!.size, second!.page], [3, 2, 1]);
	for (const [query, problem] of [
		['group_by=user', /project\|config\|environment/],
		[
			'group_by=session&group_by=model',
			/group_by \\"session\\" can have \\"project\\" and \\"day\\" beside it, not \\"model\\"/,
		],
		['from=2026-02-02&to=2026-02-01', /from \(2026-02-02\) is after to \(2026-02-01\)/],
		['from=yesterday', /from is neither a date/],
		['group_by=day&group_by=day', /group_by/],
		['page=-1', /page/],
		['other=1', /other/],
	] as const) {
		const { status, text } = await api.get(`/usage?${query}`);
		assert.equal(status, 422, query);
		assert.match(text, problem);
	}
	assert.equal((await api.get('/usage?project_id=pr_none')).status, 404);
});

test('a name with a NUL character, and a long one, are counted', async (t) => {
	const api = await startApi(t);
	const model = `m\0${'x'.repeat(500)}`;
	const id = await api.config({ model });
	const call = { model_config_id: id, project: 'tickets', inputs: { ticket: 'x' } };
	assert.equal((await api.post('/completion-model-config', call)).status, 200);
	const { records } = await usageOf(api, '?group_by=model');
	assert.equal(records[0]?.model?.replace('\ufffd', '\0'), model);
});

test('many calls at once count once each', async (t) => {
	const { api, address, call } = await startPriced(t);
	const count = 100;
	await Promise.all(
		Array.from({ length: count }, async (_, index) => {
			const response = await send(address, { ...call, session_reference_id: `s${index % 3}`, stream: index % 2 === 0 });
			assert.equal(response.status, 200);
			await response.text();
		}),
	);
	assert.deepEqual((await usageOf(api)).records, [times(count)]);
	const sessions = (await usageOf(api, '?group_by=session')).records;
	assert.deepEqual(sessions.map(({ calls }) => calls).sort(), [33, 33, 34]);
});
