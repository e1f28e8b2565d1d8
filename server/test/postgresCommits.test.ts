import assert from 'node:assert/strict';
import test, { type TestContext } from 'node:test';
import { sql } from 'kysely';
import pg from 'pg';
import { StoreUnavailable } from '../src/domain/apiError.ts';
import { GroupCommit } from '../src/storage/groupCommit.ts';
import { migrate } from '../src/storage/migrations.ts';
import { openPostgres } from '../src/storage/postgres.ts';
import { isOutcomeUnknown, isTemporary } from '../src/storage/postgresErrors.ts';
import { PostgresPool } from '../src/storage/postgresPool.ts';
import type { Database } from '../src/storage/tables.ts';
import { ask, logsOf, startProvider, startWith, until } from './provider.ts';
import { startApi, tempDir } from './setup.ts';
import { startCluster } from './storage/cluster.ts';
import { startCuttingProxy } from './storage/cuttingProxy.ts';
import { databaseUrlFor, execute, executeAt, newDatabase, onlyOnPostgres } from './storage/storage.ts';

/** A server whose connections go through a proxy that can lose replies. */
async function startCut(t: TestContext) {
	const dataDir = tempDir(t);
	const proxy = await startCuttingProxy(t, databaseUrlFor(dataDir) as string);
	const provider = await startProvider(t);
	return { proxy, provider, ...(await startWith(t, provider, { dataDir, databaseUrl: proxy.url })) };
}

test('a commit whose reply is lost stores each paid answer once, and its callers get it', onlyOnPostgres, async (t) => {
	const { proxy, provider, api, address, call } = await startCut(t);
	await ask(address, call);
	const held = Promise.withResolvers<void>();
	provider.next(held.promise, held.promise, held.promise);
	const calls = ['a', 'b', 'c'].map((key) => ask(address, { ...call, session_reference_id: 'new' }, { key }));
	await until(() => provider.calls() === 4);
	proxy.loseReply();
	held.resolve();
	const first = await Promise.all(calls);
	assert.equal(proxy.lost(), 1);
	for (const { status, text } of first) assert.equal(status, 200, text);
	const ids = (await logsOf(api)).map(({ id }) => id);
	assert.equal(ids.length, 4);
	for (const { body } of first) assert.ok(ids.includes(body.data[0].id));
	for (const [index, key] of ['a', 'b', 'c'].entries()) {
		const again = await ask(address, { ...call, session_reference_id: 'new' }, { key });
		assert.deepEqual([again.replayed, again.text], [true, first[index]!.text]);
	}
	assert.equal(provider.calls(), 4);
	for (const log of await logsOf(api)) assert.equal(log.error, null);
	const { records } = (await api.get('/usage')).body as unknown as { records: { calls: number }[] };
	assert.equal(records[0]?.calls, 4);
});

test(
	'a group whose reply is lost is not run again, and its callers are told to try later',
	onlyOnPostgres,
	async (t) => {
		const proxy = await startCuttingProxy(t, newDatabase());
		const database = await openPostgres(proxy.url, 4, 5_000);
		t.after(() => database.close());
		await migrate(database);
		const commit = new GroupCommit(database);
		let runs = 0;
		const work = async (db: Database) => {
			runs += 1;
			await db
				.insertInto('sessions')
				.values({ id: `run ${runs}`, referenceId: null, createdAt: '', updatedAt: '' })
				.execute();
		};
		proxy.loseReply();
		const results = await Promise.allSettled([commit.write(work), commit.write(work)]);
		assert.equal(proxy.lost(), 1);
		for (const result of results) assert.ok(result.status === 'rejected' && result.reason instanceof StoreUnavailable);
		assert.equal(runs, 2);
		await commit.write(work);
		assert.equal((await database.reader.selectFrom('sessions').select('id').execute()).length, 3);
	},
);

test(
	'a commit waits for the disk and for locks as it should, whatever the defaults of the database are',
	onlyOnPostgres,
	async (t) => {
		const url = newDatabase();
		const { pathname } = new URL(url);
		await executeAt(
			url,
			`alter database "${pathname.slice(1)}" set synchronous_commit = off;
		alter database "${pathname.slice(1)}" set default_transaction_isolation = 'serializable'`,
		);
		const database = await openPostgres(url, 4, 1_234);
		t.after(() => database.close());
		const commit = new GroupCommit(database);
		const settings = async (db: Database) => {
			const names = ['lock_timeout', 'synchronous_commit', 'transaction_isolation'];
			const values = names.map((name) => sql`current_setting(${name})`);
			const { rows } = await sql<{ text: string }>`select concat_ws(', ', ${sql.join(values)}) as text`.execute(db);
			return rows[0]?.text;
		};
		assert.equal(await commit.write(settings), '1234ms, on, read committed');
		assert.equal(await commit.write(settings, false), '50ms, on, read committed');
	},
);

