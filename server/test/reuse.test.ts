import assert from 'node:assert/strict';
import test, { type TestContext } from 'node:test';
import type { AppOptions } from '../src/app.ts';
import { newConfig } from '../src/domain/prompts/configs.ts';
import { migrate } from '../src/storage/migrations.ts';
import { openDatabase } from '../src/storage/openDatabase.ts';
import { startChatHost } from './chatHost.ts';
import { makeKey, send as sendWith } from './keyRequests.ts';
import { ask, logsOf, send, type Sent, until } from './provider.ts';
import { apiKey, type Body, readEvents, startApi, tempDir } from './setup.ts';
import { lock } from './storage/disturb.ts';
import { databaseUrlFor, execute, notOnPglite } from './storage/storage.ts';

const hour = 3600;
const openai = { provider: 'openai', model: 'gpt-4o' };
const tool = { name: 'find_order', description: 'Finds an order', parameters: { type: 'object', properties: {} } };

/** A server whose provider says something else each time, and a call of a completion and of a chat. */
async function setUp(t: TestContext, options: Partial<AppOptions> = {}) {
	const host = await startChatHost(t);
	const api = await startApi(t, { providers: { openai: { baseUrl: host.url } }, backoffMs: 20, ...options });
	const completion = await api.config({ ...openai, prompt_template: 'Say {{what}}' });
	const chat = await api.config({
		...openai,
		...{ endpoint: 'chat', prompt_template: null, tools: [tool] },
		chat_template: [{ role: 'system', content: 'Be {{tone}}.' }],
	});
	const address = await api.listen();
	let said = 0;
	/** Sends a call that may get the answer of an earlier one, after the provider has thought of something new to say. */
	const call = async (more: object = {}, sent: Sent = {}) => {
		said += 1;
		host.say({ content: ` answer ${said}` });
		const body = { model_config_id: completion, project: 'tickets', inputs: { what: 'hello' }, ...more };
		const result = await ask(address, body, { reuseMaxAge: hour, ...sent });
		assert.equal(result.status, 200, result.text);
		return { ...result, reused: result.headers.get('x-reused-log-id') };
	};
	const chatCall = {
		...{ model_config_id: chat, project: 'tickets', inputs: { tone: 'brief' } },
		messages: [
			{ role: 'user', content: [{ type: 'image_url', image_url: { url: 'data:image/png;base64,AAAA' } }] },
			{ role: 'user', content: 'What is it?' },
		],
	};
	return { host, api, address, completion, chat, call, chatCall, paid: () => host.requests.length };
}

async function reusedLogOf(address: string, id: string): Promise<string | null> {
	return (await sendWith(address, apiKey, 'GET', `/logs/${id}`)).headers.get('x-reused-log-id');
}

const outputs = ({ data }: Body) => data.map(({ output, raw_output: raw, finish_reason: end }) => [output, raw, end]);

test('the same call gets the same answer and costs nothing; without the header, it pays', async (t) => {
	const { api, call, paid } = await setUp(t);
	const first = await call({ num_samples: 2 }, { reuseMaxAge: undefined as never });
	assert.deepEqual([first.reused, paid()], [null, 1]);
	const again = await call({ num_samples: 2 });
	assert.deepEqual([again.reused, paid()], [first.body.data[0].id, 1]);
	assert.deepEqual(outputs(again.body), outputs(first.body));
	assert.deepEqual(again.body.usage, { prompt_tokens: 0, generation_tokens: 0, total_tokens: 0 });
	assert.deepEqual([again.body.provider_responses, again.body.provider_request], [[], {}]);
	assert.ok(!('reused_log_id' in again.body), 'the contract has no such key');
	const cost = again.headers.get('x-cost') ?? '';
	for (const part of ['prompt_cost="0"', 'output_cost="0"', 'charged="0"', 'cached_tokens=0'])
		assert.ok(cost.includes(part), cost);
	const [usage] = (await api.get('/usage')).body.records as unknown as Record<string, unknown>[];
	assert.partialDeepStrictEqual(usage, { calls: 1, prompt_tokens: first.body.usage.prompt_tokens });
	const other = await call({ num_samples: 2 }, { reuseMaxAge: undefined as never });
	assert.deepEqual([other.reused, paid()], [null, 2]);
	assert.notDeepEqual(outputs(other.body), outputs(first.body));
	// The newest answer is the one that is used again.
	assert.equal((await call({ num_samples: 2 })).reused, other.body.data[0].id);
});

