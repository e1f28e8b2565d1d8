import assert from 'node:assert/strict';
import { DatabaseSync } from 'node:sqlite';
import test from 'node:test';
import type { SessionResponse } from '../src/contract/sessions.ts';
import { type Api, apiKey, startApi, tempDir } from './setup.ts';
import { onlyOnSqlite } from './storage/storage.ts';

type SessionPage = { records: SessionResponse[]; page: number; size: number; total: number };

async function runs(api: Api) {
	const id = await api.config({ prompt_template: 'Say {{what}}' });
	return async (more: object) => {
		const { status, body, text } = await api.post('/completion-model-config', {
			model_config_id: id,
			inputs: { what: 'hi' },
			...more,
		});
		assert.equal(status, 200, text);
		return body;
	};
}

async function listed(api: Api, projectId: string, query = ''): Promise<SessionPage> {
	return (await api.get(`/sessions?project_id=${projectId}${query}`)).body as unknown as SessionPage;
}

async function session(api: Api, id: string): Promise<SessionResponse> {
	return (await api.get(`/sessions/${id}`)).body as unknown as SessionResponse;
}

test('a session is made without a body, with an empty one and with an empty object, and takes logs', async (t) => {
	const api = await startApi(t);
	const run = await runs(api);
	const ids = new Set<string>();
	for (const body of [undefined, '', '{}', 'null']) {
		const made = await api.post('/sessions', body);
		assert.equal(made.status, 201, made.text);
		assert.deepEqual(Object.keys(made.body), ['id']);
		assert.match(String(made.body['id']), /^sesh_[A-Za-z0-9]{21}$/);
		ids.add(String(made.body['id']));
	}
	assert.equal(ids.size, 4);
	const [id] = [...ids] as [string];
	const empty = await session(api, id);
	assert.ok(Math.abs(Date.parse(empty.created_at) - Date.now()) < 60_000);
	assert.deepEqual(empty, {
		id,
		reference_id: null,
		projects: [],
		datapoints_count: 0,
		first_inputs: null,
		last_output: null,
		created_at: empty.created_at,
		updated_at: empty.created_at,
	});
	assert.equal((await run({ session_id: id })).session_id, id);
	assert.equal((await session(api, id)).datapoints_count, 1);
});

test('what POST /sessions cannot use is named', async (t) => {
	const api = await startApi(t);
	const refused = await api.post('/sessions', { reference_id: 'x' });
	assert.deepEqual(refused.body.detail, [
		{ loc: ['body', 'reference_id'], msg: 'extra fields not permitted', type: 'value_error.extra' },
	]);
	for (const [body, status] of [
		['[]', 422],
		['"x"', 422],
		['{', 400],
		['{"a":'.repeat(300) + '1' + '}'.repeat(300), 422],
	] as const) {
		assert.equal((await api.post('/sessions', body)).status, status, body.slice(0, 20));
	}
});

test('a session tells of its projects, its logs, the first inputs and the last output', async (t) => {
	const api = await startApi(t);
	const run = await runs(api);
	const first = await run({ project: 'zoo', session_reference_id: 'chat', inputs: { what: 'one' } });
	const before = await session(api, first.session_id);
	await new Promise((resume) => setTimeout(resume, 5));
	await run({ project: 'ape', session_id: first.session_id, inputs: { what: 'two' }, num_samples: 2 });
	const last = await run({ session_id: first.session_id, inputs: { what: 'three' }, num_samples: 2 });
	await run({ project: 'zoo', inputs: { what: 'elsewhere' } });
	const after = await session(api, first.session_id);
	assert.deepEqual([after.reference_id, after.datapoints_count, after.first_inputs], ['chat', 5, { what: 'one' }]);
	assert.deepEqual(
		after.projects.map(({ name, type }) => [name, type]),
		[
			['ape', 'prompt'],
			['zoo', 'prompt'],
		],
	);
	assert.equal(after.projects[1]?.id, first.project_id);
	assert.equal(after.last_output, last.data[1].output);
	assert.equal(after.created_at, before.created_at);
	assert.ok(after.updated_at > before.updated_at);
	assert.deepEqual((await listed(api, first.project_id)).records, [after]);
});

