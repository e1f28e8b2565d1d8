import assert from 'node:assert/strict';
import test from 'node:test';
import { type Api, startApi } from './setup.ts';

const path = '/completion-model-config';

async function runs(api: Api) {
	const id = await api.config({ prompt_template: 'Hello there' });
	const run = async (more: object = {}) => api.post(path, { model_config_id: id, ...more });
	const log = async (more: object = {}) => api.post('/logs', { project: 'tickets', config_id: id, ...more });
	return { id, run, log };
}

test('what is unknown is a 404 that names field and value, and leaves nothing behind', async (t) => {
	const api = await startApi(t);
	const { id } = await runs(api);
	for (const field of ['model_config_id', 'project_id', 'session_id', 'parent_id', 'parent_reference_id']) {
		const { status, body } = await api.post(path, {
			model_config_id: id,
			...(field === 'project_id' ? {} : { project: 'ghost' }),
			session_reference_id: undefined,
			[field]: 'nope"1',
		});
		assert.equal(status, 404, field);
		assert.equal(body.detail.type, 'not_found_error');
		assert.equal(body.detail.message, `No such ${field}: "nope\\"1".`);
	}
	assert.equal((await api.get('/projects?filter=ghost')).body.total, 0);
	for (const url of ['/logs/data_x', '/model-configs/config_x', '/projects/pr_x/configs', '/logs?project_id=pr_x']) {
		assert.equal((await api.get(url)).status, 404, url);
	}
});

test('a session reference makes a session once, and its ID finds it', async (t) => {
	const api = await startApi(t);
	const { run } = await runs(api);
	const first = (await run({ session_reference_id: 'chat-1' })).body;
	assert.match(first.session_id, /^sesh_[A-Za-z0-9]{21}$/);
	assert.equal((await run({ session_reference_id: 'chat-1', project: 'another' })).body.session_id, first.session_id);
	assert.equal((await run({ session_id: first.session_id })).body.session_id, first.session_id);
	assert.notEqual((await run({ session_reference_id: 'chat-2' })).body.session_id, first.session_id);
	const log = (await api.get(`/logs/${first.data[0].id}`)).body;
	assert.equal(log.session_reference_id, 'chat-1');
});

test("children join their parent's session, by ID and by reference; each sample has the parent", async (t) => {
	const api = await startApi(t);
	const { run, log } = await runs(api);
	const parent = (await run({ session_reference_id: 's', project: 'tickets' })).body;
	const child = (await run({ parent_id: parent.data[0].id, num_samples: 2, project: 'tickets' })).body;
	assert.equal(child.session_id, parent.session_id);
	for (const { id } of child.data) assert.equal((await api.get(`/logs/${id}`)).body.parent_id, parent.data[0].id);
	const logged = (await log({ session_id: parent.session_id, reference_id: 'step-1' })).body;
	assert.deepEqual(Object.keys(logged), ['id', 'project_id', 'session_id']);
	const below = (await run({ parent_reference_id: 'step-1', session_reference_id: 's' })).body;
	const record = (await api.get(`/logs/${below.data[0].id}`)).body;
	assert.equal(record.parent_id, logged.id);
	assert.equal(record.parent_reference_id, 'step-1');
	assert.equal(record.session_id, parent.session_id);
});

test('a parent in another session than the one given is refused; a parent in none is not', async (t) => {
	const api = await startApi(t);
	const { run } = await runs(api);
	const parent = (await run({ session_reference_id: 'one' })).body;
	const other = (await run({ session_reference_id: 'two' })).body;
	const parent_id = parent.data[0].id;
	for (const given of [
		{ session_id: other.session_id },
		{ session_reference_id: 'two' },
		{ session_reference_id: 'new' },
	]) {
		const { status, body } = await run({ parent_id, ...given });
		assert.equal(status, 422);
		assert.match(body.detail.message, new RegExp(Object.keys(given)[0] as string));
	}
	const loose = (await run()).body;
	assert.equal((await run({ parent_id: loose.data[0].id })).body.session_id, null);
	assert.equal(
		(await run({ parent_id: loose.data[0].id, session_id: other.session_id })).body.session_id,
		other.session_id,
	);
});

test('calls that use a new project and a new session at the same moment share one of each', async (t) => {
	const api = await startApi(t);
	const { run } = await runs(api);
	const responses = await Promise.all(
		Array.from({ length: 20 }, () => run({ project: 'brand new', session_reference_id: 'same' })),
	);
	assert.deepEqual([...new Set(responses.map(({ status }) => status))], [200]);
	assert.equal(new Set(responses.map(({ body }) => body.project_id)).size, 1);
	assert.equal(new Set(responses.map(({ body }) => body.session_id)).size, 1);
	assert.equal((await api.get('/projects?filter=brand%20new')).body.total, 1);
	assert.equal(
		(await api.get(`/logs?project_id=${responses[0]!.body.project_id}&session_id=${responses[0]!.body.session_id}`))
			.body.total,
		20,
	);
	const configs = await Promise.all(Array.from({ length: 10 }, () => api.config({ project: 'p2', temperature: 0.1 })));
	assert.equal(new Set(configs).size, 1);
});