test('a reused answer has logs, a session, metadata and feedback of its own, and they say whose it is', async (t) => {
	const { api, address, call } = await setUp(t);
	const first = await call({ num_samples: 2, session_reference_id: 'one', metadata: { of: 'first' }, source: 'a' });
	const feedback = { type: 'rating', value: 'good', data_id: first.body.data[0].id };
	assert.equal((await api.post('/feedback', feedback)).status, 200);
	const again = await call({ num_samples: 2, session_reference_id: 'two', metadata: { of: 'second' }, source: 'b' });
	assert.notEqual(again.body.session_id, first.body.session_id);
	assert.deepEqual(again.body.metadata, { of: 'second' });
	for (const [index, { id, output, inputs }] of again.body.data.entries()) {
		const original = first.body.data[index]!.id;
		assert.equal(await reusedLogOf(address, id), original, 'each sample names its own');
		assert.equal(await reusedLogOf(address, original), null);
		const { body: log } = await api.get(`/logs/${id}`);
		assert.partialDeepStrictEqual(log, {
			...{ output, raw_output: ` ${output}`, inputs, finish_reason: 'stop', feedback: [], source: 'b' },
			...{ session_id: again.body.session_id, metadata: { of: 'second' }, error: null, provider_latency: null },
			...{ provider_request: null, provider_response: null },
			prompt_tokens: index === 0 ? 0 : null,
			output_tokens: index === 0 ? 0 : null,
			prompt_cost: index === 0 ? 0 : null,
			output_cost: index === 0 ? 0 : null,
		});
		assert.ok(log.duration >= 0);
	}
	const logs = await logsOf(api);
	assert.equal(logs.length, 4);
	const sum = logs.reduce((total, { prompt_tokens: count }) => total + (count ?? 0), 0);
	assert.equal(sum, first.body.usage.prompt_tokens, 'the sum over all logs is what was paid');
});

test('whatever the answer depends on makes it another call', async (t) => {
	const { api, address, completion, call, paid } = await setUp(t);
	const other = await api.config({ ...openai, prompt_template: 'Say {{what}}', temperature: 0.3 });
	const key = await makeKey(address, 'another', 'run');
	const differences: [string, object, Sent?][] = [
		['another input', { inputs: { what: 'goodbye' } }],
		['another config', { model_config_id: other }],
		['more samples', { num_samples: 2 }],
		['a seed', { seed: 7 }],
		['a user', { user: 'u1' }],
		['another key', {}, { apiKey: key.key }],
	];
	assert.equal((await call()).reused, null);
	for (const [index, [what, more, sent]] of differences.entries()) {
		assert.deepEqual([(await call(more, sent)).reused, paid()], [null, index + 2], what);
		assert.deepEqual([(await call(more, sent)).reused === null, paid()], [false, index + 2], `${what}, again`);
	}
	// None of these changes what the model is sent.
	const same: object[] = [
		{ inputs: { what: 'hello', unused: 'x' } },
		{ session_reference_id: 's', source: 'x', metadata: { a: 1 } },
		{ model_config_id: completion, return_inputs: false, project: 'another project' },
		{ provider_api_keys: { openai: 'sk-of-somebody' } },
	];
	for (const more of same) assert.notEqual((await call(more)).reused, null, JSON.stringify(more));
	assert.equal(paid(), differences.length + 1);
});

test('the keys of one chain of rotations share answers', async (t) => {
	const { address, call, paid } = await setUp(t);
	const key = await makeKey(address, 'rotated', 'run');
	await call({}, { apiKey: key.key });
	const { body } = await sendWith(address, apiKey, 'POST', `/keys/${key.id}/rotate`, {});
	assert.notEqual((await call({}, { apiKey: body.key })).reused, null);
	assert.equal(paid(), 1);
});

test('what is deployed counts, not how it was found; after a deployment, the call pays', async (t) => {
	const { api, address, completion, chat, call, chatCall, paid } = await setUp(t);
	const { project: _, ...byId } = chatCall;
	const { model_config_id: __, ...deployed } = { ...chatCall, inputs: { what: 'hello' }, messages: undefined };
	const projectId = String((await api.get('/projects?filter=tickets')).body.records[0].id);
	assert.equal((await call()).reused, null);
	const path = '/completion-deployed';
	assert.notEqual((await call({ ...deployed, model_config_id: undefined }, { path })).reused, null);
	assert.equal(paid(), 1);
	const other = await api.config({ ...openai, prompt_template: 'Please say {{what}}' });
	const deploy = { config_id: other };
	const { status } = await sendWith(address, apiKey, 'PATCH', `/projects/${projectId}/deploy-config`, deploy);
	assert.equal(status, 200);
	assert.equal((await call({ ...deployed, model_config_id: undefined }, { path })).reused, null);
	assert.notEqual((await call({ model_config_id: completion })).reused, null, 'the old version by its ID');
	assert.equal((await call(byId, { path: '/chat-model-config' })).reused, null);
	assert.notEqual((await call({ ...byId, project: 'x' }, { path: '/chat-model-config' })).reused, null);
	assert.equal(paid(), 3);
	assert.ok(chat);
});

