import assert from 'node:assert/strict';
import test from 'node:test';
import { SavedResponses } from '../src/domain/idempotency/savedResponses.ts';
import type { Store } from '../src/domain/store.ts';
import { GroupCommit } from '../src/storage/groupCommit.ts';
import { mountDisk } from './disk.ts';
import { ask, logsOf, send, startPausing, startProvider, startWith, until } from './provider.ts';
import { type Api, readEvents } from './setup.ts';
import { lock, lockReason, refuseRows } from './storage/disturb.ts';
import { notOnPglite, onlyOnSqlite } from './storage/storage.ts';

/** Much more than what is left free in a file system that was filled in pieces. */
const longText = 'words '.repeat(10_000);

async function ready(api: Api) {
	const response = await api.app.inject({ method: 'GET', url: '/readyz' });
	return { status: response.statusCode, body: response.json<{ status: string; reason?: string }>() };
}

/** Whether an answer waits to be stored. /readyz can know before that: it writes too. */
function isHeld(api: Api): boolean {
	return /answers cannot be stored; no new calls until they are/.test(api.logged.join(''));
}

test(
	'a full disk: one paid answer, which waits in memory until it is stored, and no new ones',
	onlyOnSqlite,
	async (t) => {
		const disk = mountDisk(t);
		if (disk === undefined) return t.skip('A file system cannot be mounted here: this test needs root.');
		const provider = await startProvider(t, longText);
		const held = Promise.withResolvers<void>();
		const { api, address, call } = await startWith(t, provider, { dataDir: disk.dir, minFreeDiskBytes: 0 });
		assert.deepEqual(await ready(api), { status: 200, body: { status: 'ok' } });
		provider.next(held.promise);
		const first = ask(address, call, { key: 'k', timeoutMs: 1_500 });
		await until(() => provider.calls() === 1);
		disk.fill();
		const duplicates = [1, 2].map(() => ask(address, call, { key: 'k', timeoutMs: 1_500 }));
		const patient = ask(address, call, { key: 'k' });
		held.resolve();
		await until(() => isHeld(api));
		assert.deepEqual(await ready(api), {
			status: 503,
			body: { status: 'unavailable', reason: 'database or disk is full' },
		});
		const other = await ask(address, call, { key: 'other' });
		assert.deepEqual([other.status, other.retryAfter, other.body.detail.origin], [503, '5', 'Humanloop']);
		assert.match(other.body.detail.message, /cannot write to its database: database or disk is full/);
		for (const { status, retryAfter, body } of [await first, ...(await Promise.all(duplicates))]) {
			assert.deepEqual([status, retryAfter], [503, '5']);
			assert.match(body.detail.message, /not stored yet: database or disk is full.*same Idempotency-Key/);
		}
		assert.equal(provider.calls(), 1);
		disk.empty();
		const stored = await patient;
		assert.deepEqual([stored.status, stored.replayed, stored.body.data[0].output], [200, true, longText.trim()]);
		assert.equal((await ask(address, call, { key: 'k' })).text, stored.text);
		assert.equal((await ask(address, call, { key: 'other' })).status, 200, 'new calls are taken again');
		await until(async () => (await ready(api)).status === 200);
		assert.equal(provider.calls(), 2);
		assert.equal((await logsOf(api)).length, 2);
		await api.app.close();
		const restarted = await startWith(t, provider, { dataDir: disk.dir });
		assert.equal((await ask(restarted.address, call, { key: 'k' })).text, stored.text);
	},
);

