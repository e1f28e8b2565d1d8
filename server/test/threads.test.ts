import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import test, { type TestContext } from 'node:test';
import { promisify } from 'node:util';
import { Worker } from 'node:worker_threads';
import { sql } from 'kysely';
import { ApiError, StoreUnavailable } from '../src/domain/apiError.ts';
import { GroupCommit } from '../src/storage/groupCommit.ts';
import { migrate } from '../src/storage/migrations.ts';
import { openSqlite } from '../src/storage/sqlite.ts';
import { executeLater, expectRows } from '../src/storage/sqlite/executeLater.ts';
import { SqliteThread, ThreadLost } from '../src/storage/sqlite/thread.ts';
import { ThreadPool } from '../src/storage/sqlite/threadPool.ts';
import type { Database } from '../src/storage/tables.ts';
import { ask, logsOf, sleep, startProvider, startWith, until } from './provider.ts';
import { tempDir } from './setup.ts';
import { onlyOnSqlite } from './storage/storage.ts';

async function open(t: TestContext) {
	const database = openSqlite(join(tempDir(t), 'x.db'));
	t.after(() => database.close());
	await migrate(database);
	return database;
}

/** A statement that searches more rows than it ever could. Each of them is given to the function that searches logs. */
const endless = sql<{ found: number }>`
	with recursive numbers (i) as (select 1 union all select i + 1 from numbers)
	select count(*) as found from numbers where mentions(null, cast(i as text), 'absent')
`;

const one = sql<{ one: number }>`select 1 as one`;

const add = (id: string) => (db: Database) =>
	db.insertInto('sessions').values({ id, referenceId: null, createdAt: 'now', updatedAt: 'now' }).execute();

async function sessionIds(db: Database): Promise<string[]> {
	return (await db.selectFrom('sessions').select('id').orderBy('id').execute()).map(({ id }) => id);
}

/** The threads that execute something from now on. */
function threadsInUse(t: TestContext): Set<Worker> {
	const threads = new Set<Worker>();
	const ref = Reflect.get<Worker, 'ref'>(Worker.prototype, 'ref');
	t.mock.method(Worker.prototype, 'ref', function (this: Worker) {
		threads.add(this);
		ref.call(this);
	});
	return threads;
}

test(
	'lists whose callers leave stop, those that wait and those that run, and the next list is answered',
	// Nothing else would end them.
	{ ...onlyOnSqlite, timeout: 120_000 },
	async (t) => {
		const database = await open(t);
		// The threads are started, so that the first lists run soon.
		await Promise.all(Array.from({ length: 10 }, () => one.execute(database.lists())));
		const callers = Array.from({ length: 10 }, () => new AbortController());
		const lists = callers.map(({ signal }) => endless.execute(database.lists(signal)));
		const left = Promise.all(
			lists.map((list, index) => assert.rejects(list, (error) => error === callers[index]!.signal.reason)),
		);
		await sleep(200);
		for (const caller of callers) caller.abort(new Error('left'));
		await left;
		assert.deepEqual((await one.execute(database.lists())).rows, [{ one: 1 }]);
	},
);

test('a signal that is aborted before the list starts, or after it has ended, stops nothing else', async (t) => {
	const database = await open(t);
	const early = new AbortController();
	early.abort(new Error('early'));
	await assert.rejects(one.execute(database.lists(early.signal)), /early/);
	const late = new AbortController();
	await one.execute(database.lists(late.signal));
	const next = one.execute(database.lists());
	late.abort();
	assert.deepEqual((await next).rows, [{ one: 1 }]);
});

test('look-ups and writes do not wait for lists', async (t) => {
	const database = await open(t);
	const commit = new GroupCommit(database);
	const caller = new AbortController();
	const lists = Array.from({ length: 10 }, () => endless.execute(database.lists(caller.signal)));
	const stopped = Promise.allSettled(lists);
	await commit.write(add('a'));
	assert.deepEqual(await sessionIds(database.reader), ['a']);
	caller.abort();
	assert.deepEqual(new Set((await stopped).map(({ status }) => status)), new Set(['rejected']));
});

