import assert from 'node:assert/strict';
import test from 'node:test';
import { untilStatus } from './keyRequests.ts';
import { ask, startPausing, startWith, until } from './provider.ts';
import { type Api, startApi } from './setup.ts';
import { execute } from './storage/storage.ts';

async function untilDeleted(api: Api): Promise<void> {
	await until(async () => {
		const { records } = (await api.get('/deletions')).body as unknown as {
			records: { status: string; kind: string }[];
		};
		assert.ok(records.every(({ kind }) => kind === 'project'));
		return records.length > 0 && records.every(({ status }) => status === 'done');
	});
}

async function findProject(api: Api, name: string) {
	const { records } = (await api.get(`/projects?filter=${encodeURIComponent(name)}`)).body;
	return records[0] as unknown as { id: string; name: string; updated_at: string } | undefined;
}

const count = async (api: Api, text: string) =>
	Number((await execute(api.dataDir, `select count(*) as n from ${text}`))[0]?.['n']);

const types = ['rating', 'action', 'issue', 'correction', 'comment'];

test('a project is made with a name that is new', async (t) => {
	const api = await startApi(t);
	const { status, body } = await api.post('/projects', { name: 'tickets', directory_id: null });
	assert.equal(status, 201);
	const { id, created_at, updated_at, ...rest } = body;
	assert.match(String(id), /^pr_\w{21}$/);
	assert.equal(created_at, updated_at);
	assert.deepEqual(rest, {
		...{ name: 'tickets', active_config: null, users: [], data_count: 0, team_id: 'tm_000000000000000000000' },
		...{ feedback_types: types.map((type) => ({ type })), active_evaluators: [], directory_id: null },
	});
	assert.deepEqual((await api.get(`/projects/${String(id)}`)).body, body);
	const taken = await api.post('/projects', { name: 'tickets' });
	assert.equal(taken.status, 422);
	assert.equal(taken.body.detail.message, 'There is a project "tickets" already. Choose another name.');
	const elsewhere = await api.post('/projects', { name: 'x', directory_id: 'dir_1' });
	assert.deepEqual(
		elsewhere.body.detail.map(({ loc, type }) => [loc.join('.'), type]),
		[['body.directory_id', 'value_error.not_supported']],
	);
	const config = await api.config();
	assert.equal((await api.get(`/projects/${String(id)}/active-config`)).body.config.id, config);
});

test('a project is renamed, its active config is set, and a call with the old name makes a new project', async (t) => {
	const api = await startApi(t);
	const first = await api.config();
	const second = await api.config({ prompt_template: 'another' });
	const call = { model_config_id: first, project: 'from a call', inputs: { ticket: 'x' } };
	const { id } = (await findProject(api, 'tickets'))!;
	const made = (await api.post('/completion-model-config', call)).body.project_id;
	const patch = (project: string, body: object) => api.call('PATCH', `/projects/${project}`, { id: project, ...body });
	const renamed = await patch(id, { name: 'support', active_config_id: second });
	assert.equal(renamed.status, 200, renamed.text);
	assert.deepEqual([renamed.body.name, renamed.body['active_config']!['config' as never]['id']], ['support', second]);
	assert.equal((await patch(id, { name: 'from a call' })).status, 422);
	assert.equal((await patch(id, { name: 'support' })).status, 200);
	assert.equal((await patch(id, { name: null, active_config_id: null, directory_id: null })).status, 200);
	assert.equal((await patch(id, { directory_id: 'dir_1' })).status, 422);
	assert.equal((await patch(id, { active_config_id: 'config_none' })).status, 404);
	assert.equal((await patch('pr_none', { name: 'x' })).status, 404);
	assert.equal((await patch(made, { name: 'a renamed one' })).status, 200);
	const again = (await api.post('/completion-model-config', call)).body.project_id;
	assert.notEqual(again, made);
	assert.equal((await findProject(api, 'from a call'))!.id, again);
	const moved = await api.config();
	assert.notEqual(moved, first, 'the project "tickets" is a new one, and another project has the config of that ID');
	assert.equal((await api.get('/projects')).body.total, 4);
});

