import assert from 'node:assert/strict';
import test from 'node:test';
import { setImmediate as nextTurn } from 'node:timers/promises';
import { ReservedProjectIds } from '../src/domain/ids.ts';
import { createLogs } from '../src/domain/logs/createLogs.ts';
import type { Store, Writes } from '../src/domain/store.ts';
import { startApi } from './setup.ts';

const empty = (length: number) => Array.from({ length }, () => ({}));

test('too many entries are one 422 that says how many may be sent, before any of them is checked', async (t) => {
	const api = await startApi(t);
	for (const path of ['/logs', '/feedback']) {
		const { status, body } = await api.post(path, empty(1001));
		assert.equal(status, 422);
		assert.deepEqual(body.detail, [
			{ loc: ['body'], msg: 'ensure this value has at most 1000 items', type: 'value_error.list.max_items' },
		]);
	}
	const other = await startApi(t, { maxEntries: 2 });
	assert.match((await other.post('/logs', empty(3))).text, /at most 2 items/);
	const config_id = await other.config();
	assert.equal(
		(
			await other.post(
				'/logs',
				[1, 2].map(() => ({ project: 'p', config_id })),
			)
		).status,
		200,
	);
});

test('of many errors in one body, the first hundred are told', async (t) => {
	const api = await startApi(t);
	const { status, body } = await api.post('/logs', empty(1000));
	assert.equal(status, 422);
	assert.equal(body.detail.length, 100);
	assert.deepEqual(body.detail[0]?.loc, ['body', 0, 'project']);
	const nested = await api.post('/logs', { project: 'p', config: { model: 'm' }, messages: empty(5000).map(() => 1) });
	assert.equal(nested.body.detail.length, 100);
});

test('a large batch lets other requests in between: after each 25 entries, when they are checked and when they are stored', async () => {
	const handled: number[] = [0];
	const count = <T>(value: T) => {
		handled[handled.length - 1]! += 1;
		return Promise.resolve(value);
	};
	// Nothing here waits for a database, so only what lets others in ends a turn of the event loop.
	const writes = { ensureTarget: () => Promise.resolve({ projectId: 'p', sessionId: null }), logs: () => count(true) };
	const store = {
		configById: () => count({ id: 'c' }),
		projectByName: () => Promise.resolve({ id: 'p', name: 'tickets' }),
		write: (work: (writes: Writes) => Promise<unknown>) => work(writes as unknown as Writes),
	};
	const entries = Array.from({ length: 1000 }, () => ({ project: 'tickets', config_id: 'c' }));
	let isOver = false;
	const countTurns = async () => {
		for (; !isOver; handled.push(0)) await nextTurn();
	};
	const work = createLogs(store as unknown as Store, new ReservedProjectIds(), entries, null);
	const [logs] = await Promise.all([work.finally(() => (isOver = true)), countTurns()]);
	assert.equal(logs.length, 1000);
	assert.equal(
		handled.reduce((sum, each) => sum + each),
		2000,
	);
	// The last ones that are checked and the first ones that are stored share a turn.
	assert.equal(Math.max(...handled), 50, handled.join());
});

test('a large batch is stored whole or not at all, and other requests are answered meanwhile', async (t) => {
	const api = await startApi(t);
	const config_id = await api.config();
	const batch = Array.from({ length: 1000 }, (_, index) => ({
		project: 'tickets',
		config_id,
		reference_id: `r${index}`,
	}));
	/** Sends a batch, and asks for the projects meanwhile. */
	const storeBesideReads = async (entries: object[]) => {
		let status = 0;
		const sent = api.post('/logs', entries).then((response) => (status = response.status));
		while (status === 0) {
			// In-process calls alone would never leave the turn of the event loop.
			await nextTurn();
			assert.equal((await api.get('/projects')).status, 200);
		}
		return sent;
	};
	const twice = [...batch.slice(1), { project: 'tickets', config_id, reference_id: 'r999' }];
	assert.equal(await storeBesideReads(twice), 422);
	const { body } = await api.get('/projects');
	const url = `/logs?project_id=${String(body.records[0].id)}`;
	assert.equal((await api.get(url)).body.total, 0);
	assert.equal(await storeBesideReads(batch), 200);
	assert.equal((await api.get(url)).body.total, 1000);
});

test('logs bring no more feedback than a request may have entries, because others wait for it', async (t) => {
	const api = await startApi(t, { maxEntries: 3 });
	const entry = (count: number) => ({
		...{ project: 'tickets', config: { model: 'm' } },
		feedback: Array.from({ length: count }, (_, index) => ({ type: 'issue', value: `${index}` })),
	});
	const refused = await api.post('/logs', [entry(2), { project: 'tickets', config: { model: 'm' } }, entry(2)]);
	assert.equal(refused.status, 422);
	assert.match(refused.body.detail.message, /^The logs have 4 entries of feedback in all, and a request may have 3 /);
	assert.equal((await api.get('/projects')).body.total, 0);
	assert.equal((await api.post('/logs', [entry(2), entry(1)])).status, 200);
});
