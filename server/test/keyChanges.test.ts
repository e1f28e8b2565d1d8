import assert from 'node:assert/strict';
import test from 'node:test';
import { type KeyBody, makeKey, send, untilStatus } from './keyRequests.ts';
import { ask, startProvider, startWith, until } from './provider.ts';
import { apiKey, type Body, startApi, tempDir } from './setup.ts';
import { lock } from './storage/disturb.ts';
import { notOnPglite } from './storage/storage.ts';

type KeyList = { records: KeyBody[]; total: number };

async function listed(address: string, path: string): Promise<KeyList> {
	return (await send(address, apiKey, 'GET', path)).body as unknown as KeyList;
}

test('a key is made, used, listed without itself, and revoked; the audit says who did it', async (t) => {
	const address = await (await startApi(t)).listen();
	const admin = await makeKey(address, 'operator', 'admin');
	const wanted = { name: 'n8n', role: 'run', requests_per_minute: 600, expires_at: '2999-01-31' };
	const { status, headers, body: made } = await send(address, admin.key, 'POST', '/keys', wanted);
	assert.equal(status, 201);
	assert.match(made.key, /^hl_sk_[0-9a-f]{48}$/);
	assert.equal(headers.get('cache-control'), 'no-store');
	assert.equal((await send(address, made.key, 'GET', '/projects')).status, 200);

	const { records, total } = await listed(address, '/keys');
	assert.equal(total, 2);
	const shown = records.find(({ id }) => id === made.id)!;
	assert.deepEqual(
		{ ...shown, created_at: '', last_used_at: '' },
		{
			id: made.id,
			name: 'n8n',
			role: 'run',
			state: 'valid',
			requests_per_minute: 600,
			created_at: '',
			created_by: 'operator',
			last_used_at: '',
			expires_at: '2999-01-31T00:00:00.000Z',
			revoked_at: null,
			replaced_by: null,
		},
	);

	const revoked = await send(address, admin.key, 'DELETE', `/keys/${made.id}`);
	assert.equal(revoked.status, 200);
	assert.equal(revoked.body.state, 'revoked');
	await untilStatus(401, () => send(address, made.key, 'GET', '/projects'));
	const { body } = await send(address, made.key, 'GET', '/projects');
	assert.equal(body.detail.message, 'The API key in the header X-API-KEY was revoked.');
	assert.equal((await send(address, admin.key, 'DELETE', `/keys/${made.id}`)).status, 422, 'it is revoked already');

	const audit = (await listed(address, '/audit')).records as unknown as Record<string, unknown>[];
	assert.deepEqual(
		audit.map(({ action, subject, actor_name, actor_key_id }) => ({ action, subject, actor_name, actor_key_id })),
		[
			{ action: 'key.revoked', subject: made.id, actor_name: 'operator', actor_key_id: admin.id },
			{ action: 'key.created', subject: made.id, actor_name: 'operator', actor_key_id: admin.id },
			{ action: 'key.created', subject: admin.id, actor_name: 'HUMANLOOP_API_KEY', actor_key_id: null },
		],
	);
	const second = await listed(address, '/audit?page=1&size=2');
	assert.equal(second.total, 3);
	assert.deepEqual(
		second.records.map(({ id }) => id),
		[audit[2]!['id']],
	);
});

test('a key that another server revokes is rejected here within a second or so, and a call in flight ends', async (t) => {
	const provider = await startProvider(t);
	const dataDir = tempDir(t);
	const { address, call } = await startWith(t, provider, { dataDir });
	const other = await (await startApi(t, { dataDir })).listen();
	const { id, key } = await makeKey(address, 'n8n', 'run');
	const held = Promise.withResolvers<void>();
	provider.next(held.promise);
	const running = ask(address, call, { apiKey: key });
	await until(() => provider.calls() === 1);
	assert.equal((await send(other, apiKey, 'DELETE', `/keys/${id}`)).status, 200);
	await untilStatus(401, () => send(address, key, 'GET', '/projects'));
	held.resolve();
	assert.equal((await running).status, 200);
});