for (const stream of [false, true]) {
	test(
		`a lock of another process: the caller gets its paid ${stream ? 'stream' : 'answer'} when that is gone`,
		notOnPglite,
		async (t) => {
			const provider = await startPausing(t);
			const { api, address, call } = await startWith(t, provider, { busyTimeoutMs: 50 });
			const response = send(address, { ...call, stream }, { key: 'k' });
			await until(() => provider.state.calls === 1);
			const unlock = await lock(t, api.dataDir);
			provider.goOn();
			await until(() => isHeld(api));
			assert.deepEqual(await ready(api), { status: 503, body: { status: 'unavailable', reason: lockReason } });
			assert.equal((await ask(address, call, { key: 'new' })).status, 503);
			await unlock();
			const events = stream ? (await readEvents(await response)).events : [];
			if (stream) assert.equal(events.at(-1)!.data[0].finish_reason, 'stop');
			else assert.match(await (await response).text(), /"output":"One two"/);
			assert.equal((await ask(address, call, { key: 'k' })).replayed, true);
			assert.equal(provider.state.calls, 1);
			assert.equal((await logsOf(api)).length, 1);
		},
	);
}

test(
	'without a key the answer waits too; at the deadline its caller is told, and its log is still stored',
	notOnPglite,
	async (t) => {
		const provider = await startPausing(t);
		const { api, address, call } = await startWith(t, provider, { busyTimeoutMs: 50 });
		const response = ask(address, call, { timeoutMs: 3_000 });
		await until(() => provider.state.calls === 1);
		const unlock = await lock(t, api.dataDir);
		provider.goOn();
		const { status, body } = await response;
		assert.equal(status, 503);
		assert.match(
			body.detail.message,
			new RegExp(`not stored yet: ${lockReason}\\. Only a call with an Idempotency-Key`),
		);
		await unlock();
		await until(async () => (await logsOf(api)).length > 0);
		assert.equal((await logsOf(api))[0].output, 'One two');
	},
);

test('other writes are answered 503 while another process has the lock', notOnPglite, async (t) => {
	const provider = await startProvider(t);
	const { api } = await startWith(t, provider, { busyTimeoutMs: 50 });
	const unlock = await lock(t, api.dataDir);
	const { status, headers, body } = await api.post('/sessions', {});
	assert.deepEqual([status, headers['retry-after'], body.detail.type], [503, '5', 'service_unavailable_error']);
	await unlock();
	assert.equal((await api.post('/sessions', {})).status, 201);
});

test('a held answer takes memory until it is stored, although its caller has got an error', notOnPglite, async (t) => {
	const provider = await startProvider(t);
	const { api, address, call } = await startWith(t, provider, { busyTimeoutMs: 10, maxBytesInFlight: 2_000_000 });
	const unlock = await lock(t, api.dataDir);
	const large = { ...call, inputs: { what: 'x'.repeat(100_000) } };
	const { status, body } = await ask(address, large, { key: 'k', timeoutMs: 2_000 });
	assert.equal(status, 503);
	assert.match(body.detail.message, /not stored yet/);
	// Nothing of this is ever stored: with room for it, it is a 422.
	const wrong = () => api.post('/logs', { wrong: 'x'.repeat(150_000) });
	const rejected = await wrong();
	assert.equal(rejected.status, 503);
	assert.match(rejected.body.detail.message, /too much memory/);
	await unlock();
	await until(async () => (await wrong()).status === 422);
	assert.equal((await ask(address, large, { key: 'k' })).replayed, true);
	assert.equal(provider.calls(), 1);
});

test(
	'a shutdown while the database is locked tries once more, and says how many answers are lost',
	notOnPglite,
	async (t) => {
		const provider = await startPausing(t);
		const { api, address, call } = await startWith(t, provider, { busyTimeoutMs: 50 });
		const responses = ['a', 'b'].map((key) => ask(address, call, { key }));
		await until(() => provider.state.calls === 2);
		const unlock = await lock(t, api.dataDir);
		provider.goOn();
		await until(() => isHeld(api));
		await api.app.close();
		for (const { status, body } of await Promise.all(responses)) {
			assert.equal(status, 503);
			assert.match(body.detail.message, new RegExp(`server closes.*could not be stored: ${lockReason}`));
		}
		assert.match(api.logged.join(''), new RegExp(`2 paid answers could not be stored and are lost: ${lockReason}`));
		await unlock();
	},
);

