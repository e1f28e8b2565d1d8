import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import test, { type TestContext } from 'node:test';
import { DeletionJobs } from '../src/domain/deletions/deletionJobs.ts';
import { newDeletion } from '../src/domain/deletions/requestDeletion.ts';
import { newId } from '../src/domain/ids.ts';
import type { Store } from '../src/domain/store.ts';
import { GroupCommit } from '../src/storage/groupCommit.ts';
import { migrate } from '../src/storage/migrations.ts';
import { createStore } from '../src/storage/store.ts';
import { fillProject, untilIndexed } from './fillProject.ts';
import { send } from './keyRequests.ts';
import { type Api, apiKey, startApi } from './setup.ts';
import { execute, openTestDatabase, storage } from './storage/storage.ts';

type Deletion = Record<string, unknown> & { status: string };

async function lastDeletion(api: Api): Promise<Deletion> {
	return ((await api.get('/deletions')).body.records as unknown as Deletion[])[0] as Deletion;
}

/** Waits until the saved responses are deleted too. */
async function untilDone(api: Api): Promise<Deletion> {
	for (;;) {
		const last = await lastDeletion(api);
		if (last?.status === 'done') return last;
		await new Promise((resume) => setTimeout(resume, 20));
	}
}

async function count(api: Api, text: string): Promise<number> {
	return Number((await execute(api.dataDir, `select count(*) as n from ${text}`))[0]?.['n']);
}

async function setUp(t: TestContext) {
	const api = await startApi(t);
	const address = await api.listen();
	const model_config_id = await api.config({ prompt_template: 'Say {{q}}' });
	const complete = (more: object, key: string) =>
		send(
			...([address, apiKey, 'POST', '/completion-model-config'] as const),
			{ model_config_id, project: 'tickets', ...more },
			{ 'idempotency-key': key },
		);
	const remove = (...ids: string[]) => api.call('DELETE', `/logs?${ids.map((id) => `id=${id}`).join('&')}`);
	return { api, address, complete, remove };
}

test('logs are deleted with their feedback, their sessions and their saved responses, and nothing else', async (t) => {
	const { api, complete, remove } = await setUp(t);
	const gone = (await complete({ inputs: { q: 'one' }, session_reference_id: 's' }, 'k1')).body;
	const kept = (await complete({ inputs: { q: 'two' }, parent_id: gone.data[0].id, num_samples: 2 }, 'k2')).body;
	const other = (await complete({ inputs: { q: 'three' }, session_reference_id: 'other' }, 'k3')).body;
	for (const { id } of [gone.data[0], other.data[0], kept.data[0]]) {
		assert.equal((await api.post('/feedback', { type: 'rating', value: 'good', data_id: id })).status, 200);
	}
	const ids = [gone.data[0].id, other.data[0].id];
	const removed = await remove(...ids, ids[0] as string, 'data_unknown');
	assert.deepEqual([removed.status, removed.text], [204, '']);
	for (const id of ids) assert.equal((await api.get(`/logs/${id}`)).status, 404);
	const list = (await api.get(`/logs?project_id=${kept.project_id}`)).body;
	assert.deepEqual(
		list.records.map(({ id, parent_id, feedback }) => [id, parent_id, feedback.length]),
		[
			[kept.data[0].id, null, 1],
			[kept.data[1].id, null, 0],
		],
	);
	assert.equal(list.total, 2);
	assert.equal(await count(api, 'feedback'), 1);
	assert.equal((await api.get(`/sessions/${other.session_id}`)).status, 404);
	assert.equal((await api.get(`/sessions/${gone.session_id}`)).body['datapoints_count'], 2);
	const { subject_sha256, deleted_logs, deleted_feedback, deleted_responses, kind } = await untilDone(api);
	assert.deepEqual([kind, deleted_logs, deleted_feedback, deleted_responses], ['logs', 2, 2, 2]);
	assert.equal(subject_sha256, createHash('sha256').update(ids.join(',')).digest('hex'));
	assert.equal(
		(await complete({ inputs: { q: 'one' }, session_reference_id: 's' }, 'k1')).headers.get('idempotent-replayed'),
		null,
	);
	const { records } = (await api.get('/audit')).body as unknown as { records: Record<string, unknown>[] };
	assert.deepEqual(
		[records[0]?.['action'], records[0]?.['actor_name'], records[0]?.['details']],
		['logs.deleted', 'HUMANLOOP_API_KEY', { logs: 2, ids }],
	);
	assert.equal((await remove(...ids)).status, 204, 'a repeat changes nothing and does not fail');
	assert.equal(await count(api, 'deletions'), 1);
});