test(
	'time limits of the database and cancelled statements lose no answer that was paid for',
	onlyOnPostgres,
	async (t) => {
		const url = newDatabase();
		const name = new URL(url).pathname.slice(1);
		await executeAt(
			url,
			`alter database "${name}" set statement_timeout = '200ms';
			alter database "${name}" set idle_in_transaction_session_timeout = '200ms'`,
		);
		const database = await openPostgres(url, 4, 5_000);
		t.after(() => database.close());
		await migrate(database);
		const commit = new GroupCommit(database);
		await commit.write((db) => sql`select pg_sleep(0.5)`.execute(db));
		const running = commit.write((db) => sql`select pg_sleep(600)`.execute(db));
		const refused = assert.rejects(running, StoreUnavailable);
		await until(async () => {
			const [row] = await executeAt(
				url,
				`select count(pg_cancel_backend(pid))::integer as n from pg_stat_activity
				where datname = current_database() and query like '%pg_sleep(600)' and pid <> pg_backend_pid()`,
			);
			return row?.['n'] === 1;
		});
		await refused;
	},
);

/** Two processes' ways to one database. */
async function openTwo(t: TestContext) {
	const url = newDatabase();
	const [one, two] = await Promise.all([openPostgres(url, 4, 5_000), openPostgres(url, 4, 5_000)]);
	t.after(() => Promise.all([one.close(), two.close()]));
	await migrate(one);
	return { reader: one.reader, commits: [new GroupCommit(one), new GroupCommit(two)] as const };
}

test('transactions of two processes that block each other are both committed', onlyOnPostgres, async (t) => {
	const { reader, commits } = await openTwo(t);
	const add = (id: string) => (db: Database) =>
		db.insertInto('sessions').values({ id, referenceId: null, createdAt: '', updatedAt: '' }).execute();
	const mark = (db: Database, id: string) =>
		sql`update sessions set created_at = created_at || 'x' where id = ${id}`.execute(db);
	await commits[0].write(async (db) => {
		await add('a')(db);
		await add('b')(db);
	});
	let started = 0;
	const bothHaveStarted = Promise.withResolvers<void>();
	const inOrder = (first: string, second: string) => async (db: Database) => {
		await mark(db, first);
		started += 1;
		if (started === 2) bothHaveStarted.resolve();
		await bothHaveStarted.promise;
		await mark(db, second);
	};
	await Promise.all([
		commits[0].write(inOrder('a', 'b')),
		commits[0].write(add('beside the first')),
		commits[1].write(inOrder('b', 'a')),
		commits[1].write(add('beside the second')),
	]);
	assert.ok(started > 2, 'one of them has run again');
	const rows = await reader.selectFrom('sessions').selectAll().orderBy('id').execute();
	assert.deepEqual(
		rows.map(({ id, createdAt }) => `${id} ${createdAt}`),
		['a xx', 'b xx', 'beside the first ', 'beside the second '],
	);
});

test(
	'PostgreSQL crashes and comes back: what was paid for waits, reads say so, nothing is lost',
	onlyOnPostgres,
	async (t) => {
		const cluster = await startCluster();
		t.after(() => cluster.stop());
		const provider = await startProvider(t);
		const databaseUrl = `${cluster.address}postgres`;
		const { api, address, call } = await startWith(t, provider, { databaseUrl });
		await ask(address, call, { key: 'before' });
		const held = Promise.withResolvers<void>();
		provider.next(held.promise);
		const waiting = ask(address, call, { key: 'k' });
		await until(() => provider.calls() === 2);
		await cluster.kill();
		held.resolve();
		const readyz = () => api.app.inject('/readyz');
		await until(() => api.logged.some((line) => line.includes('answers cannot be stored')));
		const { statusCode, body } = await readyz();
		assert.equal(statusCode, 503);
		assert.match(body, /there is no connection to PostgreSQL/);
		const read = await api.get('/projects');
		assert.deepEqual([read.status, read.headers['retry-after']], [503, '5']);
		assert.match(
			read.body.detail.message,
			/^The server cannot read its database: there is no connection to PostgreSQL/,
		);
		for (const text of [body, read.text]) assert.doesNotMatch(text, new RegExp(`127|${cluster.port}|tests`));
		await cluster.start();
		const stored = await waiting;
		assert.equal(stored.status, 200, stored.text);
		assert.equal((await ask(address, call, { key: 'k' })).text, stored.text);
		assert.equal((await ask(address, call, { key: 'before' })).replayed, true);
		assert.equal(provider.calls(), 2);
		await until(async () => (await readyz()).statusCode === 200);
	},
);

