import assert from 'node:assert/strict';
import test, { type TestContext } from 'node:test';
import { sql } from 'kysely';
import type { Dialect } from '../src/storage/dialect.ts';
import { FailedRows } from '../src/storage/failedRows.ts';
import { GroupCommit } from '../src/storage/groupCommit.ts';
import { migrate } from '../src/storage/migrations.ts';
import { addNext, SearchIndexer } from '../src/storage/searchIndex.ts';
import { SqliteThread } from '../src/storage/sqlite/thread.ts';
import { fillDatabase } from './reads/generate.ts';
import { onlyOnSqlite, openTestDatabase } from './storage/storage.ts';

async function start(t: TestContext) {
	const dialect = await openTestDatabase(t);
	await migrate(dialect);
	await fillDatabase(dialect, 100, { projects: 1 });
	const reports: unknown[] = [];
	/** `onAdd` is called for each step that adds texts. */
	const indexer = (onAdd: () => void = () => undefined) => {
		const add: Dialect['searchIndex']['add'] = (...parameters) => {
			onAdd();
			return dialect.searchIndex.add(...parameters);
		};
		const watched = { ...dialect, searchIndex: { ...dialect.searchIndex, add } };
		return new SearchIndexer(watched, new GroupCommit(dialect), (error) => reports.push(error), 0);
	};
	const queued = async () =>
		(await dialect.reader.selectFrom('searchQueue').select('logId').execute()).map((row) => row.logId);
	const { id } = await dialect.reader
		.selectFrom('logs')
		.select('id')
		.where('inputs', 'is not', null)
		.executeTakeFirstOrThrow();
	return { dialect, indexer, reports, queued, id };
}

test('a log that cannot be indexed holds up no other, and is reported once', async (t) => {
	const { dialect, indexer, reports, queued, id } = await start(t);
	await dialect.writer.updateTable('logs').set({ inputs: 'no JSON' }).where('id', '=', id).execute();
	// The change has queued that log.
	await sql`insert into search_queue (log_id) select id from logs where id <> ${id}`.execute(dialect.writer);
	const running = indexer();
	for (let time = 0; time < 2; time += 1) {
		running.wake();
		await running.idle();
		assert.deepEqual(await queued(), [id]);
		assert.equal(reports.length, 1);
		assert.ok(reports[0] instanceof SyntaxError);
	}
	await dialect.writer.updateTable('logs').set({ inputs: '{}' }).where('id', '=', id).execute();
	const afterRestart = indexer();
	afterRestart.wake();
	await afterRestart.idle();
	assert.deepEqual(await queued(), []);
});

test('steps of any size use few statements: each stays prepared', onlyOnSqlite, async (t) => {
	const { dialect, indexer, queued } = await start(t);
	const commit = new GroupCommit(dialect);
	const running = indexer();
	running.wake();
	await running.idle();
	const executed = t.mock.method(SqliteThread.prototype, 'execute').mock;
	const { rows: before } = await sql<{ count: number }>`select count(*) as count from log_texts`.execute(
		dialect.reader,
	);
	let added = 0;
	for (let size = 1; size <= 64; size += 1) {
		await sql`insert into search_queue (log_id) select id from logs limit ${sql.lit(size)}`.execute(dialect.writer);
		await commit.write((db) => addNext(dialect, db));
		assert.deepEqual(await queued(), []);
		added += size;
	}
	const { rows: after } = await sql<{ count: number }>`select count(*) as count from log_texts`.execute(dialect.reader);
	assert.ok((after[0]?.count ?? 0) - (before[0]?.count ?? 0) >= added);
	const texts = executed.calls.flatMap(({ arguments: [batch] }) => batch.map((statement) => statement.sql));
	// The test's own are one for each size.
	const different = new Set(texts.filter((text) => !text.startsWith('insert into search_queue')));
	assert.ok(different.size < 60, `${different.size} different statements`);
});

test('a row that failed is left alone for an hour; with too many, all are', () => {
	let now = 0;
	const failed = new FailedRows(() => now);
	assert.equal(failed.isNews(), true);
	for (let id = 1; id <= 100; id += 1) {
		assert.equal(failed.isFull, false);
		failed.add(id);
	}
	now += 59 * 60_000;
	assert.equal(failed.isNews(), false);
	assert.equal(failed.isFull, true);
	now += 60_000;
	assert.deepEqual(failed.ids, []);
	assert.equal(failed.isNews(), true);
});

test('a long text takes few steps, however long it is', async (t) => {
	const { dialect, indexer, reports, queued, id } = await start(t);
	await dialect.writer
		.updateTable('logs')
		.set({ output: 'some text '.repeat(300_000) })
		.where('id', '=', id)
		.execute();
	let steps = 0;
	const running = indexer(() => (steps += 1));
	running.wake();
	await running.idle();
	assert.deepEqual([await queued(), reports], [[], []]);
	assert.ok(steps > 1 && steps <= 9, `${steps} steps`);
});
