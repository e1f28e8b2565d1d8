import assert from 'node:assert/strict';
import test from 'node:test';
import { sql } from 'kysely';
import fc from 'fast-check';
import { newLog } from '../src/domain/entities.ts';
import { newId } from '../src/domain/ids.ts';
import { GroupCommit } from '../src/storage/groupCommit.ts';
import { insertLogs } from '../src/storage/logs.ts';
import { migrate } from '../src/storage/migrations.ts';
import type { Database } from '../src/storage/tables.ts';
import { openTestDatabase } from './storage/storage.ts';

const projects = ['pr_a', 'pr_b', null];
const configs = ['config_a', 'config_b'];

const logOf = (projectId: string | null, configId: string) =>
	newLog({
		...{ id: newId('data'), projectId, configId, sampleIndex: 0, save: true },
		...{ createdAt: '2024-01-01T00:00:00.000Z', updatedAt: '2024-01-01T00:00:00.000Z' },
	});

async function seed(db: Database): Promise<void> {
	const times = { createdAt: 'then', updatedAt: 'then' };
	for (const id of ['pr_a', 'pr_b']) {
		await db
			.insertInto('projects')
			.values({ id, name: id, deletedAt: null, ...times })
			.execute();
	}
	const config = { projectId: 'pr_a', description: null, parameters: '{}', ...times };
	await db
		.insertInto('configs')
		.values(configs.map((id) => ({ id, hash: id, name: id, ...config })))
		.execute();
}

/** Each pair of project and config that has logs, with their number: as it is stored, and as it is. */
async function bothCounts(db: Database) {
	const stored = await db
		.selectFrom('logCounts')
		.select((eb) => ['projectId', 'configId', eb.fn.sum<number>('count').as('logs')])
		.groupBy(['projectId', 'configId'])
		.having((eb) => eb.fn.sum('count'), '!=', 0)
		.execute();
	const real = await db
		.selectFrom('logs')
		.select((eb) => [
			sql<string>`coalesce(project_id, '')`.as('projectId'),
			'configId',
			eb.fn.countAll<number>().as('logs'),
		])
		.groupBy(['projectId', 'configId'])
		.execute();
	const lines = (rows: typeof stored) =>
		rows.map((row) => `${row.projectId} ${row.configId} ${Number(row.logs)}`).sort();
	return { stored: lines(stored), real: lines(real) };
}

const place = { project: fc.constantFrom(...projects), config: fc.constantFrom(...configs) };
const step = fc.oneof(
	fc.record({
		kind: fc.constant('insert' as const),
		...place,
		logs: fc.integer({ min: 1, max: 5 }),
		fails: fc.boolean(),
	}),
	fc.record({ kind: fc.constant('delete' as const), ...place, fails: fc.boolean() }),
);

test('property: the counts of logs are right after any inserts and deletes, also those that fail', async (t) => {
	const dialect = await openTestDatabase(t);
	await migrate(dialect);
	const groupCommit = new GroupCommit(dialect);
	await groupCommit.write(seed);
	await fc.assert(
		fc.asyncProperty(fc.array(step, { maxLength: 12 }), async (steps) => {
			// All steps share a transaction, each in a savepoint of its own.
			await Promise.allSettled(
				steps.map((wanted) =>
					groupCommit.write(async (db) => {
						if (wanted.kind === 'insert') {
							await insertLogs(
								dialect.name,
								db,
								Array.from({ length: wanted.logs }, () => logOf(wanted.project, wanted.config)),
							);
						} else {
							await db
								.deleteFrom('logs')
								.where('projectId', wanted.project === null ? 'is' : '=', wanted.project)
								.where('configId', '=', wanted.config)
								.execute();
						}
						if (wanted.fails) throw new Error('second thoughts');
					}),
				),
			);
			const { stored, real } = await bothCounts(dialect.reader);
			assert.deepEqual(stored, real);
		}),
	);
});