test('a log with a time of its own has its place in the session by it', async (t) => {
	const api = await startApi(t);
	const run = await runs(api);
	const { session_id: id } = await run({ project: 'tickets', session_reference_id: 's' });
	const log = { project: 'tickets', config: { model: 'm' }, session_id: id };
	await api.post('/logs', [
		{ ...log, created_at: '2024-01-02T00:00:00Z', inputs: { n: 2 }, output: 'early' },
		{ ...log, created_at: '2024-01-01T00:00:00Z', inputs: { n: 1 }, output: 'earliest' },
		{ ...log, created_at: '2999-01-01T00:00:00Z', inputs: { n: 3 }, output: 'late' },
	]);
	const {
		first_inputs: first,
		last_output: last,
		datapoints_count: count,
		updated_at: updated,
	} = await session(api, id);
	assert.deepEqual([first, last, count], [{ n: 1 }, 'late', 4]);
	assert.ok(Math.abs(Date.parse(updated) - Date.now()) < 60_000);
});

test('nothing is shown of what was not to be saved, and a failed call has no output', async (t) => {
	const api = await startApi(t);
	const run = await runs(api);
	const { session_id: id } = await run({ session_reference_id: 's', save: false, inputs: { what: 'secret' } });
	const middle = await run({ session_id: id, inputs: { what: 'open' } });
	assert.deepEqual(
		[(await session(api, id)).first_inputs, (await session(api, id)).last_output],
		[null, middle.data[0].output],
	);
	await run({ session_id: id, save: false });
	assert.deepEqual([(await session(api, id)).first_inputs, (await session(api, id)).last_output], [null, null]);
	await api.post('/logs', { project: 'tickets', config: { model: 'm' }, session_id: id, error: 'failed' });
	assert.equal((await session(api, id)).last_output, null);
});

test('sessions are listed newest first, by project, in pages from 1', async (t) => {
	const api = await startApi(t);
	const run = await runs(api);
	const ids: string[] = [];
	let projectId = '';
	for (let index = 0; index < 13; index += 1) {
		const made = await run({ project: 'tickets', session_reference_id: `s${index}` });
		ids.unshift(made.session_id);
		projectId = made.project_id;
		await new Promise((resume) => setTimeout(resume, 2));
	}
	await run({ project: 'another', session_reference_id: 'other' });
	await api.post('/sessions');
	await run({ project: 'tickets', session_reference_id: 's3' });
	const whole = await listed(api, projectId);
	assert.deepEqual([whole.page, whole.size, whole.total], [1, 10, 13]);
	assert.deepEqual(
		whole.records.map(({ id }) => id),
		ids.slice(0, 10),
	);
	const second = await listed(api, projectId, '&page=2');
	assert.deepEqual([second.page, second.total, second.records.map(({ id }) => id)], [2, 13, ids.slice(10)]);
	assert.deepEqual(
		(await listed(api, projectId, '&page=5&size=3')).records.map(({ id }) => id),
		ids.slice(12),
	);
	assert.deepEqual(await listed(api, projectId, '&page=6&size=3'), { records: [], page: 6, size: 3, total: 13 });
});

test('page 0 of the sessions is the first page', async (t) => {
	const api = await startApi(t);
	const run = await runs(api);
	const { project_id: id } = await run({ project: 'tickets', session_reference_id: 'one' });
	await run({ project: 'tickets', session_reference_id: 'two' });
	const first = await listed(api, id, '&page=1&size=1');
	assert.deepEqual(await listed(api, id, '&page=0&size=1'), first);
	assert.deepEqual([first.page, first.records.length, first.total], [1, 1, 2]);
	assert.equal((await api.get(`/sessions?project_id=${id}&page=-1`)).body.detail[0]?.loc[1], 'page');
});

test('a session is made by an empty form, as the official SDK sends it, and by no other', async (t) => {
	const address = await (await startApi(t)).listen();
	const send = (body: string | null) =>
		fetch(`${address}/sessions`, {
			method: 'POST',
			headers: { 'x-api-key': apiKey, 'content-type': 'application/x-www-form-urlencoded' },
			body,
		});
	for (const body of ['', null]) assert.equal((await send(body)).status, 201);
	const form = await send('a=b');
	assert.equal(form.status, 415);
	assert.equal(((await form.json()) as { detail: { type: string } }).detail.type, 'unsupported_media_type_error');
});

