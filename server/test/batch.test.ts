import assert from 'node:assert/strict';
import test from 'node:test';
import { setImmediate as nextTurn } from 'node:timers/promises';
import { type Api, startApi } from './setup.ts';

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

/**
 * Stores a batch, and sends other requests meanwhile. How many of these are answered depends on the machine. How often the
 * event loop turns does not: in each turn, it handles what has arrived.
 */
async function storeBesideOthers(api: Api, batch: object[]): Promise<{ status: number; turns: number }> {
	let status = 0;
	let turns = 0;
	const countTurns = async () => {
		while (status === 0) {
			await nextTurn();
			turns += 1;
		}
	};
	const readProjects = async () => {
		while (status === 0) {
			// In-process calls alone would never leave the turn of the event loop.
			await nextTurn();
			assert.equal((await api.get('/projects')).status, 200);
		}
	};
	const store = async () => {
		status = (await api.post('/logs', batch)).status;
	};
	await Promise.all([store(), countTurns(), readProjects()]);
	return { status, turns };
}

test('a large batch lets other requests in between, and is stored whole or not at all', async (t) => {
	const api = await startApi(t);
	const config_id = await api.config();
	const batch = Array.from({ length: 1000 }, (_, index) => ({
		project: 'tickets',
		config_id,
		reference_id: `r${index}`,
	}));
	const twice = [...batch.slice(1), { project: 'tickets', config_id, reference_id: 'r999' }];
	const failed = await storeBesideOthers(api, twice);
	assert.equal(failed.status, 422);
	const { body } = await api.get('/projects');
	const url = `/logs?project_id=${String(body.records[0].id)}`;
	assert.equal((await api.get(url)).body.total, 0);
	const stored = await storeBesideOthers(api, batch);
	assert.equal(stored.status, 200);
	assert.equal((await api.get(url)).body.total, 1000);
	// One after every 25 entries: when they are checked, and when they are stored.
	assert.ok(stored.turns >= 2 * (1000 / 25 - 1), `${stored.turns} turns`);
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
