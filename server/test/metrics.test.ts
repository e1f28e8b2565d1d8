import assert from 'node:assert/strict';
import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import test from 'node:test';
import { parse } from 'yaml';
import type { AppOptions } from '../src/app.ts';
import { run, start } from './process.ts';
import { pricesFile } from './costCalls.ts';
import { ask, send, startPausing, startProvider, startWith, until } from './provider.ts';
import { apiKey, type Api, readEvents, startApi, tempDir } from './setup.ts';
import { lock } from './storage/disturb.ts';
import { onlyOnSqlite } from './storage/storage.ts';

const token = 'token-of-prometheus-in-these-tests';

async function read(api: Api, authorization?: string) {
	const headers = authorization === undefined ? {} : { authorization };
	const response = await api.app.inject({ method: 'GET', url: '/metrics', headers });
	return { status: response.statusCode, type: response.headers['content-type'], text: response.payload };
}

/** The value of one series, for example `a_total{b="c"}`. */
async function valueOf(api: Api, series: string): Promise<number | undefined> {
	const line = (await read(api)).text.split('\n').find((text) => text.startsWith(`${series} `));
	return line === undefined ? undefined : Number(line.slice(series.length + 1));
}

/** Waits for a value: a request is counted when its connection is done with it, which can be after its caller has the response. */
async function untilValue(api: Api, series: string, wanted: number): Promise<void> {
	await until(async () => (await valueOf(api, series)) === wanted).catch(async () =>
		assert.equal(await valueOf(api, series), wanted, series),
	);
}

test('calls, tokens, retries, replays and failures are counted by route, provider and model', async (t) => {
	const provider = await startProvider(t);
	const { api, address, call } = await startWith(t, provider);
	const route = '/v4/completion-model-config';
	provider.next(503);
	assert.equal((await ask(address, call, { key: 'one' })).status, 200);
	assert.equal((await ask(address, call, { key: 'one' })).replayed, true);
	assert.equal((await readEvents(await send(address, { ...call, stream: true }))).broken, undefined);
	provider.next(400);
	assert.equal((await ask(address, call)).status, 400);
	const model = 'provider="openai",model="gpt-4o"';
	for (const [series, wanted] of [
		[`humanloop_http_requests_total{method="POST",route="${route}",status="200"}`, 3],
		[`humanloop_http_requests_total{method="POST",route="${route}",status="400"}`, 1],
		[`humanloop_http_request_duration_seconds_count{method="POST",route="${route}"}`, 4],
		[`humanloop_replays_total{route="${route}"}`, 1],
		[`humanloop_provider_requests_total{${model},outcome="success"}`, 2],
		[`humanloop_provider_requests_total{${model},outcome="service_unavailable_error"}`, 1],
		[`humanloop_provider_requests_total{${model},outcome="bad_request_error"}`, 1],
		[`humanloop_provider_request_duration_seconds_count{${model}}`, 4],
		[`humanloop_provider_time_to_first_chunk_seconds_count{${model}}`, 1],
		[`humanloop_provider_retries_total{${model}}`, 1],
		[`humanloop_tokens_total{${model},type="input"}`, 10],
		[`humanloop_tokens_total{${model},type="output"}`, 18],
		['humanloop_calls_in_flight', 0],
		['humanloop_paid_responses_waiting', 0],
	] as const) {
		await untilValue(api, series, wanted);
	}
	// The config, each new response, the error's log, and what the server deletes when it starts. The search index writes too.
	for (const series of ['humanloop_commit_duration_seconds_count', 'humanloop_commit_group_size_sum'])
		assert.ok(((await valueOf(api, series)) as number) >= 5, series);
	assert.equal(
		await valueOf(api, 'humanloop_rejections_total{reason="invalid"}'),
		undefined,
		'the provider refused it',
	);
});

test('calls in flight and those that wait for a duplicate are told while they last', async (t) => {
	const provider = await startPausing(t);
	const { api, address, call } = await startWith(t, provider);
	const calls = [ask(address, call, { key: 'same' }), ask(address, call, { key: 'same' })];
	await until(async () => provider.state.calls === 1 && (await valueOf(api, 'humanloop_calls_waiting')) === 1);
	assert.equal(await valueOf(api, 'humanloop_calls_in_flight'), 2);
	assert.ok((await valueOf(api, 'humanloop_memory_in_use_bytes'))! > 0);
	provider.goOn();
	assert.deepEqual(
		(await Promise.all(calls)).map(({ status }) => status),
		[200, 200],
	);
	await untilValue(api, 'humanloop_calls_in_flight', 0);
	await untilValue(api, 'humanloop_calls_waiting', 0);
});