test('a list whose thread ends gets a 503, and the next list another thread', async (t) => {
	const database = await open(t);
	const threads = threadsInUse(t);
	const rejected = assert.rejects(endless.execute(database.lists()), (error) => {
		assert.ok(error instanceof ApiError);
		assert.equal(error.status, 503);
		assert.match(error.message, /cannot read its database: a thread of the database ended/);
		return true;
	});
	await until(() => threads.size === 1);
	for (const thread of threads) await thread.terminate();
	await rejected;
	assert.deepEqual((await one.execute(database.lists())).rows, [{ one: 1 }]);
	assert.equal(threads.size, 2);
});

test('a list with a result that takes too much memory fails, and the process goes on', async (t) => {
	const script = `
		import { sql } from 'kysely';
		import { openSqlite } from ${JSON.stringify(import.meta.resolve('../src/storage/sqlite.ts'))};
		const database = openSqlite(${JSON.stringify(join(tempDir(t), 'x.db'))});
		const numbers = (limit) => sql\`
			with recursive numbers (i) as (select 1 union all select i + 1 from numbers limit \${limit})
			select hex(randomblob(500)) as text from numbers
		\`;
		await numbers(1e9).execute(database.lists()).catch(({ message }) => console.log(message));
		console.log((await numbers(2).execute(database.lists())).rows.length);
		await database.close();
	`;
	const args = ['--max-old-space-size=128', '--input-type=module', '-e', script];
	const { stdout } = await promisify(execFile)(process.execPath, args, { cwd: import.meta.dirname });
	assert.equal(stdout, 'the result takes too much memory\n2\n');
});

test('a pool has no more threads than its maximum, and those that nobody needs end', async (t) => {
	const file = join(tempDir(t), 'x.db');
	const started: SqliteThread[] = [];
	const start = () => {
		const thread = new SqliteThread(file, 1_000);
		started.push(thread);
		return thread;
	};
	const pool = new ThreadPool(start, 2, 50);
	t.after(() => pool.close());
	const [first, second] = [await pool.acquire(), await pool.acquire()];
	const waiting = pool.acquire();
	pool.release(first);
	assert.equal(await waiting, first);
	assert.equal(started.length, 2);
	pool.release(first);
	pool.release(second);
	await until(() => started.every(({ isLost }) => isLost));
	assert.notEqual(await pool.acquire(), first);
});

test('closing ends lists that run and that wait', async (t) => {
	const database = openSqlite(join(tempDir(t), 'x.db'));
	const lists = Array.from({ length: 5 }, () => endless.execute(database.lists()));
	const ended = Promise.allSettled(lists);
	await one.execute(database.reader);
	await database.close();
	assert.deepEqual(new Set((await ended).map(({ status }) => status)), new Set(['rejected']));
	await assert.rejects(one.execute(database.lists()), /closed/);
});

test('a writer that ends in the middle of a transaction: each write of the group is stored once, by another writer', async (t) => {
	const database = await open(t);
	const commit = new GroupCommit(database);
	const threads = threadsInUse(t);
	let kills = 0;
	const results = await Promise.all([
		commit.write(add('a')),
		commit.write(async (db) => {
			await add('b')(db);
			if (kills === 0) {
				kills += 1;
				await Promise.all([...threads].map((thread) => thread.terminate()));
			}
			await add('c')(db);
		}),
		commit.write(add('d')),
	]);
	assert.equal(results.length, 3);
	assert.deepEqual(await sessionIds(database.reader), ['a', 'b', 'c', 'd']);
	assert.equal(threads.size, 2);
});

test('a statement that is executed later and fails takes back its own write, and no other', async (t) => {
	const database = await open(t);
	const commit = new GroupCommit(database);
	const addLater = (id: string) => (db: Database) =>
		executeLater(
			db,
			db.insertInto('sessions').values({ id, referenceId: null, createdAt: 'now', updatedAt: 'now' }).compile(),
		);
	const writes = [addLater('a'), addLater('a'), add('b'), addLater('c')];
	const results = await Promise.allSettled(writes.map((work) => commit.write<unknown>(work)));
	assert.deepEqual(
		results.map(({ status }) => status),
		['fulfilled', 'rejected', 'fulfilled', 'fulfilled'],
	);
	assert.match(String((results[1] as PromiseRejectedResult).reason), /UNIQUE constraint failed: sessions.id/);
	assert.deepEqual(await sessionIds(database.reader), ['a', 'b', 'c']);
});