test(
	'a password that was changed: what was paid for waits until the server is let in again',
	onlyOnPostgres,
	async (t) => {
		const cluster = await startCluster();
		t.after(() => cluster.stop());
		const owner = `${cluster.address}postgres`;
		await executeAt(owner, "create role guarded superuser login password 'right'");
		const provider = await startProvider(t);
		const databaseUrl = owner.replace('tests@', 'guarded:right@');
		const { api, address, call } = await startWith(t, provider, { databaseUrl });
		const held = Promise.withResolvers<void>();
		provider.next(held.promise);
		const waiting = ask(address, call, { key: 'k' });
		await until(() => provider.calls() === 1);
		await executeAt(
			owner,
			"alter role guarded password 'wrong'; select pg_terminate_backend(pid) from pg_stat_activity where usename = 'guarded'",
		);
		held.resolve();
		await until(() => api.logged.some((line) => line.includes('answers cannot be stored')));
		await executeAt(owner, "alter role guarded password 'right'");
		assert.equal((await waiting).status, 200);
		assert.equal((await logsOf(api))[0].error, null);
		assert.doesNotMatch(api.logged.join(''), /guarded:right/);
	},
);

test('connections that PostgreSQL ends are replaced', onlyOnPostgres, async (t) => {
	const api = await startApi(t);
	await api.config();
	await execute(
		api.dataDir,
		'select pg_terminate_backend(pid) from pg_stat_activity where pid <> pg_backend_pid() and datname = current_database()',
	);
	await until(async () => (await api.get('/projects')).status === 200);
	await until(async () => (await api.post('/sessions', {})).status === 201);
});

test(
	'a connection that gives no answer is lost: the rollback does not wait, and it is closed',
	onlyOnPostgres,
	async (t) => {
		const pool = new pg.Pool({ connectionString: newDatabase(), max: 1 });
		pool.on('error', () => undefined);
		t.after(() => pool.end());
		const connection = await new PostgresPool(pool, { timeoutMs: 3_000 }).connect();
		await connection.query('begin', []);
		const startedAt = performance.now();
		const isLost = (error: unknown) => isOutcomeUnknown(error) && isTemporary(error);
		await assert.rejects(connection.query('select pg_sleep(600)', []), isLost);
		const lostAt = performance.now();
		await assert.rejects(connection.query('rollback', []), isLost);
		assert.ok(performance.now() - lostAt < lostAt - startedAt);
		connection.release();
		const next = await new PostgresPool(pool).connect();
		assert.deepEqual((await next.query('select 1 as one', []))?.rows, [{ one: 1 }]);
		next.release();
	},
);

test('an answer that is longer than PostgreSQL can take is no reason to try it forever', onlyOnPostgres, async (t) => {
	const database = await openPostgres(newDatabase(), 4, 5_000);
	t.after(() => database.close());
	const commit = new GroupCommit(database);
	const text = 'x'.repeat(2 ** 28);
	await assert.rejects(
		commit.write((db) => sql`select ${text}, ${text}, ${text}, ${text}`.execute(db)),
		/^Error: the values are longer than PostgreSQL can take/,
	);
});

test('a list whose caller has left is stopped, and its connection is used again', onlyOnPostgres, async (t) => {
	const database = await openPostgres(newDatabase(), 4, 5_000);
	t.after(() => database.close());
	const left = new AbortController();
	const list = sql`select pg_sleep(600)`.execute(database.lists(left.signal));
	const waiting = sql`select 1`.execute(database.lists(left.signal));
	const failed = Promise.allSettled([list, waiting]);
	// Other tests have databases on the same PostgreSQL.
	const active = sql<{ n: number }>`select count(*) as n from pg_stat_activity
		where datname = current_database() and query like '%pg_sleep(600)' and state = 'active'`;
	await until(async () => (await active.execute(database.reader)).rows[0]!.n === 1);
	left.abort(new Error('the caller has left'));
	for (const result of await failed) {
		assert.equal(result.status, 'rejected');
		assert.match(String(result.reason), /the caller has left/);
	}
	await until(async () => (await active.execute(database.reader)).rows[0]!.n === 0);
	assert.deepEqual((await sql`select 1 as one`.execute(database.lists())).rows, [{ one: 1 }]);
});