test('after a rotation both keys are valid until the old one ends, and a repeat with the new one costs nothing', async (t) => {
	const provider = await startProvider(t);
	let time = Date.now();
	const { address, call } = await startWith(t, provider, { now: () => time });
	const old = await makeKey(address, 'n8n', 'run', { requests_per_minute: 5_000 });
	const paid = await ask(address, call, { apiKey: old.key, key: 'k' });
	assert.equal(paid.status, 200);

	const { status, body: next } = await send(address, apiKey, 'POST', '/keys/n8n/rotate');
	assert.equal(status, 201);
	assert.deepEqual([next.name, next['role'], next['requests_per_minute']], ['n8n', 'run', 5_000]);
	assert.notEqual(next.key, old.key);
	const [replaced] = (await listed(address, '/keys')).records.filter(({ id }) => id === old.id);
	assert.deepEqual([replaced!.state, replaced!['replaced_by']], ['replaced', next.id]);
	assert.equal(replaced!['expires_at'], new Date(time + 7 * 24 * 60 * 60 * 1000).toISOString());
	const third = (await send(address, apiKey, 'POST', `/keys/${next.id}/rotate`, {})).body;
	for (const { key } of [old, next, third]) {
		const again = await ask(address, call, { apiKey: key, key: 'k' });
		assert.equal(again.replayed, true);
		assert.equal(again.text, paid.text);
	}
	assert.equal(provider.calls(), 1);

	time += 7 * 24 * 60 * 60 * 1000;
	await untilStatus(401, () => send(address, old.key, 'GET', '/projects'));
	const { body } = await send(address, old.key, 'GET', '/projects');
	assert.equal(
		body.detail.message,
		`The API key in the header X-API-KEY expired on ${String(replaced!['expires_at'])}.`,
	);
	assert.equal((await send(address, third.key, 'GET', '/projects')).status, 200);
});

test('a rotation says when the old key ends, and never makes a key last longer', async (t) => {
	const address = await (await startApi(t)).listen();
	const rotate = (id: string, body: object) => send(address, apiKey, 'POST', `/keys/${id}/rotate`, body);
	const stateOf = async (id: string) => (await listed(address, '/keys')).records.find((key) => key.id === id)!;
	const short = await makeKey(address, 'short', 'read', { expires_at: '2998-01-01' });
	const next = (await rotate(short.id, { valid_until: '2999-01-01' })).body;
	assert.equal((await stateOf(short.id))['expires_at'], '2998-01-01T00:00:00.000Z');
	assert.equal(next['expires_at'], '2998-01-01T00:00:00.000Z', 'as the old one');
	const renewed = (await rotate(next.id, { expires_at: '2999-06-01T12:00:00+02:00' })).body;
	assert.equal(renewed['expires_at'], '2999-06-01T10:00:00.000Z');

	const again = await rotate(short.id, {});
	assert.equal(again.status, 422);
	assert.match(again.body.detail.message, new RegExp(`rotated already. Rotate ${next.id} instead`));
	assert.equal((await rotate(renewed.id, { valid_until: '2001-01-01' })).status, 422);
	assert.equal((await rotate(renewed.id, { valid_until: 'soon' })).status, 422);
	await send(address, apiKey, 'DELETE', `/keys/${renewed.id}`);
	const revoked = await rotate(renewed.id, {});
	assert.match(revoked.body.detail.message, /is revoked. Make a new key instead/);
});