test('an inline config is found again from its second call on, by its ID as well', async (t) => {
	const { call, paid } = await setUp(t);
	const inline = { model_config: { ...openai, prompt_template: 'Repeat {{what}}' }, model_config_id: undefined };
	const first = await call(inline, { path: '/completion' });
	assert.equal((await call(inline, { path: '/completion' })).reused, first.body.data[0].id);
	const { model_config_id: id } = first.body.data[0];
	assert.equal((await call({ model_config_id: id })).reused, first.body.data[0].id);
	assert.equal(paid(), 1);
});

test('a chat gets its tool calls again; other messages, another image or another tool choice pay', async (t) => {
	const { host, address, chatCall, paid } = await setUp(t);
	const sent = { path: '/chat-model-config', reuseMaxAge: hour };
	const calls = [{ id: 'call_7', type: 'function', function: { name: 'find_order', arguments: '{"id":7}' } }];
	host.say({ content: null, tool_calls: calls });
	const first = await ask(address, chatCall, sent);
	host.say({ content: 'Something else' });
	const again = await ask(address, chatCall, sent);
	assert.equal(again.headers.get('x-reused-log-id'), first.body.data[0].id);
	const [{ id: _, ...expected }] = first.body.data;
	const [{ id: __, ...sample }] = again.body.data;
	assert.deepEqual(sample, expected);
	assert.deepEqual(again.body.data[0].tool_calls, calls);
	assert.equal(paid(), 1);
	const [image, question] = chatCall.messages;
	const otherImage = {
		role: 'user',
		content: [{ type: 'image_url', image_url: { url: 'data:image/png;base64,AAAB' } }],
	};
	for (const [index, more] of [
		{ messages: [image, { ...question, content: 'Why?' }] },
		{ messages: [otherImage, question] },
		{ inputs: { tone: 'long' } },
		{ tool_choice: 'required' },
		{ response_format: { type: 'json_object' } },
	].entries()) {
		const { headers } = await ask(address, { ...chatCall, ...more }, sent);
		assert.deepEqual([headers.get('x-reused-log-id'), paid()], [null, index + 2], JSON.stringify(more));
	}
});

test('the age counts from the answer that was paid for, not from the last reuse', async (t) => {
	let now = Date.now();
	const { call, paid } = await setUp(t, { now: () => now });
	const first = await call();
	now += 50 * 60_000;
	const again = await call();
	assert.equal(again.reused, first.body.data[0].id);
	now += 20 * 60_000;
	assert.equal((await call()).reused, null);
	assert.equal(paid(), 2);
	assert.notEqual((await call({}, { reuseMaxAge: 10 * 365 * 24 * hour })).reused, null, 'ten years');
});

test('with save false, nothing is reused and nothing is kept for it', async (t) => {
	const { call, paid } = await setUp(t);
	await call();
	assert.equal((await call({ save: false })).reused, null);
	assert.equal(paid(), 2);
	await call({ save: false, inputs: { what: 'secret' } });
	assert.equal((await call({ inputs: { what: 'secret' } })).reused, null);
	assert.equal(paid(), 4);
});

test('a stream sends a reused answer as events, of a call that streamed or not', async (t) => {
	const { address, completion, host, call, chatCall, paid } = await setUp(t);
	const first = await call({ num_samples: 2 });
	const body = { model_config_id: completion, project: 'tickets', inputs: { what: 'hello' }, num_samples: 2 };
	const response = await send(address, { ...body, stream: true }, { reuseMaxAge: hour });
	assert.equal(response.headers.get('x-reused-log-id'), first.body.data[0].id);
	const { events, broken } = await readEvents(response);
	assert.equal(broken, undefined);
	for (const index of [0, 1]) {
		const texts = events.filter(({ data }) => data[0].index === index).map(({ data }) => data[0].raw_output);
		assert.equal(texts.join(''), first.body.data[index]!.raw_output);
	}
	assert.deepEqual(events.at(-1)!.usage, { prompt_tokens: 0, generation_tokens: 0, total_tokens: 0 });
	assert.ok(events.every((event) => !('reused_log_id' in event)));
	assert.equal(paid(), 1);

	host.say({ content: 'Streamed now' });
	const sent = { path: '/chat-model-config', reuseMaxAge: hour };
	await readEvents(await send(address, { ...chatCall, stream: true }, sent));
	const plain = await ask(address, chatCall, sent);
	assert.deepEqual([plain.body.data[0].output, paid()], ['Streamed now', 2]);
	assert.notEqual(plain.headers.get('x-reused-log-id'), null);
});