test('the samples that stay keep what they shared with the deleted one, and are found by it', async (t) => {
	const { api, complete, remove } = await setUp(t);
	await fillProject(api);
	const { data, project_id } = (await complete({ inputs: { q: 'flamingo' }, num_samples: 4 }, 'k')).body;
	const ids = data.map(({ id }) => id);
	const read = async (id: string) => {
		const { updated_at: _, ...log } = (await api.get(`/logs/${id}`)).body;
		return log;
	};
	const before = new Map(await Promise.all(ids.map(async (id) => [id, await read(id)] as const)));
	const found = async () =>
		(await api.get(`/logs?project_id=${project_id}&search=flamingo`)).body.records.map(({ id }) => id);
	await untilIndexed(api);
	assert.deepEqual(await found(), ids);
	for (const removed of [[0], [1, 3], [2]]) {
		assert.equal((await remove(...removed.map((index) => ids[index] as string))).status, 204);
		for (const index of removed) before.delete(ids[index] as string);
		for (const wait of [async () => undefined, () => untilIndexed(api)]) {
			await wait();
			assert.deepEqual(await found(), [...before.keys()]);
		}
		for (const [id, log] of before) assert.deepEqual(await read(id), log);
	}
	assert.equal(await count(api, `log_texts where log_id in ('${ids.join("','")}')`), 0);
});

test('a saved response with a NUL character is found, too', async (t) => {
	const { api, complete, remove } = await setUp(t);
	const { data } = (await complete({ inputs: { q: 'a\u0000b' } }, 'k')).body;
	await remove(data[0].id);
	assert.equal((await untilDone(api))['deleted_responses'], 1);
});

test('the saved responses are looked at once for all deletions of logs that wait, after the other deletions', async (t) => {
	const database = await openTestDatabase(t);
	await migrate(database);
	const store = createStore(database, new GroupCommit(database));
	for (const kind of ['logs', 'user', 'logs', 'logs'] as const) {
		const deletion = newDeletion({ kind, subject: 'ann' }, Date.now());
		await store.write((writes) => writes.addDeletion(deletion));
	}
	const looks: (string | null)[] = [];
	const watched: Store = {
		...store,
		responsesToDelete: (user, ...rest) => {
			looks.push(user);
			return store.responsesToDelete(user, ...rest);
		},
	};
	const errors: unknown[] = [];
	const jobs = new DeletionJobs(watched, (error) => errors.push(error), Date.now);
	jobs.wake();
	while ((await store.runningDeletions()).length > 0 && errors.length === 0) {
		await new Promise((resume) => setTimeout(resume, 20));
	}
	await jobs.close();
	assert.deepEqual([looks, errors], [['ann', null], []]);
});

test('as many IDs as are accepted fit into the start of a request', async (t) => {
	const { address, remove } = await setUp(t);
	const ids = (count: number) => Array.from({ length: count }, () => newId('data'));
	const headers = { 'x-api-key': apiKey, 'user-agent': 'x'.repeat(1000) };
	const query = ids(400).map((id) => `id=${id}`);
	const { status } = await fetch(`${address}/logs?${query.join('&')}`, { method: 'DELETE', headers });
	assert.equal(status, 204);
	assert.equal((await remove(...ids(401))).status, 422);
});

test('no ID at all is named', async (t) => {
	const { api } = await setUp(t);
	const { status, body } = await api.call('DELETE', '/logs');
	assert.equal(status, 422);
	assert.deepEqual(body.detail[0], { loc: ['query', 'id'], msg: 'field required', type: 'value_error.missing' });
});

// SQLite's file is the server's alone, and SQLite reads such JSON.
const onPostgres = { skip: storage === 'sqlite' && 'about how PostgreSQL reads JSON' };

test('a saved response with half of a character is found, too: a provider can cut one', onPostgres, async (t) => {
	const { api, complete, remove } = await setUp(t);
	const { data } = (await complete({ inputs: { q: 'marker' } }, 'k')).body;
	const half = "replace(response, 'marker', '\\ud83d')";
	await execute(api.dataDir, `update saved_responses set response = ${half}`);
	await remove(data[0].id);
	assert.equal((await untilDone(api))['deleted_responses'], 1);
});