test('a statement that changes another number of rows than expected tells its write so, and no other', async (t) => {
	const database = await open(t);
	const commit = new GroupCommit(database);
	await Promise.all([commit.write(add('a')), commit.write(add('b'))]);
	const update = (id: string) => (db: Database) =>
		expectRows(db, db.updateTable('sessions').set({ updatedAt: id }).where('id', '=', id).compile(), 1);
	const look = (id: string) => (db: Database) =>
		expectRows(db, db.selectFrom('sessions').select('id').where('id', '=', id).compile(), 1);
	const works = [update('a'), update('missing'), look('missing'), look('a'), update('b')];
	const counts = await Promise.all(works.map((work) => commit.write(work)));
	assert.deepEqual(counts, [1, 0, 0, 1, 1]);
	const rows = await database.reader.selectFrom('sessions').select('updatedAt').orderBy('id').execute();
	assert.deepEqual(
		rows.map(({ updatedAt }) => updatedAt),
		['a', 'b'],
	);
});

test('a group of known writes is one message to the thread, and one that throws leaves nothing in it', async (t) => {
	const database = await open(t);
	const commit = new GroupCommit(database);
	const execute = t.mock.method(SqliteThread.prototype, 'execute');
	const addLater = (id: string) => (db: Database) =>
		executeLater(
			db,
			db.insertInto('sessions').values({ id, referenceId: null, createdAt: 'now', updatedAt: 'now' }).compile(),
		);
	const fail = async (db: Database) => {
		await addLater('b')(db);
		throw new Error('second thoughts');
	};
	const results = await Promise.allSettled([addLater('a'), fail, addLater('c')].map((work) => commit.write(work)));
	assert.deepEqual(
		results.map(({ status }) => status),
		['fulfilled', 'rejected', 'fulfilled'],
	);
	assert.equal(execute.mock.callCount(), 1);
	assert.deepEqual(await sessionIds(database.reader), ['a', 'c']);
});

test('a write that ends its writer each time is not stored, and can be tried again', async (t) => {
	const database = await open(t);
	const commit = new GroupCommit(database);
	const threads = threadsInUse(t);
	const work = async (db: Database) => {
		await add('a')(db);
		const [thread] = [...threads].slice(-1) as [Worker];
		const ended = once(thread, 'exit');
		void thread.terminate();
		await add('b')(db);
		await ended;
	};
	await assert.rejects(commit.write(work), (error) => {
		assert.ok(error instanceof StoreUnavailable);
		assert.match(error.reason, /a thread of the database ended/);
		return true;
	});
	assert.deepEqual(await sessionIds(database.reader), []);
	await commit.write(add('c'));
	assert.deepEqual(await sessionIds(database.reader), ['c']);
});

test(
	'a writer that is lost after it has committed, before it says so: the paid answer is stored once',
	onlyOnSqlite,
	async (t) => {
		const provider = await startProvider(t);
		const { api, address, call } = await startWith(t, provider);
		const execute = Reflect.get<SqliteThread, 'execute'>(SqliteThread.prototype, 'execute');
		let step: 'before' | 'logs' | 'lost' = 'before';
		t.mock.method(
			SqliteThread.prototype,
			'execute',
			async function (this: SqliteThread, ...sent: Parameters<typeof execute>) {
				const [statements] = sent;
				const result = await execute.apply(this, sent);
				if (step === 'before' && statements.some(({ sql: text }) => text.startsWith('insert into "logs"')))
					step = 'logs';
				if (step !== 'logs' || statements.at(-1)?.sql !== 'commit') return result;
				step = 'lost';
				throw new ThreadLost('killed by the test');
			},
		);
		const first = await ask(address, call, { key: 'k' });
		assert.deepEqual([first.status, step, provider.calls()], [200, 'lost', 1]);
		const logs = await logsOf(api);
		assert.equal(logs.length, 1);
		assert.deepEqual([logs[0].id, logs[0].output], [first.body.data[0].id, first.body.data[0].output]);
		const again = await ask(address, call, { key: 'k' });
		assert.deepEqual([again.replayed, again.text, provider.calls()], [true, first.text, 1]);
		await until(() => /no answer waits to be stored any more/.test(api.logged.join('')));
	},
);
