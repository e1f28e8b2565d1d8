import assert from 'node:assert/strict';
import test from 'node:test';
import { newLog } from '../src/domain/entities.ts';
import { newConfig } from '../src/domain/prompts/configs.ts';
import { GroupCommit } from '../src/storage/groupCommit.ts';
import { migrate } from '../src/storage/migrations.ts';
import { createStore } from '../src/storage/store.ts';
import { fillProject, untilIndexed } from './fillProject.ts';
import { type Api, startApi } from './setup.ts';
import { execute, openTestDatabase } from './storage/storage.ts';

async function setUp(api: Api) {
	const entry = { project: 'tickets', config: { model: 'm' } };
	const made = (await api.post('/logs', { ...entry, reference_id: 'r', inputs: { q: 'parrot' }, output: 'before' }))
		.body;
	const read = async () => (await api.get(`/logs/${made.id}`)).body;
	const found = async (text: string) =>
		(await api.get(`/logs?project_id=${made.project_id}&search=${text}`)).body.records.map(({ id }) => id);
	return { entry, id: made.id, read, found };
}

test('a log is changed by its ID and by its reference ID, and searches find the new output only', async (t) => {
	const api = await startApi(t);
	await fillProject(api);
	const { id, read, found } = await setUp(api);
	await untilIndexed(api);
	assert.deepEqual(await found('before'), [id]);
	const before = await read();
	const changed = await api.call('PATCH', `/logs/${id}`, { output: 'afterwards', duration: 1.5, id, referenceId: 'r' });
	assert.equal(changed.status, 200, changed.text);
	assert.deepEqual(changed.body, await read());
	const { updated_at, ...rest } = changed.body;
	assert.ok(String(updated_at) >= String(before['updated_at']));
	assert.deepEqual(rest, {
		...Object.fromEntries(Object.entries(before).filter(([key]) => key !== 'updated_at')),
		...{ output: 'afterwards', raw_output: 'afterwards', duration: 1.5 },
	});
	for (const wait of [async () => undefined, () => untilIndexed(api)]) {
		await wait();
		assert.deepEqual([await found('before'), await found('afterw'), await found('parrot')], [[], [id], [id]]);
	}
	const failed = await api.call('PATCH', '/logs?reference_id=r', { error: 'no answer' });
	assert.deepEqual(
		[failed.status, failed.body['error'], failed.body.output, failed.body.duration],
		[200, 'no answer', 'afterwards', 1.5],
	);
	const emptied = await api.call('PATCH', `/logs/${id}`, { output: '' });
	assert.deepEqual([emptied.body.output, await found('afterw'), await found('parrot')], ['', [], [id]]);
});

test('null and an empty body change nothing', async (t) => {
	const api = await startApi(t);
	const { id, read } = await setUp(api);
	const before = await read();
	for (const body of [{}, { output: null, error: null, duration: null }, { id, referenceId: 'r' }]) {
		const { status, body: log } = await api.call('PATCH', `/logs/${id}`, body);
		assert.deepEqual([status, log], [200, before]);
	}
});

test('a key that is misspelled is named; the parameters that the official SDK repeats are not', async (t) => {
	const api = await startApi(t);
	const { id } = await setUp(api);
	const { body: projects } = await api.get('/projects');
	const projectId = projects.records[0].id;
	const bodies: [method: 'PATCH' | 'POST', path: string, key: string, body: Record<string, unknown>][] = [
		['PATCH', `/logs/${id}`, 'ouput', { id, ouput: 'typo' }],
		['PATCH', '/logs?reference_id=r', 'ouput', { referenceId: 'r', ouput: 'typo' }],
		['PATCH', `/projects/${projectId}`, 'nmae', { id: projectId, nmae: 'typo' }],
		['PATCH', `/projects/${projectId}/deploy-config`, 'where', { projectId, config_id: 'config_1', where: [] }],
		['POST', `/projects/${projectId}/feedback-types`, 'vaules', { id, type: 'mood', class: 'select', vaules: [] }],
	];
	for (const [method, path, key, body] of bodies) {
		const refused = await api.call(method, path, body);
		assert.deepEqual([refused.status, refused.body.detail.map(({ loc }) => loc)], [422, [['body', key]]], path);
	}
});

