import assert from 'node:assert/strict';
import test from 'node:test';
import { sql } from 'kysely';
import type { LogListing } from '../src/domain/store.ts';
import { listLogs } from '../src/storage/logs.ts';
import { migrate } from '../src/storage/migrations.ts';
import { fillDatabase } from './reads/generate.ts';
import { openTestDatabase } from './storage/storage.ts';

test('with more logs than are sorted and counted, lists stay right or say what to do', async (t) => {
	const database = await openTestDatabase(t);
	await migrate(database);
	await fillDatabase(database, 10_200, { projects: 1 });
	const { id: projectId } = await database.reader.selectFrom('projects').select('id').executeTakeFirstOrThrow();
	// Each log has two people's feedback, and every third one got worse.
	const given = (user: string, value: string, at: string) =>
		sql`
			insert into feedback (id, log_id, type, value, "user", created_at)
			select ${sql.lit(user)} || id, id, 'rating', ${sql.raw(value)}, ${sql.lit(user)}, ${sql.lit(at)} from logs
		`.execute(database.writer);
	await given('ann', `'"good"'`, '2024-01-01');
	await given('bob', `case when substr(created_at, 18, 1) < '2' then '"bad"' else '"good"' end`, '2024-01-02');
	const list = (filters: Partial<LogListing>) =>
		listLogs(database, { projectId, page: 0, size: 20, ...filters }, () => undefined);
	const goodOnes = await database.reader
		.selectFrom('logs')
		.select('id')
		.where(sql<boolean>`substr(created_at, 18, 1) >= '2'`)
		.orderBy('createdAt', 'desc')
		.orderBy('sampleIndex')
		.orderBy('id')
		.execute();
	const good = [{ type: 'rating', values: ['good'] }];
	for (const page of [0, 3]) {
		const { records, total } = await list({ feedback: good, page });
		assert.deepEqual(
			records.map(({ id }) => id),
			goodOnes.slice(page * 20, (page + 1) * 20).map(({ id }) => id),
		);
		assert.ok(total > (page + 1) * 20 && total <= goodOnes.length, `${total}`);
	}
	const sort = [{ column: 'source' as const, isDescending: false }];
	await assert.rejects(list({ sort }), /sorts at most 10,000 logs by source or model.*Narrow the list/);
	const { records, total } = await list({ sort, before: '2024-01-02' });
	assert.ok(total > 20 && total < 10_000);
	assert.ok(records.every(({ source }) => source === 'api'));
});