test('a deleted project is gone at once, its name is free, and what belonged to it is deleted', async (t) => {
	const api = await startApi(t);
	await api.listen();
	const config = await api.config({ prompt_template: 'quokka prompt' });
	const unused = await api.config({ prompt_template: 'wombat prompt' });
	const call = (project: string, key: string) =>
		api.app.inject({
			...{ method: 'POST', url: '/v4/completion-model-config' },
			headers: { 'x-api-key': 'hl_sk_test0000000000000000000000000000000000000000000', 'idempotency-key': key },
			payload: { model_config_id: config, project, inputs: {}, session_reference_id: 's' },
		});
	const here = (await call('tickets', 'k1')).json<{ data: { id: string }[] }>();
	const there = (await call('other', 'k2')).json<{ data: { id: string }[] }>();
	await api.post('/feedback', { type: 'rating', value: 'good', data_id: here.data[0]!.id });
	const { id } = (await findProject(api, 'tickets'))!;
	const tool = { type: 'tool', name: 'a numbat tool', parameters: {} };
	const toolLog = await api.post('/logs', { project: 'tickets', config: tool, output: 'x' });
	assert.equal(toolLog.status, 200, toolLog.text);
	await api.post(`/projects/${id}/feedback-types`, { type: 'mood', class: 'text' });
	const path = `/projects/${id}`;
	assert.equal((await api.call('DELETE', path)).status, 204);
	assert.equal((await api.call('DELETE', path)).status, 404);
	for (const gone of [path, `${path}/configs`, `${path}/deployed-configs`, `/logs?project_id=${id}`])
		assert.equal((await api.get(gone)).status, 404, gone);
	assert.equal(await findProject(api, 'tickets'), undefined);
	assert.deepEqual(
		(await api.get('/projects')).body.records.map(({ name }) => name),
		['other'],
	);
	await untilDeleted(api);
	const { deleted_logs, deleted_feedback, deleted_responses } = (await api.get('/deletions')).body.records[0] as never;
	assert.deepEqual([deleted_logs, deleted_feedback, deleted_responses], [2, 1, 1]);
	assert.equal((await api.get(`/logs/${here.data[0]!.id}`)).status, 404);
	const kept = (await api.get(`/logs/${there.data[0]!.id}`)).body;
	assert.equal(
		(kept.config as { prompt_template: string }).prompt_template,
		'quokka prompt',
		'a log that stays has it',
	);
	const table = async (name: string) => count(api, `${name} where project_id = '${id}'`);
	for (const name of ['logs', 'feedback_types', 'deployed_configs', 'deployments', 'session_projects'])
		assert.equal(await table(name), 0, name);
	for (const word of ['wombat', 'numbat'])
		assert.equal(await count(api, `configs where parameters like '%${word}%' or name like '%${word}%'`), 0);
	assert.equal(await count(api, "projects where name like '%tickets%'"), 0);
	const audit = (await api.get('/audit')).body.records as unknown as { action: string; subject: string }[];
	assert.ok(audit.some(({ action, subject }) => action === 'project.deleted' && subject === id));
	// A config is read again after a second at most.
	for (const refused of [config, unused]) await untilStatus(404, () => api.get(`/model-configs/${refused}`));
	const answer = await api.post('/completion-model-config', { model_config_id: unused, project: 'other' });
	assert.equal(answer.body.detail.message, `No such model_config_id: "${unused}".`);
	assert.equal((await call('other', 'k2')).headers['idempotent-replayed'], 'true');
});

test('a project of the name of a deleted one is a new one, and its equal config has the same ID', async (t) => {
	const api = await startApi(t);
	await api.listen();
	const call = (id: string) =>
		api.post('/completion-model-config', { model_config_id: id, project: 'tickets', inputs: { ticket: 'x' } });
	const config = await api.config();
	const before = (await call(config)).body.project_id;
	assert.equal((await api.call('DELETE', `/projects/${before}`)).status, 204);
	assert.equal(await api.config(), config, 'its ID follows from the name and the prompt');
	const after = await call(config);
	assert.equal(after.status, 200, after.text);
	assert.notEqual(after.body.project_id, before);
	await untilDeleted(api);
	assert.equal((await call(config)).status, 200);
	assert.equal((await api.get(`/projects/${after.body.project_id}`)).body['data_count'], 2);
	assert.equal((await api.get(`/projects/${after.body.project_id}/active-config`)).body.config.id, config);
});

test('types of feedback are defined for a project, and shown with the default ones', async (t) => {
	const api = await startApi(t);
	await api.config();
	const { id } = (await findProject(api, 'tickets'))!;
	const define = (body: object) => api.post(`/projects/${id}/feedback-types`, { id, ...body });
	const values = [{ value: 'happy', sentiment: 'positive' }, { value: 'meh' }];
	const { status, body } = await define({ type: 'mood', class: 'multi_select', values });
	assert.equal(status, 201);
	const mood = { type: 'mood', values: [values[0], { value: 'meh', sentiment: 'unset' }] };
	assert.deepEqual(body, mood);
	assert.deepEqual((await define({ type: 'note', class: 'text', values: null })).body, { type: 'note' });
	const rating = { type: 'rating', values: [{ value: 'good', sentiment: 'positive' }] };
	assert.equal((await define({ ...rating, class: 'select' })).status, 201);
	const shown = async () => (await api.get(`/projects/${id}`)).body['feedback_types'];
	assert.deepEqual(await shown(), [rating, ...types.slice(1).map((type) => ({ type })), mood, { type: 'note' }]);
	await define({ type: 'mood', class: 'text' });
	assert.deepEqual(((await shown()) as unknown[])[5], { type: 'mood' });
	assert.deepEqual((await api.get('/projects')).body.records[0]['feedback_types' as never], await shown());
	const refused = await define({ type: 'x', class: 'number', values });
	assert.deepEqual([refused.status, refused.body.detail.message.slice(0, 8)], [422, 'values: ']);
	assert.equal((await define({ type: 'x', class: 'wrong' })).status, 422);
	const twice = await define({
		type: 'x',
		class: 'select',
		values: [...values, { value: 'meh', sentiment: 'neutral' }],
	});
	assert.deepEqual([twice.status, twice.body.detail.message.slice(0, 14)], [422, 'values: "meh" ']);
	assert.equal((await api.post('/projects/pr_none/feedback-types', { type: 'x', class: 'text' })).status, 404);
	const update = await api.call('PATCH', `/projects/${id}/feedback-types`, [{ type: 'x' }]);
	assert.deepEqual([update.status, update.body.detail.type], [501, 'not_implemented_error']);
});

