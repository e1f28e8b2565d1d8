import assert from 'node:assert/strict';
import test, { type TestContext } from 'node:test';
import { StoreUnavailable } from '../src/domain/apiError.ts';
import { AdvisoryLocks } from '../src/storage/advisoryLocks.ts';
import { LockSession } from '../src/storage/lockSession.ts';
import { until } from './provider.ts';
import { startCluster } from './storage/cluster.ts';
import { executeAt, onlyOnPostgres } from './storage/storage.ts';

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