test('each reason to reject a request is counted', async (t) => {
	const provider = await startPausing(t);
	const { api, address, call } = await startWith(t, provider, { maxInFlight: 1, maxWrongKeys: 1, bodyLimit: 10_000 });
	const running = ask(address, call);
	await until(() => provider.state.calls === 1);
	const statuses = [
		(await ask(address, call)).status,
		(await ask(address, call, { apiKey: '' })).status,
		(await ask(address, call, { apiKey: 'wrong' })).status,
		(await ask(address, call, { apiKey: 'wrong again' })).status,
		(await api.post('/model-configs', '{')).status,
		(await api.post('/model-configs', {})).status,
		(await api.get('/logs/data_none')).status,
		(await api.get('/nowhere/at/all')).status,
		(await api.post('/logs', { output: 'x'.repeat(20_000) })).status,
	];
	assert.deepEqual(statuses, [503, 401, 401, 429, 400, 422, 404, 404, 413]);
	provider.goOn();
	assert.equal((await running).status, 200);
	for (const [reason, times] of Object.entries({
		too_many_calls: 1,
		missing_key: 1,
		wrong_key: 1,
		too_many_wrong_keys: 1,
		invalid: 2,
		not_found: 2,
		too_large: 1,
	})) {
		await untilValue(api, `humanloop_rejections_total{reason="${reason}"}`, times);
	}
	await untilValue(api, 'humanloop_http_requests_total{method="GET",route="none",status="404"}', 1);
	await untilValue(api, 'humanloop_http_requests_total{method="GET",route="/v4/logs/:id",status="404"}', 1);
});

test('a caller that disconnects is 499, and a stream that breaks has the status of its error', async (t) => {
	const provider = await startProvider(t);
	const { api, address, call } = await startWith(t, provider);
	await readEvents(await send(address, { ...call, inputs: { what: 'cut' }, stream: true }));
	const route = '/v4/completion-model-config';
	const series = (status: number) => `humanloop_http_requests_total{method="POST",route="${route}",status="${status}"}`;
	await untilValue(api, series(503), 1);
	const controller = new AbortController();
	const held = Promise.withResolvers<void>();
	provider.next(held.promise);
	const gone = send(address, call, { signal: controller.signal });
	await until(() => provider.calls() === 1);
	controller.abort();
	await assert.rejects(gone);
	await untilValue(api, series(499), 1);
	const canceled =
		'humanloop_provider_requests_total{provider="openai",model="gpt-4o",outcome="client_closed_request"}';
	await untilValue(api, canceled, 1);
	held.resolve();
});

test('writes that fail and paid responses that wait to be stored are told', onlyOnSqlite, async (t) => {
	const provider = await startProvider(t);
	const { api, address, call } = await startWith(t, provider, { busyTimeoutMs: 10 });
	const unlock = await lock(t, api.dataDir);
	const paid = ask(address, call);
	await untilValue(api, 'humanloop_paid_responses_waiting', 1);
	assert.equal((await ask(address, call)).status, 503);
	await untilValue(api, 'humanloop_rejections_total{reason="database_unavailable"}', 1);
	assert.ok((await valueOf(api, 'humanloop_database_write_errors_total{kind="temporary"}'))! >= 1);
	await unlock();
	assert.equal((await paid).status, 200);
	await untilValue(api, 'humanloop_paid_responses_waiting', 0);
});

test('at most a hundred models have series of their own', async (t) => {
	const api = await startApi(t);
	for (let index = 0; index < 103; index += 1) {
		const config = await api.config({ model: `mock-${index}` });
		const response = await api.post('/completion-model-config', { model_config_id: config, inputs: { ticket: 'x' } });
		assert.equal(response.status, 200);
	}
	const series = 'humanloop_provider_requests_total{provider="mock",';
	await untilValue(api, `${series}model="other",outcome="success"}`, 3);
	const { text } = await read(api);
	assert.equal(text.split('\n').filter((line) => line.startsWith(series)).length, 101);
});

test('nothing secret is in the metrics: no key, no prompt, no output, no name of a project', async (t) => {
	const provider = await startProvider(t, 'canary-output');
	const key = 'sk-canary-0123456789';
	const { api, address, call } = await startWith(t, provider);
	const project = 'canary-project';
	const config = await api.config({ project, provider: 'openai', model: 'gpt-4o', prompt_template: 'canary {{what}}' });
	const body = { ...call, model_config_id: config, project, provider_api_keys: { openai: key } };
	assert.equal((await ask(address, { ...body, inputs: { what: 'canary-input' } })).status, 200);
	provider.next({ status: 400, message: `wrong key ${key}` });
	assert.equal((await ask(address, body)).status, 400);
	assert.equal((await ask(address, body, { apiKey: 'canary-key' })).status, 401);
	assert.equal((await api.get('/logs/canary-id?search=canary')).status, 404);
	const { text, type } = await read(api);
	assert.match(String(type), /^text\/plain; version=0\.0\.4/);
	assert.match(text, /outcome="success"/);
	assert.ok(
		!text.includes('canary'),
		text.split('\n').find((line) => line.includes('canary')),
	);
	assert.ok(!text.includes(apiKey));
});