test('a key that was used replays first; what was reused is saved under its key', async (t) => {
	const { call, paid } = await setUp(t);
	const first = await call({}, { key: 'one' });
	const replayed = await call({}, { key: 'one' });
	assert.deepEqual([replayed.replayed, replayed.reused, replayed.text], [true, null, first.text]);
	const again = await call({}, { key: 'two' });
	assert.deepEqual([again.replayed, again.reused], [false, first.body.data[0].id]);
	// The header is no part of what a repeat must match, and a repeat says what the first response said.
	const repeat = await call({}, { key: 'two', reuseMaxAge: undefined as never });
	assert.deepEqual([repeat.replayed, repeat.reused, repeat.text], [true, first.body.data[0].id, again.text]);
	assert.equal(paid(), 1);
});

test('only a whole answer is reused', async (t) => {
	const { host, call, paid } = await setUp(t);
	host.giveOnly(1);
	host.fail(0, 400);
	const partial = await call({ num_samples: 2 }, { key: 'k' });
	assert.equal(partial.body.data.length, 1);
	assert.equal((await call({ num_samples: 2 }, { key: 'k' })).body.data.length, 2, 'the repeat gets the other one');
	const before = paid();
	assert.equal((await call({ num_samples: 2 })).reused, null, 'it came in two calls');
	assert.equal(paid(), before + 2);
});

test('an output that somebody has changed is not the answer of the model', async (t) => {
	const { api, call } = await setUp(t);
	const first = await call();
	await api.call('PATCH', `/logs/${first.body.data[0].id}`, { output: 'What it should have said' });
	assert.deepEqual(outputs((await call()).body), outputs(first.body));
});

test('what is deleted is not reused: the log, one of its samples, its user, its session or its project', async (t) => {
	const { api, address, call, paid } = await setUp(t);
	const remove = async (body: object) => {
		const { status, body: deletion } = await sendWith(address, apiKey, 'POST', '/deletions', body);
		assert.equal(status, 202, JSON.stringify(deletion));
	};
	const ways: [string, object, (first: Body) => Promise<unknown>][] = [
		['log', {}, ({ data }) => api.call('DELETE', `/logs?id=${data[0].id}`)],
		['a later sample', { num_samples: 3 }, ({ data }) => api.call('DELETE', `/logs?id=${data[1].id}`)],
		['the first sample', { num_samples: 2, seed: 1 }, ({ data }) => api.call('DELETE', `/logs?id=${data[0].id}`)],
		['user', { user: 'u' }, () => remove({ user: 'u' })],
		['session', { seed: 2, session_reference_id: 's' }, () => remove({ session_reference_id: 's' })],
		[
			'project',
			{ seed: 3, project: 'other' },
			({ project_id: id }) => sendWith(address, apiKey, 'DELETE', `/projects/${id}`),
		],
	];
	for (const [what, more, deleteIt] of ways) {
		const first = await call(more);
		assert.equal(first.reused, null, what);
		const before = paid();
		await deleteIt(first.body);
		const again = await call(more);
		assert.deepEqual([again.reused, paid()], [null, before + 1], what);
	}
});

test('a reused answer outlives the log that it came from', async (t) => {
	const { api, address, call } = await setUp(t);
	const first = await call({ num_samples: 2 });
	const again = await call({ num_samples: 2 });
	await api.call('DELETE', `/logs?id=${first.body.data[0].id}&id=${first.body.data[1].id}`);
	for (const [index, { id, output }] of again.body.data.entries()) {
		assert.equal((await api.get(`/logs/${id}`)).body.output, output);
		assert.equal(await reusedLogOf(address, id), first.body.data[index]!.id, 'the ID is still known');
	}
});