test('POST /logs records one or several, all or none, and answers in kind', async (t) => {
	const api = await startApi(t);
	const { id } = await runs(api);
	const entry = {
		project: 'elsewhere',
		config: { model: 'gpt-4o', type: 'model', prompt_template: 'x' },
		output: ' done ',
		inputs: { a: 1 },
		created_at: '2024-05-01T10:00:00+02:00',
		duration: 1.5,
		prompt_tokens: 3,
		output_tokens: 4,
		prompt_cost: 0.001,
		messages: [{ role: 'user', content: 'x' }],
		error: null,
		provider_response: { a: 1 },
	};
	const one = (await api.post('/logs', entry)).body;
	assert.equal(one.session_id, null);
	const log = (await api.get(`/logs/${one.id}`)).body;
	assert.equal(log.output, ' done ');
	assert.equal(log.created_at, '2024-05-01T08:00:00.000Z');
	assert.equal(log.tokens, 7);
	assert.equal(log.prompt_cost, 0.001);
	assert.deepEqual(log.messages, entry.messages);
	assert.equal(log.config.model, 'gpt-4o');
	const many = await api.post('/logs', [
		{ ...entry, reference_id: 'r1' },
		{ ...entry, config: undefined, config_id: id, reference_id: 'r2' },
	]);
	assert.equal(many.body.length, 2);
	const again = await api.post('/logs', [
		{ ...entry, project: 'not made', reference_id: 'r3' },
		{ ...entry, reference_id: 'r1' },
	]);
	assert.equal(again.status, 422);
	assert.match(again.body.detail.message, /reference_id "r1"/);
	assert.equal((await api.get('/projects?filter=not%20made')).body.total, 0);
	assert.equal((await api.post('/logs', { ...entry, reference_id: 'r3' })).status, 200);
	const inside = await api.post('/logs', [
		{ ...entry, reference_id: 'r4' },
		{ ...entry, parent_reference_id: 'r4' },
	]);
	assert.equal(inside.status, 404);
});

test('POST /logs names what it cannot keep', async (t) => {
	const api = await startApi(t);
	const { status, body } = await api.post('/logs', [
		{
			config: { type: 'tool', model: 'x' },
			config_id: 'c',
			feedback: [{ type: 'rating' }, { type: 'comment', value: 'ok', unset: true }],
			judgment: { good: true },
			environment: '',
			created_at: 'yesterday',
			trial_id: 't',
		},
		{ project: 'p', config: { type: 'agent', model: 'x' }, feedback: { value: 1 } },
	]);
	assert.equal(status, 422);
	assert.deepEqual(Object.fromEntries(body.detail.map(({ loc, type }) => [loc.join('.'), type])), {
		'body.0.project': 'value_error.missing',
		'body.0.config_id': 'value_error',
		'body.0.config.name': 'value_error.missing',
		'body.0.config.model': 'value_error.extra',
		'body.0.feedback.0.value': 'value_error.missing',
		'body.0.feedback.1.unset': 'value_error.extra',
		'body.0.judgment': 'type_error',
		'body.0.environment': 'value_error.any_str.min_length',
		'body.0.created_at': 'value_error.datetime',
		'body.0.trial_id': 'value_error.extra',
		'body.1.config.type': 'type_error.enum',
		'body.1.feedback.type': 'value_error.missing',
	});
});

test('a project can be named by its ID and its name together, if both are of one project', async (t) => {
	const api = await startApi(t);
	const id = await api.config();
	const { project_id } = (await api.post('/logs', { project: 'tickets', config_id: id })).body;
	const requests: [string, object][] = [
		['/logs', { config_id: id }],
		['/completion-model-config', { model_config_id: id, inputs: { ticket: 'x' } }],
		['/model-configs', { model: 'm' }],
	];
	for (const [path, body] of requests) {
		const both = await api.post(path, { ...body, project: 'tickets', project_id });
		assert.deepEqual([both.status, both.body.project_id], [200, project_id], both.text);
		const apart = await api.post(path, { ...body, project: 'mail', project_id });
		assert.equal(apart.status, 422, path);
		assert.equal(
			apart.body.detail.message,
			'project_id is the project "tickets", and project says "mail". Send one of them, or both of the same project.',
		);
		assert.equal((await api.post(path, { ...body, project: 'tickets', project_id: 'pr_x' })).status, 404);
	}
	assert.equal((await api.get('/projects')).body.total, 1);
	for (const path of ['/logs', '/model-configs']) {
		const { body } = await api.post(path, { model: 'm', config_id: 'c' });
		const missing = {
			loc: ['body', 'project'],
			msg: 'specify one of project and project_id',
			type: 'value_error.missing',
		};
		assert.deepEqual(
			body.detail.find(({ loc }) => loc[1] === 'project'),
			missing,
		);
	}
});
