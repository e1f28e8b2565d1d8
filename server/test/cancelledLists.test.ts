import assert from 'node:assert/strict';
import { DatabaseSync } from 'node:sqlite';
import test, { type TestContext } from 'node:test';
import { Worker } from 'node:worker_threads';
import { until } from './provider.ts';
import { type Api, apiKey, type Body, startApi } from './setup.ts';
import { onlyOnSqlite } from './storage/storage.ts';

/** Stores one log by the API, and copies of it in the database. Returns the ID of its project. */
async function storeLogs(api: Api, copies: number): Promise<string> {
	const config = { provider: 'mock', model: 'mock-1', prompt_template: 'Hi' };
	await api.post('/logs', { project: 'many', inputs: { ticket: 'late' }, output: 'It comes on Monday.', config });
	const db = new DatabaseSync(api.dataFile);
	const columns = db
		.prepare('pragma table_info(logs)')
		.all()
		.map(({ name }) => `"${String(name)}"`);
	const own: Record<string, string> = {
		'"id"': "'data_copy' || i",
		'"created_at"': "strftime('%Y-%m-%dT%H:%M:%fZ', '2026-01-01', '+' || i || ' seconds')",
	};
	const values = columns.map((name) => own[name] ?? name);
	db.exec(`
		insert into logs (${columns.join(', ')})
		with recursive numbers (i) as (select 1 union all select i + 1 from numbers limit ${copies})
		select ${values.join(', ')} from numbers, (select * from logs limit 1)
	`);
	db.close();
	return String((await api.get('/projects?filter=many')).body.records[0].id);
}

/**
 * The threads of the database that execute something, and how many statements they have begun: a thread keeps the process
 * alive as long as it executes one.
 */
function watchThreads(t: TestContext) {
	const state = { busy: new Set<Worker>(), begun: 0 };
	for (const name of ['ref', 'unref'] as const) {
		const original = Reflect.get<Worker, 'ref' | 'unref'>(Worker.prototype, name);
		t.mock.method(Worker.prototype, name, function (this: Worker) {
			if (name === 'ref') state.begun += 1;
			if (name === 'ref') state.busy.add(this);
			else state.busy.delete(this);
			original.call(this);
		});
	}
	return state;
}

test(
	'searches whose callers have left take no thread any more, and a new list is answered at once',
	onlyOnSqlite,
	async (t) => {
		const api = await startApi(t);
		const projectId = await storeLogs(api, 200_000);
		const threads = watchThreads(t);
		const address = await api.listen();
		const get = (query: string, signal?: AbortSignal) =>
			fetch(`${address}/logs?project_id=${projectId}${query}`, {
				headers: { 'x-api-key': apiKey },
				...(signal === undefined ? {} : { signal }),
			});
		const callers = Array.from({ length: 10 }, () => new AbortController());
		const searches = callers.map(({ signal }) => assert.rejects(get('&search=absent', signal), /abort/));
		await until(() => threads.busy.size > 0);
		const leftAt = performance.now();
		for (const caller of callers) caller.abort();
		await Promise.all(searches);
		await until(() => threads.busy.size === 0);
		const { begun } = threads;
		const stoppedAt = performance.now();
		// All ten take longer than that to their end.
		assert.ok(stoppedAt - leftAt < 5_000, `${stoppedAt - leftAt} ms`);
		const { records } = (await (await get('&size=10')).json()) as Body;
		assert.equal(records.length, 10);
		assert.ok(performance.now() - stoppedAt < 5_000, `${performance.now() - stoppedAt} ms`);
		assert.equal(threads.busy.size, 0);
		// Nothing but the new list has run since then. A search takes hundreds of statements.
		assert.ok(threads.begun - begun < 15, `${threads.begun - begun} statements`);
		assert.doesNotMatch(api.logged.join(''), /request failed/);
	},
);
