import assert from 'node:assert/strict';
import type { IncomingMessage, Server, ServerResponse } from 'node:http';
import test, { type TestContext } from 'node:test';
import { SearchIndexer } from '../src/storage/searchIndex.ts';
import { SqliteThread } from '../src/storage/sqlite/thread.ts';
import { until } from './provider.ts';
import { type Api, apiKey, type Body, startApi } from './setup.ts';
import { execute, onlyOnSqlite } from './storage/storage.ts';

/** Stores one log by the API, and copies of it in the database. Returns the ID of its project. */
async function storeLogs(api: Api, copies: number): Promise<string> {
	const config = { provider: 'mock', model: 'mock-1', prompt_template: 'Hi' };
	await api.post('/logs', { project: 'many', inputs: { ticket: 'late' }, output: 'It comes on Monday.', config });
	const names = await execute(api.dataDir, "select name from pragma_table_info('logs')");
	const columns = names.map(({ name }) => `"${String(name)}"`);
	const own: Record<string, string> = {
		'"id"': "'data_copy' || i",
		'"created_at"': "strftime('%Y-%m-%dT%H:%M:%fZ', '2026-01-01', '+' || i || ' seconds')",
	};
	const values = columns.map((name) => own[name] ?? name);
	await execute(
		api.dataDir,
		`insert into logs (${columns.join(', ')})
		with recursive numbers (i) as (select 1 union all select i + 1 from numbers limit ${copies})
		select ${values.join(', ')} from numbers, (select * from logs limit 1)`,
	);
	return String((await api.get('/projects?filter=many')).body.records[0].id);
}

/** Counts the statements of lists: those that threads execute, and all that they have begun. Writes have no signal. */
function watchLists(t: TestContext) {
	const state = { running: 0, begun: 0 };
	const execute = Reflect.get<SqliteThread, 'execute'>(SqliteThread.prototype, 'execute');
	t.mock.method(
		SqliteThread.prototype,
		'execute',
		async function (this: SqliteThread, ...sent: Parameters<typeof execute>) {
			const [, signal] = sent;
			if (signal === undefined) return execute.apply(this, sent);
			state.begun += 1;
			state.running += 1;
			try {
				return await execute.apply(this, sent);
			} finally {
				state.running -= 1;
			}
		},
	);
	return state;
}

/** Counts the requests that a server gets from now on, and those whose callers have left before the response. */
function watchRequests(server: Server) {
	const state = { received: 0, left: 0 };
	server.on('request', (_: IncomingMessage, response: ServerResponse) => {
		state.received += 1;
		response.on('close', () => {
			if (!response.writableFinished) state.left += 1;
		});
	});
	return state;
}

test(
	'searches whose callers have left take no thread any more, and a new list is answered',
	onlyOnSqlite,
	async (t) => {
		// The copies stay out of the index, so that a search looks at each of them.
		t.mock.method(SearchIndexer.prototype, 'wake', () => undefined);
		const api = await startApi(t);
		const logs = 50_000;
		const projectId = await storeLogs(api, logs);
		const statements = watchLists(t);
		const address = await api.listen();
		const requests = watchRequests(api.app.server);
		const get = (query: string, signal?: AbortSignal) =>
			fetch(`${address}/logs?project_id=${projectId}${query}`, {
				headers: { 'x-api-key': apiKey },
				...(signal === undefined ? {} : { signal }),
			});
		const callers = Array.from({ length: 10 }, () => new AbortController());
		const searches = callers.map(({ signal }) => assert.rejects(get('&search=absent', signal), /abort/));
		await until(() => requests.received === callers.length && statements.begun >= callers.length);
		for (const caller of callers) caller.abort();
		await Promise.all(searches);
		await until(() => requests.left === callers.length && statements.running === 0);
		const { begun } = statements;
		// A search to its end takes a statement for each 500 logs.
		assert.ok(begun < (callers.length * logs) / 500 / 2, `${begun} statements`);
		const { records } = (await (await get('&size=10')).json()) as Body;
		assert.equal(records.length, 10);
		// Nothing but the new list has run since then. A search takes a hundred statements.
		assert.ok(statements.begun - begun < 15, `${statements.begun - begun} statements`);
		assert.doesNotMatch(api.logged.join(''), /request failed/);
	},
);