test('GET /readyz does not hold others up while another process has locked the database', notOnPglite, async (t) => {
	const provider = await startPausing(t);
	const { api } = await startWith(t, provider, { busyTimeoutMs: 120_000 });
	const unlock = await lock(t, api.dataDir);
	const startedAt = performance.now();
	for (const { status, body } of await Promise.all([1, 2, 3].map(() => ready(api)))) {
		assert.deepEqual([status, body.reason], [503, lockReason]);
	}
	assert.ok(performance.now() - startedAt < 60_000);
	await unlock();
	await until(async () => (await ready(api)).status === 200);
});

test('a shutdown stores what waited, if that is possible by then', notOnPglite, async (t) => {
	const provider = await startPausing(t);
	const { api, address, call } = await startWith(t, provider, { busyTimeoutMs: 50 });
	const response = ask(address, call, { key: 'k' });
	await until(() => provider.state.calls === 1);
	const write = t.mock.method(GroupCommit.prototype, 'write');
	const unlock = await lock(t, api.dataDir);
	provider.goOn();
	await until(async () => (await ready(api)).status === 503);
	// The pauses have grown: the next try is not now.
	await until(() => write.mock.callCount() >= 5);
	await unlock();
	await api.app.close();
	assert.equal((await response).status, 200);
	assert.doesNotMatch(api.logged.join(''), /are lost/);
});

test('an answer that can never be stored reaches its caller and its repeats; its log says why it is empty', async (t) => {
	const provider = await startProvider(t, 'a long answer');
	const { api, address, call } = await startWith(t, provider);
	// SQLite's own limit is a gigabyte.
	await refuseRows(api.dataDir, 'logs', 'length(new.output) > 5', 'string or blob too big');
	const first = await ask(address, call, { key: 'k' });
	assert.deepEqual([first.status, first.body.data[0].output], [200, 'a long answer']);
	const again = await ask(address, call, { key: 'k' });
	assert.deepEqual([again.replayed, again.text], [true, first.text]);
	assert.equal(provider.calls(), 1);
	const logs = await logsOf(api);
	assert.equal(logs.length, 1);
	assert.deepEqual([logs[0].id, logs[0].output, logs[0].provider_request], [first.body.data[0].id, null, null]);
	assert.equal(logs[0].error, 'The response could not be stored: string or blob too big.');
	assert.match(api.logged.join(''), /could not be stored: string or blob too big/);
	assert.equal((await ready(api)).status, 200);
});

test('so does one that is larger than all that is otherwise kept in memory, also beside others', async (t) => {
	const provider = await startProvider(t, 'words '.repeat(2_000_000));
	const { api, address, call } = await startWith(t, provider, { maxBytesInFlight: 4_000_000_000 });
	await refuseRows(api.dataDir, 'logs', 'length(new.output) > 5', 'string or blob too big');
	const first = await ask(address, call, { key: 'k' });
	assert.ok(first.text.length > 32 * 1024 * 1024);
	const mock = await api.config();
	const small = { model_config_id: mock, inputs: { ticket: 'x' }, save: false };
	for (const key of ['a', 'b']) assert.equal((await ask(address, small, { key })).status, 200);
	const again = await ask(address, call, { key: 'k' });
	assert.deepEqual([again.replayed, again.text === first.text], [true, true]);
	assert.equal(provider.calls(), 1);
	assert.equal((await ask(address, small, { key: 'a' })).replayed, true);
});

test('a response that is too long for a text is not saved, and its caller gets it nevertheless', async () => {
	const savedResponses = new SavedResponses({ savedResponseHead: async () => undefined } as unknown as Store, Date.now);
	const tooLong = { toJSON: () => assert.fail(new RangeError('Invalid string length')) };
	savedResponses.saveInMemory({ scope: 's', key: 'k', fingerprint: 'f' }, tooLong);
	assert.equal(await savedResponses.head('s', 'k'), undefined);
});