test('an export is the list of logs, newest first', async (t) => {
	const api = await startApi(t);
	const id = await api.config();
	for (let index = 0; index < 3; index += 1)
		await api.post('/completion-model-config', {
			model_config_id: id,
			project: 'tickets',
			inputs: { ticket: `${index}` },
		});
	const project = (await findProject(api, 'tickets'))!;
	const exported = await api.post(`/projects/${project.id}/export?page=1&size=2`);
	assert.equal(exported.status, 200, exported.text);
	assert.deepEqual(exported.body, (await api.get(`/logs?project_id=${project.id}&page=1&size=2`)).body);
	assert.equal(exported.body.total, 3);
	assert.equal((await api.post(`/projects/${project.id}/export`)).body['size'], 10);
	assert.equal((await api.post('/projects/pr_none/export')).status, 404);
});

test('an empty user_filter is none, and another one is refused', async (t) => {
	const api = await startApi(t);
	assert.equal((await api.get('/projects?user_filter=')).status, 200);
	assert.equal((await api.get('/projects?user_filter=ada')).status, 422);
});

test('a config in a response has the documented keys, and others only where they are set', async (t) => {
	const api = await startApi(t);
	const plain = (await api.get(`/model-configs/${await api.config()}`)).body;
	assert.ok(!('template_language' in plain) && !('reasoning_effort' in plain));
	assert.deepEqual([plain['seed'], plain['tool_configs'], plain['chat_template']], [null, null, null]);
	const set = await api.config({ template_language: 'default', reasoning_effort: 'low' });
	const { template_language, reasoning_effort } = (await api.get(`/model-configs/${set}`)).body;
	assert.deepEqual([template_language, reasoning_effort], ['default', 'low']);
});

for (const path of ['/completion-model-config', '/completion']) {
	test(`${path}: what a call said is nowhere once its project was deleted meanwhile; a repeat gets it for a day`, async (t) => {
		const provider = await startPausing(t);
		const { api, address, call } = await startWith(t, provider);
		const { body: project } = await api.post('/projects', { name: 'support' });
		const model = { provider: 'openai', model: 'gpt-4o', prompt_template: 'A quokka: {{what}}' };
		const source = path === '/completion' ? { model_config: model } : { model_config_id: call.model_config_id };
		const own = { project_id: project['id'], inputs: { what: 'wombat' }, ...source };
		const running = ask(address, { ...own, session_reference_id: 's' }, { key: 'k', path });
		await until(() => provider.state.calls === 1);
		assert.equal((await api.call('DELETE', `/projects/${String(project['id'])}`)).status, 204);
		await untilDeleted(api);
		provider.goOn();
		const { status, body, text } = await running;
		assert.equal(status, 200, text);
		assert.equal(body.data[0].output, 'One two');
		assert.equal((await api.get(`/logs/${body.data[0].id}`)).status, 404);
		for (const table of ['logs', 'sessions', 'log_texts']) assert.equal(await count(api, table), 0, table);
		assert.equal(await count(api, "configs where parameters like '%quokka%'"), 0);
		const again = await ask(address, { ...own, session_reference_id: 's' }, { key: 'k', path });
		assert.deepEqual([again.replayed, again.text, provider.state.calls], [true, text, 1]);
	});
}

test('a call that fails after its project was deleted leaves no log, and names none', async (t) => {
	const provider = await startPausing(t);
	const { api, address, call } = await startWith(t, provider, {
		providerTimeoutMs: 3_000,
		publicUrl: 'https://logs.example',
	});
	const { body: project } = await api.post('/projects', { name: 'support' });
	const running = ask(address, { ...call, project: undefined, project_id: project['id'] });
	await until(() => provider.state.calls === 1);
	assert.equal((await api.call('DELETE', `/projects/${String(project['id'])}`)).status, 204);
	const { status, headers } = await running;
	assert.equal(status, 504);
	assert.equal(headers.get('link'), null);
	assert.equal(await count(api, 'logs'), 0);
});
