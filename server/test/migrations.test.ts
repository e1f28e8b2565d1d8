import assert from 'node:assert/strict';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import test from 'node:test';
import { fingerprintOf } from '../src/domain/idempotency/savedResponses.ts';
import { hashOf } from '../src/domain/keys/secret.ts';
import { migrate } from '../src/storage/migrations.ts';
import { openDatabase } from '../src/storage/openDatabase.ts';
import { openSqlite } from '../src/storage/sqlite.ts';
import { apiKey, startApi, tempDir } from './setup.ts';
import { databaseUrlFor, execute, onlyOnSqlite } from './storage/storage.ts';

const body = { type: 'rating', value: 'good', data_id: 'data_x' };
const saved = {
	type: 'rating',
	value: 'good',
	data_id: 'data_x',
	user: null,
	created_at: '2026-01-01T00:00:00.000Z',
	id: 'ann_saved',
};

/** A database of the version before `replays` was renamed, with one saved response. */
async function makeSchema3(dataFile: string): Promise<void> {
	const database = openSqlite(dataFile);
	await migrate(database, '0003_feedback_and_sessions');
	await database.close();
	const db = new DatabaseSync(dataFile);
	db.prepare('insert into replays (scope, key, fingerprint, answer, created_at) values (?, ?, ?, ?, ?)').run(
		hashOf(apiKey),
		'k',
		fingerprintOf('POST /v4/feedback', body),
		JSON.stringify(saved),
		new Date().toISOString(),
	);
	db.close();
}

for (const [when, brokenOff] of [
	['whole', ''],
	['broken off between its steps', 'alter table replays rename column answer to response'],
	[
		'broken off before it was recorded',
		`alter table replays rename column answer to response;
     alter table replays rename to saved_responses;
     create index saved_responses_by_age on saved_responses (created_at)`,
	],
] as const) {
	test(`responses that an earlier version saved are replayed after the upgrade, ${when}`, onlyOnSqlite, async (t) => {
		const dataDir = tempDir(t);
		const dataFile = join(dataDir, 'humanloop.db');
		await makeSchema3(dataFile);
		const db = new DatabaseSync(dataFile);
		db.exec(brokenOff);
		db.close();
		const { app } = await startApi(t, { dataDir });
		const response = await app.inject({
			method: 'POST',
			url: '/v4/feedback',
			headers: { 'x-api-key': apiKey, 'idempotency-key': 'k' },
			payload: body,
		});
		assert.equal(response.statusCode, 200, response.payload);
		assert.equal(response.headers['idempotent-replayed'], 'true');
		assert.deepEqual(response.json(), saved);
		const read = new DatabaseSync(dataFile, { readOnly: true });
		const indexes = read.prepare("select name from sqlite_master where type = 'index' and sql is not null").all();
		read.close();
		const names = indexes.map(({ name }) => String(name));
		assert.ok(names.includes('saved_responses_by_age') && !names.includes('replays_by_age'), names.join());
	});
}

test('keys of an earlier version become admins, and keep their saved responses through a rotation', async (t) => {
	const dataDir = tempDir(t);
	const { database } = await openDatabase({ dataDir, databaseUrl: databaseUrlFor(dataDir) }, () => undefined);
	await migrate(database, '0005_shared_values');
	await database.close();
	await execute(
		dataDir,
		`
			insert into api_keys (hash, created_at) values
				('${hashOf(apiKey)}', '2026-01-02T00:00:00.000Z'),
				('${hashOf('an older one')}', '2026-01-01T00:00:00.000Z');
			insert into saved_responses (scope, key, fingerprint, response, created_at) values (
				'${hashOf(apiKey)}', 'k', '${fingerprintOf('POST /v4/feedback', body)}', '${JSON.stringify(saved)}',
				'${new Date().toISOString()}'
			)
		`,
	);

	const api = await startApi(t, { dataDir, apiKey: undefined });
	await api.showFirstKey(() => assert.fail('there is a key already'));
	const { records } = (await api.get('/keys')).body as unknown as { records: Record<string, string>[] };
	assert.deepEqual(
		records.map(({ name, role, created_at, created_by }) => ({ name, role, created_at, created_by })),
		[
			{
				name: 'earlier key 2',
				role: 'admin',
				created_at: '2026-01-02T00:00:00.000Z',
				created_by: 'an earlier version',
			},
			{ name: 'first key', role: 'admin', created_at: '2026-01-01T00:00:00.000Z', created_by: 'an earlier version' },
		],
	);
	const rotated = (await api.post(`/keys/${records[0]!['id']}/rotate`, {})).body as unknown as { key: string };
	for (const key of [apiKey, rotated.key]) {
		const response = await api.app.inject({
			method: 'POST',
			url: '/v4/feedback',
			headers: { 'x-api-key': key, 'idempotency-key': 'k' },
			payload: body,
		});
		assert.equal(response.headers['idempotent-replayed'], 'true', response.payload);
		assert.deepEqual(response.json(), saved);
	}
});

test('the active configs of an earlier version are deployed in the default environment', async (t) => {
	const dataDir = tempDir(t);
	const { database } = await openDatabase({ dataDir, databaseUrl: databaseUrlFor(dataDir) }, () => undefined);
	await migrate(database, '0009_deletions');
	await database.close();
	const parameters = JSON.stringify({
		...{ provider: 'mock', model: 'mock-1', endpoint: 'complete', prompt_template: 'Hi', max_tokens: -1 },
		...{ temperature: 1, top_p: 1, presence_penalty: 0, frequency_penalty: 0, other: {} },
	});
	await execute(
		dataDir,
		`
			insert into projects (id, name, active_config_id, created_at, updated_at) values
				('pr_one', 'one', 'config_one', '2026-01-01T00:00:00.000Z', '2026-01-02T00:00:00.000Z'),
				('pr_none', 'none', null, '2026-01-03T00:00:00.000Z', '2026-01-03T00:00:00.000Z');
			insert into configs (id, project_id, hash, name, parameters, created_at, updated_at) values
				('config_one', 'pr_one', 'a', 'first', '${parameters}', '2026-01-01T00:00:01.000Z', 'then'),
				('config_two', 'pr_one', 'b', 'second', '${parameters}', '2026-01-02T00:00:01.000Z', 'then')
		`,
	);
	const api = await startApi(t, { dataDir });
	const active = await api.get('/projects/pr_one/active-config');
	assert.equal(active.body.config.id, 'config_one');
	assert.equal((await api.get('/projects/pr_none/active-config')).status, 404);
	assert.deepEqual(
		(await api.get('/projects')).body.records.map(({ name }) => name),
		['none', 'one'],
	);
	const { records } = (await api.get('/projects/pr_one/deployments')).body as unknown as { records: unknown[] };
	assert.deepEqual(records, [
		{
			...{ id: 'dep_one', number: 1, environment_id: active.body['environment_id'], environment_name: 'production' },
			...{ config_id: 'config_one', replaced_config_id: null, rollback_of: null },
			...{ actor_key_id: null, actor_name: null, created_at: '2026-01-01T00:00:01.000Z' },
		},
	]);
	const deployed = await api.call('PATCH', '/projects/pr_one/deploy-config', { config_id: 'config_two' });
	assert.equal(deployed.status, 200, deployed.text);
	assert.equal((await api.get('/projects/pr_one/active-config')).body.config.id, 'config_two');
});