test('the last valid key of an admin cannot be revoked, also not two of them at once', async (t) => {
	const dataDir = tempDir(t);
	const api = await startApi(t, { dataDir, apiKey: undefined });
	let first = '';
	await api.showFirstKey((key) => (first = key));
	const address = await api.listen();
	const own = ((await send(address, first, 'GET', '/keys')).body as unknown as KeyList).records[0];
	const lone = await send(address, first, 'DELETE', `/keys/${own!.id}`);
	assert.equal(lone.status, 422);
	assert.match(lone.body.detail.message, /last valid API key with the role "admin".*HUMANLOOP_API_KEY/);

	const create = (name: string) => send(address, first, 'POST', '/keys', { name, role: 'admin' });
	const second = (await create('second')).body;
	const other = await (await startApi(t, { dataDir, apiKey: undefined })).listen();
	// Both keys are admitted when the requests arrive.
	await send(other, second.key, 'GET', '/keys');
	const both = await Promise.all([
		send(address, first, 'DELETE', `/keys/${second.id}`),
		send(other, second.key, 'DELETE', `/keys/${own!.id}`),
	]);
	// On a slow machine, the second of them is looked up again and is not valid any more.
	const [done, refused] = both.map(({ status }) => status).sort();
	assert.equal(done, 200);
	assert.ok(refused === 422 || refused === 401, String(refused));

	const withOwn = await (await startApi(t, { dataDir })).listen();
	const valid = (await listed(withOwn, '/keys')).records.filter(({ state }) => state === 'valid');
	assert.equal(valid.length, 1);
	for (const { id } of valid) {
		assert.equal((await send(withOwn, apiKey, 'DELETE', `/keys/${id}`)).status, 200);
	}
});

test('a name is free again when its key is revoked, and is never something that looks like a key', async (t) => {
	const address = await (await startApi(t)).listen();
	const create = (name: string) => send(address, apiKey, 'POST', '/keys', { name, role: 'read' });
	const made = await Promise.all(Array.from({ length: 5 }, () => create('twice')));
	assert.deepEqual(made.map(({ status }) => status).sort(), [201, 422, 422, 422, 422]);
	const rejected = made.find(({ status }) => status === 422)!;
	assert.match(rejected.body.detail.message, /Another API key has the name "twice"/);
	await send(address, apiKey, 'DELETE', `/keys/${made.find(({ status }) => status === 201)!.body.id}`);
	assert.equal((await create('twice')).status, 201);
	for (const name of ['', ' x', 'x\n', '\u001b[31mred', 'x'.repeat(65), 'hl_sk_pasted', 'key_id'])
		assert.equal((await create(name)).status, 422, JSON.stringify(name));
	assert.equal((await create('ключ 🔑'.padEnd(64, 'x').slice(0, 64))).status, 201);
	const pasted = await create('hl_sk_pasted');
	assert.doesNotMatch(JSON.stringify(pasted.body), /pasted/);
	const wrong = await send(address, apiKey, 'DELETE', '/keys/hl_sk_pasted');
	assert.equal(wrong.status, 404);
	assert.doesNotMatch(JSON.stringify(wrong.body), /pasted/);
	const noRole = await send(address, apiKey, 'POST', '/keys', { name: 'x', role: 'owner' });
	assert.equal(noRole.status, 422);
	assert.match(JSON.stringify((noRole.body as Body).detail), /read.*admin/);
});

test('when a key was last used is stored once a minute, and no request waits for it or fails with it', async (t) => {
	let time = Date.parse('2026-11-01T08:00:00Z');
	const api = await startApi(t, { now: () => time });
	const address = await api.listen();
	const { id, key } = await makeKey(address, 'n8n', 'read');
	const lastUsed = async () =>
		(await listed(address, '/keys')).records.find((record) => record.id === id)!['last_used_at'];
	assert.equal(await lastUsed(), null);
	await send(address, key, 'GET', '/projects');
	await until(async () => (await lastUsed()) === '2026-11-01T08:00:00.000Z');
	time += 59_000;
	await send(address, key, 'GET', '/projects');
	time += 1_000;
	await send(address, key, 'GET', '/projects');
	await until(async () => (await lastUsed()) === '2026-11-01T08:01:00.000Z');
});

test('while another process has locked the database, a request with a key is answered', notOnPglite, async (t) => {
	const api = await startApi(t, { busyTimeoutMs: 60_000 });
	const address = await api.listen();
	const { id, key } = await makeKey(address, 'n8n', 'read');
	const unlock = await lock(t, api.dataDir);
	assert.equal((await send(address, key, 'GET', '/projects')).status, 200);
	await until(() => api.logged.some((line) => line.includes('last use of a key')));
	await unlock();
	const { records } = await listed(address, '/keys');
	assert.equal(records.find((record) => record.id === id)!['last_used_at'], null, 'it is left out');
});