test('what cannot be changed is named, and stays as it is', async (t) => {
	const api = await startApi(t);
	const { entry } = await setUp(api);
	const { id } = (await api.post('/logs', { ...entry, save: false, output: 'secret' })).body;
	const refused = await api.call('PATCH', `/logs/${id}`, { output: 'x', duration: 2 });
	assert.equal(refused.status, 422);
	assert.equal(
		refused.body.detail.message,
		`The log ${id} was made with save false, so it can have no output. Leave output out.`,
	);
	const log = (await api.get(`/logs/${id}`)).body;
	assert.deepEqual([log.output, log.duration], [null, null]);
	assert.equal((await api.call('PATCH', `/logs/${id}`, { duration: 2 })).body.duration, 2);
	for (const [path, message] of [
		['/logs/data_x', 'No such log: "data_x".'],
		['/logs?reference_id=none', 'No such reference_id: "none".'],
	] as const) {
		const { status, body } = await api.call('PATCH', path, { output: 'x' });
		assert.deepEqual([status, body.detail.message], [404, message]);
	}
	const { body } = await api.call('PATCH', '/logs', { output: 'x' });
	assert.deepEqual(body.detail[0]?.loc, ['query', 'reference_id']);
	const negative = await api.call('PATCH', `/logs/${id}`, { duration: -1 });
	assert.deepEqual([negative.status, negative.body.detail[0]!.loc], [422, ['body', 'duration']]);
	const wrong = await api.call('PATCH', `/logs/${id}`, { output: 1, duration: 'x' });
	assert.deepEqual(wrong.body.detail.map(({ loc }) => loc.join('.')).sort(), ['body.duration', 'body.output']);
});

test('when one sample of a call is changed, the inputs of all are still found, each once', async (t) => {
	const api = await startApi(t);
	await fillProject(api);
	const config = await api.config({ prompt_template: 'Say {{q}}' });
	const call = { model_config_id: config, project: 'tickets', num_samples: 3, inputs: { q: 'flamingo' } };
	const { data, project_id } = (await api.post('/completion-model-config', call)).body;
	const ids = data.map(({ id }) => id);
	const found = async (text: string) => {
		const { records, total } = (await api.get(`/logs?project_id=${project_id}&search=${text}`)).body;
		assert.equal(total, records.length);
		return records.map(({ id }) => id);
	};
	await untilIndexed(api);
	for (const [index, id] of ids.entries()) {
		const { body } = await api.call('PATCH', `/logs/${id}`, { output: `changed${index}` });
		assert.notEqual(body['raw_output'], `changed${index}`, 'what the provider has sent stays');
		for (const wait of [async () => undefined, () => untilIndexed(api)]) {
			await wait();
			assert.deepEqual([await found('flamingo'), await found(`changed${index}`)], [ids, [id]]);
		}
	}
	assert.deepEqual(await found('changed'), ids);
	await untilIndexed(api);
	const [{ n }] = (await execute(
		api.dataDir,
		`select count(*) as n from log_texts where log_id in ('${ids.join("','")}')`,
	)) as [{ n: number }];
	assert.equal(Number(n), 4, 'no text is in the index twice');
});

test('a log that is about to be deleted cannot be changed, so that it is deleted', async (t) => {
	const database = await openTestDatabase(t);
	await migrate(database);
	const store = createStore(database, new GroupCommit(database));
	const at = '2024-01-01T00:00:00.000Z';
	await store.write(async (writes) => {
		const project = { id: 'pr_1', name: 'p', isNew: true };
		const session = { id: 'sesh_1', newReference: 'chat' };
		await writes.ensureTarget({ project, session, parentId: null });
		const config = newConfig('p', { model: 'm' });
		const { id: configId } = await writes.findOrCreateConfig('pr_1', config);
		const ids = { id: 'data_1', projectId: 'pr_1', sessionId: 'sesh_1', configId };
		await writes.logs([newLog({ ...ids, sampleIndex: 0, save: true, user: 'ann', createdAt: at, updatedAt: at })]);
	});
	const change = (time: string) => store.write((writes) => writes.changeLog('data_1', { output: 'x' }, time));
	for (const [kind, subject] of [
		['user', 'ann'],
		['session_id', 'sesh_1'],
		['session_reference_id', 'chat'],
	] as const) {
		const counts = { deletedLogs: 0, deletedFeedback: 0, deletedResponses: 0 };
		const deletion = { id: kind, kind, subject, subjectHash: '', ...counts, createdAt: at, finishedAt: null };
		await store.write((writes) => writes.addDeletion(deletion));
		assert.equal(await change(at), false, kind);
		await store.write((writes) => writes.finishDeletion(kind, at));
		assert.equal(await change(at), true, kind);
	}
	// What is stored after a request stays, and can change.
	await change('2024-01-03T00:00:00.000Z');
	const counts = { deletedLogs: 0, deletedFeedback: 0, deletedResponses: 0 };
	const earlier = {
		kind: 'user' as const,
		subject: 'ann',
		subjectHash: '',
		...counts,
		createdAt: at,
		finishedAt: null,
	};
	await store.write((writes) => writes.addDeletion({ ...earlier, id: 'earlier' }));
	assert.equal(await change('2024-01-04T00:00:00.000Z'), true);
});
