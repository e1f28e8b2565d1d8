import assert from 'node:assert/strict';
import test, { type TestContext } from 'node:test';
import { newId } from '../src/domain/ids.ts';
import type { LogTarget, Writes } from '../src/domain/store.ts';
import { type CallUsage, noCounts } from '../src/domain/usage.ts';
import type { Dialect } from '../src/storage/dialect.ts';
import { GroupCommit } from '../src/storage/groupCommit.ts';
import { migrate } from '../src/storage/migrations.ts';
import { createStore } from '../src/storage/store.ts';
import { openTestDatabase } from './storage/storage.ts';

/** A store, and how many transactions it has committed. */
async function startStore(t: TestContext) {
	const database = await openTestDatabase(t);
	await migrate(database);
	const sizes: number[] = [];
	const telemetry = { committed: (_: number, writes: number) => void sizes.push(writes), writeFailed: () => undefined };
	return { database, store: createStore(database, new GroupCommit(database, telemetry)), sizes };
}

function usageOf(model: string, counts: Partial<CallUsage['counts']> = {}, latency: number | null = 0.01): CallUsage {
	const ids = {
		projectId: 'pr_1',
		configId: 'config_1',
		sessionId: null,
		apiKeyId: '',
		workflowId: '',
		environment: '',
	};
	return {
		day: '2026-11-30',
		...ids,
		provider: 'openai',
		model,
		latency,
		counts: { ...noCounts, calls: 1, ...counts },
	};
}

function totals({ reader }: Dialect) {
	const columns = ['model', 'calls', 'promptTokens', 'promptCostNanos'] as const;
	return reader.selectFrom('usage').select(columns).orderBy('model').execute();
}

test('calls of one transaction count once each, but not those of a write that is taken back', async (t) => {
	const { database, store, sizes } = await startStore(t);
	const count = (usage: CallUsage) => store.write((writes) => writes.usage(usage));
	const results = await Promise.allSettled([
		count(usageOf('a', { promptTokens: 5 })),
		store.write(async (writes) => {
			await writes.usage(usageOf('a', { promptTokens: 100 }));
			throw new Error('second thoughts');
		}),
		count(usageOf('a', { promptTokens: 7 }, 100)),
		count(usageOf('b', { calls: 0 }, null)),
	]);
	assert.deepEqual(
		results.map(({ status }) => status),
		['fulfilled', 'rejected', 'fulfilled', 'fulfilled'],
	);
	assert.deepEqual(sizes, [4]);
	assert.deepEqual(await totals(database), [
		{ model: 'a', calls: 2, promptTokens: 12, promptCostNanos: 0 },
		{ model: 'b', calls: 0, promptTokens: 0, promptCostNanos: 0 },
	]);
	const { records } = await store.usageTotals({ groupBy: [], page: 0, size: 1 });
	const latencies = records[0]!.latencies;
	assert.deepEqual([latencies[0], latencies.reduce((sum, calls) => sum + calls)], [1, 2]);
});

test('costs whose sum JavaScript cannot hold exactly are added by the database', async (t) => {
	const { database, store, sizes } = await startStore(t);
	const counts = { promptCostNanos: Number.MAX_SAFE_INTEGER };
	const none = { promptCostNanos: -Number.MAX_SAFE_INTEGER };
	await Promise.all(
		[counts, counts, { promptCostNanos: 3 }, none, none].map((some) =>
			store.write((writes) => writes.usage(usageOf('a', some))),
		),
	);
	assert.deepEqual(sizes, [5]);
	assert.deepEqual(await totals(database), [{ model: 'a', calls: 5, promptTokens: 0, promptCostNanos: 3 }]);
});

test('a transaction that has deleted a project stores nothing more in it', async (t) => {
	const { store, sizes } = await startStore(t);
	const id = newId('pr');
	await store.write((writes) => writes.findOrCreateProject('p', id));
	const target: LogTarget = { project: { id, name: 'p', isNew: false }, session: null, parentId: null };
	const find = (writes: Writes) => writes.ensureTarget(target);
	const failed = Promise.reject(new Error('second thoughts'));
	failed.catch(() => undefined);
	const found = await Promise.all([
		store.write(find),
		store.write(async (writes) => [await find(writes), await find(writes)]),
		store.write((writes) => writes.hideProject(id, 'now').then(() => failed)).catch(() => 'taken back'),
		store.write(find),
		store.write((writes) => writes.hideProject(id, 'now')),
		store.write(find),
	]);
	const there = { projectId: id, sessionId: null };
	assert.deepEqual(found, [there, [there, there], 'taken back', there, undefined, undefined]);
	assert.equal(sizes[1], 6);
});
