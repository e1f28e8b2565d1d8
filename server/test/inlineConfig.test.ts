import assert from 'node:assert/strict';
import test from 'node:test';
import { startChatHost } from './chatHost.ts';
import { ask, logsOf, startPausing, until } from './provider.ts';
import { apiKey, type Api, type Body, readEvents, request, startApi } from './setup.ts';
import { execute } from './storage/storage.ts';

const complete = { provider: 'mock', model: 'mock-1', prompt_template: 'Answer: {{ticket}}' };
const chat = { provider: 'mock', model: 'mock-1', chat_template: [{ role: 'system', content: 'Answer {{ticket}}.' }] };
const inputs = { ticket: 'late parcel' };
const messages = [{ role: 'user', content: 'Well?' }];

/** The versions of the project `tickets`. */
async function configsOf(api: Api): Promise<Body['config'][]> {
	const { total, records } = (await api.get('/projects?filter=tickets')).body;
	if (total === 0) return [];
	const { body } = await api.get(`/projects/${records[0].id}/configs`);
	return (body as unknown as { config: Body['config'] }[]).map(({ config }) => config);
}

for (const [path, config, more] of [
	['/completion', complete, {}],
	['/chat', chat, { messages }],
] as const) {
	const call = { project: 'tickets', model_config: config, inputs, ...more };

	test(`${path} runs its own config, and stores it with the logs as a version of the project`, async (t) => {
		const api = await startApi(t);
		const { status, body, text } = await api.post(path, { ...call, num_samples: 2 });
		assert.equal(status, 200, text);
		assert.equal(body.data.length, 2);
		const [stored, ...others] = await configsOf(api);
		assert.equal(others.length, 0);
		assert.equal(stored!.endpoint, path === '/chat' ? 'chat' : 'complete');
		for (const sample of body.data) {
			assert.equal(sample.model_config_id, stored!.id);
			assert.equal((await api.get(`/logs/${sample.id}`)).body.config_id, stored!.id);
		}
		const project = (await api.get(`/projects/${body.project_id}`)).body;
		assert.equal(project.name, 'tickets');
		const { records } = (await api.get(`/projects/${body.project_id}/deployments`)).body;
		const [first] = records as unknown as Record<string, unknown>[];
		assert.deepEqual([first!['config_id'], first!['actor_name']], [stored!.id, 'HUMANLOOP_API_KEY']);
	});

	test(`${path} has the ID that POST /model-configs gives, and finds it again`, async (t) => {
		const api = await startApi(t);
		const first = await api.post(path, call);
		const registered = { ...config, project: 'tickets', endpoint: path === '/chat' ? 'chat' : 'complete' };
		const { id } = (await api.post('/model-configs', registered)).body.config;
		assert.equal(first.body.data[0].model_config_id, id);
		const again = await api.post(path, { ...call, model_config: { ...config, name: 'other', description: 'words' } });
		assert.equal(again.body.data[0].model_config_id, id, 'names make no version');
		const changed = await api.post(path, { ...call, model_config: { ...config, temperature: 0.5 } });
		assert.notEqual(changed.body.data[0].model_config_id, id);
		assert.equal((await configsOf(api)).length, 2);
	});

	test(`${path} needs a project`, async (t) => {
		const api = await startApi(t);
		const { status, body } = await api.post(path, { ...call, project: undefined });
		assert.equal(status, 422);
		assert.deepEqual([body.detail[0]!.loc, body.detail[0]!.type], [['body', 'project'], 'value_error.missing']);
	});

	test(`${path}: the events of a stream name the config that is stored`, async (t) => {
		const api = await startApi(t);
		const address = await api.listen();
		const { events } = await readEvents(await request(address, path, { ...call, stream: true }));
		const ids = new Set(events.map(({ data }) => data[0].model_config_id));
		assert.equal(ids.size, 1);
		assert.equal((await logsOf(api))[0].config_id, [...ids][0]);
	});

	test(`${path}: what is refused stores no config`, async (t) => {
		const api = await startApi(t);
		for (const wrong of [
			{ ...call, inputs: {} },
			{ ...call, model_config: { ...config, endpoint: path === '/chat' ? 'complete' : 'chat' } },
			{ ...call, session_id: 'sesh_none' },
			{ ...call, model_config: { ...config, provider: 'ai21' } },
		]) {
			const { status } = await api.post(path, wrong);
			assert.ok(status === 422 || status === 404, String(status));
		}
		assert.deepEqual(await configsOf(api), []);
	});

	test(`${path}: the log of a failed call has its config`, async (t) => {
		const host = await startChatHost(t);
		const api = await startApi(t, { providers: { openai: { baseUrl: host.url } }, backoffMs: 20 });
		const address = await api.listen();
		host.fail(400);
		const own = { ...call, model_config: { ...config, provider: 'openai', model: 'gpt-4o' } };
		assert.equal((await ask(address, own, { path })).status, 400);
		const [log] = await logsOf(api);
		assert.match(log.error!, /trouble 400/);
		const [stored] = await configsOf(api);
		assert.equal(log.config_id, stored!.id);
	});

	test(`${path}: a repeat with the same Idempotency-Key replays, and completes what is missing`, async (t) => {
		const host = await startChatHost(t);
		const api = await startApi(t, { providers: { openai: { baseUrl: host.url } }, backoffMs: 20 });
		const address = await api.listen();
		host.giveOnly(1);
		host.fail(0, 400);
		const own = { ...call, model_config: { ...config, provider: 'openai', model: 'gpt-4o' }, num_samples: 2 };
		const first = await ask(address, own, { path, key: 'k' });
		assert.deepEqual([first.status, first.body.data.length], [200, 1], first.text);
		const whole = await ask(address, own, { path, key: 'k' });
		assert.deepEqual([whole.replayed, whole.body.data.length], [false, 2]);
		assert.deepEqual(whole.body.data[0], first.body.data[0]);
		assert.equal((await ask(address, own, { path, key: 'k' })).text, whole.text);
		assert.equal(host.requests.length, 3);
		assert.equal((await configsOf(api)).length, 1);
		const other = { ...own, model_config: { ...own.model_config, temperature: 0.1 } };
		assert.equal((await ask(address, other, { path, key: 'k' })).status, 422);
	});
}

