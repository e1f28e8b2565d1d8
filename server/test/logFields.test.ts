import assert from 'node:assert/strict';
import test from 'node:test';
import { type Api, startApi } from './setup.ts';

async function create(api: Api, entry: object) {
	const made = await api.post('/logs', { project: 'tickets', config: { model: 'm' }, ...entry });
	assert.equal(made.status, 200, made.text);
	return (await api.get(`/logs/${made.body.id}`)).body;
}

test('a log keeps its environment, its judgment and its feedback, in GET /logs and in GET /logs/{id}', async (t) => {
	const api = await startApi(t);
	const feedback = [
		{ type: 'rating', value: 'bad', user: 'ann', created_at: '2024-01-31T08:00:00' },
		{ type: 'rating', value: 'good', user: 'ann', data_id: null },
		{ type: 'issue', value: ['slow', 'long'] },
		{ type: 'issue', value: 'slow' },
	];
	const log = await create(api, { environment: 'production', judgment: ['a', 'b'], feedback });
	assert.deepEqual([log['environment'], log['judgment']], ['production', ['a', 'b']]);
	const given = log['feedback'] as Record<string, unknown>[];
	assert.deepEqual(
		given.map(({ type, value, user, data_id }) => [type, value, user, data_id === log.id]).sort(),
		[
			['issue', 'slow', null, true],
			['issue', ['slow', 'long'], null, true],
			['rating', 'good', 'ann', true],
		].sort(),
	);
	assert.deepEqual((await api.get(`/logs?project_id=${log.project_id}`)).body.records[0], log);
	for (const judgment of [false, 0, -1.5, 'fine', []]) {
		assert.deepEqual((await create(api, { judgment }))['judgment'], judgment);
	}
	const one = await create(api, { feedback: { type: 'comment', value: 'ok' }, judgment: null, environment: null });
	assert.deepEqual([(one['feedback'] as unknown[]).length, one['judgment'], one['environment']], [1, null, null]);
});

test('of a log with save false, feedback and environment are kept, and the judgment is not', async (t) => {
	const log = await create(await startApi(t), {
		...{ save: false, environment: 'production', judgment: 'secret' },
		feedback: { type: 'comment', value: 'ok' },
	});
	assert.deepEqual(
		[log['environment'], log['judgment'], (log['feedback'] as unknown[]).length],
		['production', null, 1],
	);
});

test('feedback about another log is refused, and nothing of the request is stored', async (t) => {
	const api = await startApi(t);
	const log = await create(api, {});
	const entry = { project: 'tickets', config: { model: 'm' } };
	const { status, body } = await api.post('/logs', [
		entry,
		{ ...entry, feedback: [{ type: 'rating', value: 'good', data_id: log.id }] },
	]);
	assert.equal(status, 422);
	assert.match(body.detail.message, /^Leave data_id out of a log's feedback/);
	assert.equal((await api.get(`/logs?project_id=${log.project_id}`)).body.total, 1);
});

test('a tool config is kept with its project, never active, and can only be logged', async (t) => {
	const api = await startApi(t);
	const tool = {
		...{ type: 'tool', name: 'weather', description: 'Says the weather.', strict: true },
		parameters: { type: 'object', properties: { city: { type: 'string' } } },
		...{ source: 'inline', source_code: 'return 1', other: { a: [1] }, preset_name: null },
	};
	const log = await create(api, { config: tool, inputs: { city: 'Rome' }, output: 'sunny' });
	const { strict: _, ...shown } = tool;
	assert.deepEqual(log.config, {
		...shown,
		...{ id: log['config_id'], created_by: null, status: 'committed', preset_name: null },
		...{ setup_schema: null, signature: null, is_preset: null },
	});
	assert.deepEqual((await api.get(`/logs?project_id=${log.project_id}`)).body.records[0], log);
	const project = (await api.get(`/projects/${log.project_id}`)).body;
	assert.deepEqual([project['active_config'], project['data_count']], [null, 1]);
	assert.deepEqual((await api.get(`/projects/${log.project_id}/configs`)).body, []);
	const id = String(log['config_id']);
	assert.equal((await create(api, { config: { ...tool, preset_name: undefined } }))['config_id'], id);
	assert.equal((await create(api, { config: undefined, config_id: id }))['config_id'], id);
	const others = [{ strict: false }, { parameters: {} }, { name: 'climate' }, { description: 'x' }];
	const ids = await Promise.all(
		others.map(async (other) => (await create(api, { config: { ...tool, ...other } }))['config_id']),
	);
	assert.equal(new Set([id, ...ids]).size, 5);
	const bare = (await create(api, { config: { type: 'tool', name: 'bare' } })).config as unknown as typeof tool;
	assert.deepEqual([bare.name, bare.description, bare.parameters, bare.other], ['bare', null, null, null]);
	assert.equal((await api.get(`/model-configs/${id}`)).status, 404);
	const run = await api.post('/completion-model-config', { model_config_id: id, project: 'tickets' });
	assert.deepEqual([run.status, run.body.detail.message], [422, `The config ${id} is a tool. Run a model config.`]);
	// The first model config of the project becomes the active one as before.
	const model = await create(api, { config: { model: 'm' } });
	const active = (await api.get(`/projects/${log.project_id}`)).body['active_config'] as { config: { id: string } };
	assert.equal(active.config.id, model['config_id']);
});

test('a time without an offset is in UTC', async (t) => {
	const api = await startApi(t);
	for (const [created_at, stored] of [
		['2024-01-31T08:00:00.123456', '2024-01-31T08:00:00.123Z'],
		['2024-01-31T08:00:00', '2024-01-31T08:00:00.000Z'],
		['2024-01-31 08:00', '2024-01-31T08:00:00.000Z'],
		['2024-01-31t08:00:00.123456789z', '2024-01-31T08:00:00.123Z'],
		['2024-01-31T08:00:00.5+0530', '2024-01-31T02:30:00.500Z'],
		['2016-12-31T23:59:60', '2016-12-31T23:59:59.000Z'],
	] as const) {
		const log = await create(api, { created_at, feedback: { type: 'rating', value: 'good', created_at } });
		assert.equal(log.created_at, stored);
		assert.equal((log['feedback'] as { created_at: string }[])[0]?.created_at, stored);
	}
});