test('a missing project and what is not there are named', async (t) => {
	const api = await startApi(t);
	const { project_id: id } = await (await runs(api))({ project: 'tickets' });
	assert.deepEqual((await api.get('/sessions')).body.detail[0]?.loc, ['query', 'project_id']);
	assert.equal((await api.get(`/sessions?project_id=${id}&size=1001`)).status, 422);
	assert.equal((await api.get('/sessions?project_id=pr_x')).body.detail.message, 'No such project_id: "pr_x".');
	assert.equal((await api.get('/sessions/sesh_x')).body.detail.message, 'No such session: "sesh_x".');
});

/** The database as the version before feedback and session lists left it; `half`: a crash came in the middle. */
function toSchema2(dataFile: string, half: boolean): void {
	const db = new DatabaseSync(dataFile);
	db.exec(`
    delete from kysely_migration where name >= '0003';
    drop table config_aliases;
    drop table usage;
    drop table session_usage;
    drop table budget_reservations;
    drop table budgets;
    drop index logs_of_answer; drop index failed_logs; drop index failed_logs_by_time; drop index deleted_projects;
    alter table logs drop column answer_hash;
    alter table logs drop column reused_log_id;
    drop trigger log_is_stored; drop trigger log_is_deleted; drop trigger log_text_is_changed;
    drop index feedback_by_value; drop index logs_of_config; create index logs_by_config on logs (config_id, created_at);
    alter table logs drop column environment; alter table logs drop column judgment;
    alter table logs drop column tool_choice; alter table configs drop column type;
    drop table log_vocabulary; drop table log_terms; drop table log_texts; drop table search_queue; drop table log_counts;
    drop index logs_of_session; drop index logs_by_source;
    drop index projects_by_creation; drop index projects_by_update; drop index configs_in_project;
    drop index projects_by_name; alter table projects drop column deleted_at;
    alter table projects add column active_config_id text;
    update projects set active_config_id = (select config_id from deployed_configs where project_id = projects.id);
    drop table deployed_configs; drop table deployments; drop table environments; drop table feedback_types;
    create index logs_in_session on logs (session_id, created_at, sample_index);
    drop index logs_of_call; drop index logs_of_response;
    alter table logs drop column call_log_id; alter table logs drop column response_log_id;
    alter table logs drop column call_origin;
    drop table audit_entries; drop table deletions;
    drop index logs_by_time; drop index logs_of_user; drop index logs_of_parent; drop index feedback_of_user;
    alter table saved_responses rename column response to answer;
    alter table saved_responses rename to replays;
    drop index saved_responses_by_age;
    create index replays_by_age on replays (created_at);
    update sessions set updated_at = created_at;
    delete from session_projects;
  `);
	if (!half) {
		db.exec(`
      drop table feedback; drop table session_projects; drop index logs_in_session; drop index logs_in_project;
      create index logs_by_session on logs (session_id); create index logs_by_project on logs (project_id, created_at);
    `);
	}
	db.close();
}

test(
	'a database of an earlier version is brought up to date, also when that was broken off in the middle',
	onlyOnSqlite,
	async (t) => {
		const dataDir = tempDir(t);
		const first = await startApi(t, { dataDir });
		const run = await runs(first);
		const made = await run({ project: 'tickets', session_reference_id: 's' });
		await new Promise((resume) => setTimeout(resume, 5));
		await run({ project: 'another', session_reference_id: 's' });
		await run({ session_reference_id: 'no project' });
		await run({ project: 'tickets' });
		const expected = await listed(first, made.project_id);
		assert.equal(expected.records[0]?.projects.length, 2);
		await first.app.close();
		for (const half of [false, true]) {
			toSchema2(first.dataFile, half);
			const api = await startApi(t, { dataDir });
			assert.deepEqual(await listed(api, made.project_id), expected);
			const given = await api.app.inject({
				method: 'POST',
				url: '/v4/feedback',
				headers: { 'x-api-key': apiKey },
				payload: { type: 'rating', value: 'good', data_id: made.data[0].id },
			});
			assert.equal(given.statusCode, 200);
			await api.app.close();
		}
	},
);