test('a config that has the ID which another one would get: the new one gets another ID, in events too', async (t) => {
	const api = await startApi(t);
	const { body } = await api.post('/completion', { project: 'tickets', model_config: complete, inputs });
	const id = body.data[0].model_config_id;
	// A renamed project keeps its configs, and their IDs follow from its earlier name.
	const address = await api.listen();
	const renamed = await fetch(`${address}/projects/${String(body.project_id)}`, {
		method: 'PATCH',
		headers: { 'x-api-key': apiKey, 'content-type': 'application/json' },
		body: JSON.stringify({ name: 'renamed' }),
	});
	assert.equal(renamed.status, 200);
	const call = { project: 'tickets', model_config: complete, inputs, stream: true };
	const { events } = await readEvents(await request(address, '/completion', call));
	const ids = new Set(events.map(({ data }) => data[0].model_config_id));
	assert.equal(ids.size, 1);
	assert.equal(ids.has(id), false);
	const stored = await configsOf(api);
	assert.deepEqual(
		stored.map(({ id: own }) => own),
		[...ids],
	);
	const [log] = await logsOf(api);
	assert.deepEqual([log.project_id, log.config_id], [events[0]!.project_id, [...ids][0]]);
});

test('keys of the other kind of config are unknown, and nulls are absent', async (t) => {
	const api = await startApi(t);
	const wrong = await api.post('/completion', { project: 'p', model_config: { ...complete, tools: [] }, inputs });
	assert.deepEqual(wrong.body.detail[0]!.loc, ['body', 'model_config', 'tools']);
	const other = await api.post('/chat', { project: 'p', model_config: complete, inputs, messages });
	assert.deepEqual(other.body.detail[0]!.loc, ['body', 'model_config', 'prompt_template']);
	const nulls = { ...complete, name: null, endpoint: null, stop: null, other: null, max_tokens: null };
	const { status, text } = await api.post('/completion', { project: 'p', model_config: nulls, inputs });
	assert.equal(status, 200, text);
});

test('provider keys are stored nowhere', async (t) => {
	const host = await startChatHost(t);
	const api = await startApi(t, { providers: { openai: { baseUrl: host.url } } });
	const address = await api.listen();
	const key = 'sk-canary-of-this-test';
	const call = {
		project: 'tickets',
		model_config: { ...chat, provider: 'openai', model: 'gpt-4o' },
		inputs,
		messages,
		provider_api_keys: { openai: key },
	};
	assert.equal((await ask(address, call, { path: '/chat', key: 'k' })).status, 200);
	const replay = await ask(address, { ...call, provider_api_keys: {} }, { path: '/chat', key: 'k' });
	assert.equal(replay.replayed, true);
	const tables = ['logs', 'configs', 'projects', 'saved_responses'];
	for (const table of tables) {
		const rows = await execute(api.dataDir, `select * from ${table}`);
		assert.ok(rows.length > 0);
		assert.doesNotMatch(JSON.stringify(rows), /sk-canary/);
	}
	assert.doesNotMatch(api.logged.join('\n'), /sk-canary/);
});

test('two streams at once name the config that is stored, also if another project has the ID that it would get', async (t) => {
	const host = await startPausing(t);
	const api = await startApi(t, { providers: { openai: { baseUrl: host.url } } });
	const address = await api.listen();
	const config = { provider: 'openai', model: 'gpt-4o', prompt_template: 'Answer' };
	const call = { project: 'tickets', model_config: config, stream: true };
	await api.post('/model-configs', { ...config, project: 'tickets' });
	const { id } = (await api.get('/projects?filter=tickets')).body.records[0];
	assert.equal((await api.call('PATCH', `/projects/${id}`, { name: 'renamed' })).status, 200);
	const running = [1, 2].map(async () => readEvents(await request(address, '/completion', call)));
	await until(() => host.state.calls === 2);
	host.goOn();
	const ended = await Promise.all(running);
	const ids = new Set(ended.flatMap(({ events }) => events.map(({ data }) => data[0].model_config_id)));
	assert.deepEqual([...ids], [(await configsOf(api))[0]!.id]);
});
