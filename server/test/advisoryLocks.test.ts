import assert from 'node:assert/strict';
import test, { type TestContext } from 'node:test';
import pg from 'pg';
import { StoreUnavailable } from '../src/domain/apiError.ts';
import { AdvisoryLocks } from '../src/storage/advisoryLocks.ts';
import { KeyLock } from '../src/storage/keyLock.ts';
import { LockSession } from '../src/storage/lockSession.ts';
import { until } from './provider.ts';
import { startCluster } from './storage/cluster.ts';
import { executeAt, newDatabase, onlyOnPostgres } from './storage/storage.ts';

const wait = () => ({ signal: new AbortController().signal, onWait: () => undefined });
const keyOf = (key: string) => ({ scope: 'test', key });

/** The locks of one replica. `reports` are what the operator reads. */
function startLocks(t: TestContext, open: () => Promise<LockSession>) {
	const reports: string[] = [];
	const locks = new AdvisoryLocks(open, (message) => reports.push(message));
	t.after(() => locks.close());
	return { locks, reports };
}

const countText = `select count(*)::int as locks from pg_locks where locktype = 'advisory' and objsubid = 1
	and database = (select oid from pg_database where datname = current_database())`;

async function countOf(url: string): Promise<number> {
	return Number((await executeAt(url, countText))[0]!['locks']);
}

test(
	'when the lock table is full, new calls get a 503 and running calls keep their locks',
	onlyOnPostgres,
	async (t) => {
		const cluster = await startCluster(['max_connections = 20', 'max_locks_per_transaction = 10']);
		t.after(() => cluster.stop());
		const url = `${cluster.address}postgres`;
		const { locks, reports } = startLocks(t, () => LockSession.open(url));
		const unlock = await locks.lock(keyOf('running'), wait());
		const many = Array.from({ length: 20_000 }, (_, index) => locks.lock(keyOf(`new ${index}`), wait()));
		const results = await Promise.allSettled(many);
		for (const result of results) {
			assert(result.status === 'rejected' && result.reason instanceof StoreUnavailable);
			assert.match(result.reason.message, /out of shared memory/);
		}
		assert.equal(await countOf(url), 1);
		assert.deepEqual(reports, ['PostgreSQL refused to lock Idempotency-Keys']);
		(await locks.lock(keyOf('new 1'), wait()))();
		unlock();
		await until(async () => (await countOf(url)) === 0);
		assert.equal(reports.length, 1);
	},
);

/** A session that reports each holder of the lock that it sees. */
async function openWatched(url: string, id: string, seen: (pid: number | undefined) => void): Promise<LockSession> {
	const session = await LockSession.open(url);
	const holders = session.holders.bind(session);
	session.holders = async () => {
		const found = await holders();
		seen(found.get(id));
		return found;
	};
	return session;
}

test('a replica that sees another one look at the lock of an ended session waits, too', onlyOnPostgres, async (t) => {
	const url = newDatabase();
	const { id } = new KeyLock('test', 'k', () => undefined);
	const dead = await LockSession.open(url);
	await dead.exchange([id], []);
	const looking = new pg.Client({ connectionString: url });
	await looking.connect();
	t.after(() => looking.end());
	// PostgreSQL gives the lock to the one that waits in it, before any other can try.
	const taken = looking.query('select pg_advisory_lock($1)', [id]);
	const seen: (number | undefined)[] = [];
	const { locks } = startLocks(t, () => openWatched(url, id, (pid) => seen.push(pid)));
	const waiting = locks.lock(keyOf('k'), wait());
	await until(() => seen.length > 0);
	const [deadPid] = seen;
	await until(async () => (await countOf(url)) === 2);
	const since = performance.now();
	await dead.close();
	await taken;
	await until(() => seen.at(-1) !== deadPid);
	await looking.query('select pg_advisory_unlock($1)', [id]);
	const unlock = await waiting;
	assert(performance.now() - since >= 1_900, 'it did not wait for the process that lost its session');
	unlock();
});

test('when PostgreSQL does not answer, a call gets a 503 after 7 seconds', async (t) => {
	t.mock.timers.enable({ apis: ['setTimeout'] });
	const opened = Promise.withResolvers<void>();
	const attempt = Promise.withResolvers<LockSession>();
	t.after(() => attempt.reject(new Error('no reply')));
	const { locks } = startLocks(t, () => {
		opened.resolve();
		return attempt.promise;
	});
	await opened.promise;
	const waiting = locks.lock(keyOf('k'), wait());
	const rejected = assert.rejects(waiting, /PostgreSQL does not answer/);
	t.mock.timers.tick(6_999);
	assert.equal(await Promise.race([waiting, Promise.resolve('waits')]), 'waits');
	t.mock.timers.tick(1);
	await rejected;
});
