import assert from 'node:assert/strict';
import { existsSync, readFileSync } from 'node:fs';
import test, { type TestContext } from 'node:test';
import { send } from './keyRequests.ts';
import { until } from './provider.ts';
import { type Api, apiKey, startApi } from './setup.ts';
import { execute, onlyOnSqlite, storage } from './storage/storage.ts';

type Deletion = Record<string, unknown> & { id: string; status: string };

async function setUp(t: TestContext) {
	const api = await startApi(t);
	const address = await api.listen();
	const id = await api.config();
	const complete = (more: object, key?: string) =>
		fetch(`${address}/completion-model-config`, {
			method: 'POST',
			headers: {
				...{ 'x-api-key': apiKey, 'content-type': 'application/json' },
				...(key === undefined ? {} : { 'idempotency-key': key }),
			},
			body: JSON.stringify({ model_config_id: id, project: 'tickets', ...more }),
		});
	const remove = async (body: object): Promise<Deletion> => {
		const asked = await send(address, apiKey, 'POST', '/deletions', body);
		assert.equal(asked.status, 202, JSON.stringify(asked.body));
		const { id: deletion } = asked.body as unknown as Deletion;
		let last: Deletion | undefined;
		await until(async () => {
			last = (await api.get(`/deletions/${deletion}`)).body as unknown as Deletion;
			return last.status === 'done';
		});
		return last as Deletion;
	};
	return { api, address, complete, remove };
}

async function count(api: Api, text: string): Promise<number> {
	return Number((await execute(api.dataDir, `select count(*) as n from ${text}`))[0]?.['n']);
}

test('a deletion of a user deletes logs, feedback, saved responses and text, and nothing of others', async (t) => {
	const { api, address, complete, remove } = await setUp(t);
	const ofAnn = { user: 'ann@example.com', inputs: { ticket: 'pancreas-4711-secret' }, session_reference_id: 'chat' };
	const first = (await (await complete({ ...ofAnn, num_samples: 3 }, 'k1')).json()) as { data: { id: string }[] };
	const other = (await (await complete({ user: 'bob', inputs: { ticket: 'printer' } }, 'k2')).json()) as typeof first;
	const child = { user: 'bob', inputs: { ticket: 'child' }, parent_id: first.data[0]?.id };
	const ofChild = (await (await complete(child)).json()) as typeof first;
	const feedback = { type: 'rating', value: 'good', user: 'ann@example.com', data_id: other.data[0]?.id };
	assert.equal((await send(address, apiKey, 'POST', '/feedback', feedback)).status, 200);
	const projectId = String((await api.get('/projects')).body.records[0].id);
	const search = async () => (await api.get(`/logs?project_id=${projectId}&search=pancreas`)).body.total;
	assert.equal(await search(), 3);
	const { id, created_at, finished_at, ...done } = await remove({ user: 'ann@example.com' });
	assert.deepEqual(
		{ ...done, subject_sha256: String(done['subject_sha256']).length },
		{
			...{ status: 'done', kind: 'user', subject_sha256: 64 },
			...{ deleted_logs: 3, deleted_feedback: 1, deleted_responses: 1 },
		},
	);
	assert.ok(id && created_at && finished_at);
	assert.equal(await search(), 0);
	assert.equal((await api.get(`/logs?project_id=${projectId}`)).body.total, 2);
	assert.equal(await count(api, 'feedback'), 0);
	const stored = (await api.get(`/logs/${String(ofChild.data[0]?.id)}`)).body;
	assert.equal(stored.parent_id, null);
	assert.equal(
		(await complete({ user: 'bob', inputs: { ticket: 'printer' } }, 'k2')).headers.get('idempotent-replayed'),
		'true',
	);
	const repeat = await complete({ ...ofAnn, num_samples: 3 }, 'k1');
	assert.equal(repeat.status, 200);
	assert.equal(repeat.headers.get('idempotent-replayed'), null, 'its response is gone, so it runs again');
	await repeat.arrayBuffer();
	const audit = JSON.stringify((await api.get('/audit')).body);
	assert.ok(audit.includes('data.deleted') && !audit.includes('ann@'));
	assert.equal((await remove({ user: 'nobody' }))['deleted_logs'], 0);
	assert.equal((await api.get('/deletions')).body.total, 2);
});

test('a session is deleted by its ID or by its reference, and the session itself too', async (t) => {
	const { api, complete, remove } = await setUp(t);
	await complete({ inputs: { ticket: 'a' }, session_reference_id: 'chat 1' });
	const { session_id: id } = (await (
		await complete({ inputs: { ticket: 'b' }, session_reference_id: 'chat 2' })
	).json()) as Record<string, string>;
	await complete({ inputs: { ticket: 'stays' } });
	assert.equal((await remove({ session_reference_id: 'chat 1' }))['deleted_logs'], 1);
	assert.equal((await remove({ session_id: id }))['deleted_logs'], 1);
	assert.equal(await count(api, 'sessions'), 0);
	assert.equal(await count(api, 'session_projects'), 0);
	assert.equal(await count(api, 'logs'), 1);
});

test('a deletion needs exactly one subject', async (t) => {
	const { address } = await setUp(t);
	for (const body of [{}, { user: 'a', session_id: 'b' }])
		assert.equal((await send(address, apiKey, 'POST', '/deletions', body)).status, 422);
});

test('after a deletion, the text is not in the files of SQLite', onlyOnSqlite, async (t) => {
	const { api, complete, remove } = await setUp(t);
	const secret = 'qzxj-forget-me';
	await complete({ user: 'cleo-the-person', inputs: { ticket: secret } }, 'k');
	await complete({ user: 'bob', inputs: { ticket: 'something else' } });
	const terms = () => execute(api.dataDir, "select term from log_vocabulary where term = 'qzx'");
	await until(async () => (await terms()).length === 1);
	const bytes = () =>
		['', '-wal']
			.map((end) => api.dataFile + end)
			.map((file) => (existsSync(file) ? readFileSync(file, 'latin1') : ''))
			.join();
	assert.ok(bytes().includes(secret) && bytes().includes('cleo-the-person'));
	await remove({ user: 'cleo-the-person' });
	assert.ok(!bytes().includes(secret));
	assert.deepEqual(await terms(), []);
	await until(() => !bytes().includes('cleo-the-person'));
});

test('logs older than LOG_RETENTION_DAYS are deleted, newer ones stay', async (t) => {
	const first = await startApi(t);
	const config = { model: 'mock-1', provider: 'mock', prompt_template: 'Hi' };
	const entry = { project: 'p', config, inputs: {}, output: 'x' };
	const dayMs = 24 * 60 * 60 * 1000;
	const at = (days: number) => new Date(Date.now() - days * dayMs).toISOString();
	const old = Array.from({ length: 120 }, () => ({ ...entry, created_at: at(40), session_reference_id: 'old' }));
	assert.equal((await first.post('/logs', [...old, { ...entry, created_at: at(20) }])).status, 200);
	await first.app.close();
	const api = await startApi(t, { dataDir: first.dataDir, logRetentionDays: 30 });
	await api.listen();
	await until(async () => (await count(api, 'logs')) === 1);
	await until(async () => (await count(api, 'sessions')) === 0);
	const [project] = (await api.get('/projects')).body.records;
	assert.equal((await api.get(`/logs?project_id=${String(project.id)}`)).body.total, 1, storage);
});