test('METRICS_TOKEN is needed where other machines can reach the server, and respected elsewhere', async (t) => {
	const startWithAccess = (options: Partial<AppOptions>) => startApi(t, options);
	assert.equal((await read(await startWithAccess({}))).status, 200);
	const closed = await read(await startWithAccess({ exposed: true }));
	assert.equal(closed.status, 401);
	assert.match(closed.text, /Other machines can reach this server, so its metrics need a token\. Set METRICS_TOKEN/);
	for (const exposed of [true, false]) {
		const api = await startWithAccess({ exposed, metricsToken: token });
		for (const [authorization, status] of [
			[undefined, 401],
			['Bearer', 401],
			[`Basic ${token}`, 401],
			[`Bearer ${token}x`, 401],
			[`Bearer ${apiKey}`, 401],
			[`Bearer ${token}`, 200],
			[`bearer ${token}`, 200],
		] as const) {
			const answer = await read(api, authorization);
			assert.equal(answer.status, status, authorization);
			assert.ok(!answer.text.includes(token));
		}
	}
});

test('a server as people start it: a token that is too short is named, a good one opens /metrics', async (t) => {
	const env = { HOST: '0.0.0.0', DATA_DIR: tempDir(t) };
	const refused = run(t, { ...env, PORT: '0', HUMANLOOP_API_KEY: 'x'.repeat(20), METRICS_TOKEN: 'short' });
	const closed: unknown[] = await once(refused.child, 'close');
	assert.equal(closed[0], 1);
	assert.match(refused.err(), /^METRICS_TOKEN is too short for HOST 0\.0\.0\.0/);
	const { address } = await start(t, { ...env, METRICS_TOKEN: token });
	const url = `http://127.0.0.1:${new URL(address).port}/metrics`;
	assert.equal((await fetch(url)).status, 401);
	const open = await fetch(url, { headers: { authorization: `Bearer ${token}` } });
	assert.equal(open.status, 200);
	const text = await open.text();
	for (const name of [
		'process_resident_memory_bytes',
		'nodejs_eventloop_lag_p99_seconds',
		'nodejs_heap_size_used_bytes',
	])
		assert.match(text, new RegExp(`^${name} [\\d.e+-]+$`, 'm'));
});

/** The first column of a table row, its type and its labels. */
const row = /^\| `(humanloop_\w+)` \| (\w+) \|([^|]*)\|/;

test('docs/metrics.md lists every metric with its type and its labels', async (t) => {
	const provider = await startProvider(t);
	const prices = [{ provider: 'mock', model: '*', usd_per_million_tokens: { prompt: 1, output: 2 } }];
	const { api, address, call } = await startWith(t, provider, {
		busyTimeoutMs: 10,
		pricesFile: pricesFile(t, prices),
	});
	provider.next(503);
	await ask(address, call, { key: 'one' });
	await ask(address, call, { key: 'one' });
	const priced = { ...call, model_config_id: await api.config(), inputs: { ticket: 'hello' } };
	assert.equal((await ask(address, priced)).status, 200);
	await readEvents(await send(address, { ...call, stream: true }));
	await ask(address, call, { reuseMaxAge: 60 });
	provider.next(503, 503, 503);
	const fallback = [{ provider: 'mock', model: 'mock-1' }];
	const config = { provider: 'openai', model: 'gpt-4o', other: { humanloop_server: { fallback } } };
	assert.equal((await ask(address, { ...priced, model_config_id: await api.config(config) })).status, 200);
	await api.get('/logs/none');
	await untilValue(api, 'humanloop_rejections_total{reason="not_found"}', 1);
	const payload = { api_key: 'HUMANLOOP_API_KEY', period: 'day', limit: 1 };
	await api.app.inject({ method: 'PUT', url: '/v4/budgets', headers: { 'x-api-key': apiKey }, payload });
	const { text } = await read(api);
	const types = [...text.matchAll(/^# TYPE (humanloop_\w+) (\w+)$/gm)].map(([, name, type]) => [name!, type!] as const);
	const labelsOf = (name: string) => {
		const series = new RegExp(`^${name}(?:_count)?\\{([^}]*)\\}`, 'm').exec(text)?.[1] ?? '';
		return [...series.matchAll(/(\w+)="/g)].map(([, label]) => label!);
	};
	const docs = readFileSync(new URL('../../docs/metrics.md', import.meta.url), 'utf8');
	const documented = docs
		.split('\n')
		.map((line) => row.exec(line))
		.filter((match) => match !== null)
		.map(([, name, type, labels]) => [name!, type!, [...labels!.matchAll(/`(\w+)`/g)].map(([, label]) => label!)]);
	const examples = docs.match(/```yaml\n[\s\S]*?```/g)!.map((block) => block.slice(8, -3));
	const known = new Set(documented.map(([name]) => name));
	for (const example of examples) {
		parse(example);
		for (const [name] of example.matchAll(/humanloop_\w+/g))
			assert.ok(known.has(name), `${name} is in an example only`);
	}
	// No write has failed here, so that metric has no series yet.
	const measured = types.map(([name, type]) => [
		name,
		type,
		name === 'humanloop_database_write_errors_total' ? ['kind'] : labelsOf(name),
	]);
	assert.deepEqual(documented, measured);
});