test('the mock may look at inputs that are not in the prompt, so they count for it', async (t) => {
	const { api, call } = await setUp(t);
	const replies = [{ when: { mood: 'angry' }, reply: 'Sorry!' }];
	const id = await api.config({ other: { humanloop_server: { mock: { replies, otherwise: 'Fine.' } } } });
	const at = (mood: string) => call({ model_config_id: id, inputs: { ticket: 'late', mood } });
	assert.deepEqual(
		[(await at('calm')).body.data[0].output, (await at('angry')).body.data[0].output],
		['Fine.', 'Sorry!'],
	);
	assert.notEqual((await at('angry')).reused, null);
});

test('in a database of an earlier version, the first call pays, and the next one gets its answer', async (t) => {
	const dataDir = tempDir(t);
	const { database } = await openDatabase({ dataDir, databaseUrl: databaseUrlFor(dataDir) }, () => undefined);
	await migrate(database, '0012_config_aliases');
	await database.close();
	const { parameters } = newConfig('tickets', { provider: 'mock', model: 'm', prompt_template: 'Hi' });
	await execute(
		dataDir,
		`
		insert into projects (id, name, created_at, updated_at) values ('pr_1', 'tickets', '2026', '2026');
		insert into configs (id, project_id, hash, name, parameters, created_at, updated_at)
			values ('config_1', 'pr_1', 'h', 'n', '${JSON.stringify(parameters)}', '2026', '2026');
		insert into logs (id, project_id, config_id, sample_index, save, output, created_at, updated_at)
			values ('data_1', 'pr_1', 'config_1', 0, 1, 'Hi', '2026', '2026');
	`,
	);
	const { address, call } = await setUp(t, { dataDir });
	assert.equal(await reusedLogOf(address, 'data_1'), null);
	const first = await call({ model_config_id: 'config_1' });
	assert.equal(first.reused, null);
	assert.equal((await call({ model_config_id: 'config_1' })).reused, first.body.data[0].id);
});

test('X-Reuse-Max-Age is a whole number from 1', async (t) => {
	const { address, completion, paid } = await setUp(t);
	const body = { model_config_id: completion, inputs: { what: 'x' } };
	for (const reuseMaxAge of ['0', '-1', '1.5', 'an hour', '']) {
		const { status, body: error } = await ask(address, body, { reuseMaxAge });
		assert.deepEqual([status, error.detail[0]!.loc], [422, ['header', 'X-Reuse-Max-Age']], reuseMaxAge);
	}
	assert.equal(paid(), 0);
});

test('/metrics counts reused answers by route, without their repeats', async (t) => {
	const { api, call } = await setUp(t);
	await call();
	await call({}, { key: 'k' });
	await call({}, { key: 'k' });
	const line = 'humanloop_reused_answers_total{route="/v4/completion-model-config"} 1';
	await until(async () => (await api.app.inject({ url: '/metrics' })).payload.split('\n').includes(line));
});

test('what somebody has asked to delete is not reused while that is under way', async (t) => {
	const { api, call, paid } = await setUp(t);
	await call({ user: 'u', session_reference_id: 's' });
	const insert = (kind: string, subject: string) =>
		execute(
			api.dataDir,
			`insert into deletions (id, kind, subject, subject_hash, deleted_logs, deleted_feedback, deleted_responses, created_at)
			values ('deletion_x', '${kind}', '${subject}', 'h', 0, 0, 0, '9999-01-01T00:00:00.000Z')`,
		);
	for (const [kind, subject] of [
		['user', 'u'],
		['session_reference_id', 's'],
	] as const) {
		await insert(kind, subject);
		const before = paid();
		assert.equal((await call({ user: 'u' })).reused, null, kind);
		assert.equal(paid(), before + 1);
		await execute(api.dataDir, 'delete from deletions');
		await call({ user: 'u', session_reference_id: 's' }, { reuseMaxAge: undefined as never });
	}
	assert.notEqual((await call({ user: 'u' })).reused, null);
});

test('while the database cannot be written, the caller gets an error, and nothing is paid', notOnPglite, async (t) => {
	const { api, address, completion, call, paid } = await setUp(t);
	await call();
	const before = (await logsOf(api)).length;
	const body = { model_config_id: completion, project: 'tickets', inputs: { what: 'hello' } };
	const unlock = await lock(t, api.dataDir);
	assert.equal((await ask(address, body, { reuseMaxAge: hour, key: 'k' })).status, 503);
	await unlock();
	const { reused } = await call({}, { key: 'k' });
	assert.notEqual(reused, null);
	assert.deepEqual([(await logsOf(api)).length, paid()], [before + 1, 1]);
	assert.doesNotMatch(api.logged.join(''), /answers cannot be stored/, 'no paid answer waits');
});
