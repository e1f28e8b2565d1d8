import assert from 'node:assert/strict';
import test, { type TestContext } from 'node:test';
import { migrate } from '../src/storage/migrations.ts';
import { startApi, tempDir } from './setup.ts';
import { execute, storage } from './storage/storage.ts';
import {
	allMigrations,
	columnsIn,
	countsIn,
	insertKnown,
	missingRows,
	schemaOf,
	textRow,
	upgradeFolder,
	withDatabase,
} from './upgrade/database.ts';
import { readAll } from './upgrade/readAll.ts';
import { dayOfRows, rows, type StoredRow } from './upgrade/rows.ts';
import { untilIndexed } from './upgrade/untilIndexed.ts';

/*
 * Every schema that a database can have is upgraded with rows of every kind in it. None before 0.1.0 was released, so the
 * migrations make them.
 */

/** Where an earlier schema has a row under another name, or as a column that is gone. */
function toToday({ table, values }: StoredRow, columns: Map<string, string[]>): StoredRow {
	const { answer, ...others } = values;
	const [name, renamed] = table === 'replays' ? ['saved_responses', { ...others, response: answer! }] : [table, values];
	const known = Object.entries(renamed).filter(([column]) => columns.get(name)?.includes(column));
	return { table: name, values: Object.fromEntries(known) };
}

/** A database with the schema of a migration, and with what it knows of the rows. */
async function databaseAt(t: TestContext, migration: string): Promise<{ dataDir: string; written: StoredRow[] }> {
	const dataDir = tempDir(t);
	await withDatabase(dataDir, ({ database }) => migrate(database, migration));
	return { dataDir, written: await insertKnown(dataDir, rows, migration) };
}

async function checkRows(dataDir: string, written: StoredRow[]): Promise<void> {
	const columns = await columnsIn(dataDir);
	const derived = rows.filter(({ isDerived }) => isDerived);
	const expected = [...written, ...derived].map((row) => toToday(row, columns));
	for (const table of new Set(expected.map((row) => row.table))) {
		const ofTable = expected.filter((row) => row.table === table).map(({ values }) => textRow(values));
		assert.deepEqual(await missingRows(dataDir, table, ofTable), [], table);
	}
}

/** Today's tables that the rows have something of. */
const everyTable = new Set(rows.map(({ table }) => table).filter((table) => table !== 'replays'));

test('the rows of these tests have every table that holds data of its own', async (t) => {
	const dataDir = tempDir(t);
	await upgradeFolder(dataDir);
	const empty = await countsIn(dataDir);
	const ofServer =
		/^(kysely_migration(_lock)?|schema_versions|log_counts|log_texts|search_queue|log_(terms|vocabulary)\w*)$/;
	const tables = [...empty.keys()].filter((name) => !ofServer.test(name));
	assert.deepEqual(tables.sort(), [...everyTable].sort());
	// A column that is in no row would be empty in every one, and its loss would not be noticed.
	const columns = await columnsIn(dataDir);
	for (const table of tables) {
		const named = new Set(rows.filter((row) => row.table === table).flatMap(({ values }) => Object.keys(values)));
		const forgotten = columns.get(table)!.filter((name) => !named.has(name) && !name.startsWith('latency_'));
		assert.deepEqual(forgotten, [], `${table}: give a row of upgrade/rows.ts these columns`);
	}
});

const names = await allMigrationsOf();

/** They are needed before the first test, to name the tests. */
async function allMigrationsOf(): Promise<string[]> {
	const cleanups: (() => void)[] = [];
	const dataDir = tempDir({ after: (cleanup: () => void) => cleanups.push(cleanup) } as unknown as TestContext);
	try {
		return await allMigrations(dataDir);
	} finally {
		for (const cleanup of cleanups) cleanup();
	}
}

for (const migration of names) {
	test(`a database with the schema ${migration} keeps its rows, and every endpoint reads them`, async (t) => {
		const { dataDir, written } = await databaseAt(t, migration);
		assert.ok(written.length > 8);
		const { before, ran } = await upgradeFolder(dataDir);
		assert.deepEqual([before, ran], [migration, names.slice(names.indexOf(migration) + 1)]);
		await checkRows(dataDir, written);

		const fresh = tempDir(t);
		await upgradeFolder(fresh);
		assert.deepEqual(await schemaOf(dataDir), await schemaOf(fresh));

		const api = await startApi(t, { dataDir, now: () => dayOfRows });
		await untilIndexed(api);
		const answers = await readAll(api);
		const text = JSON.stringify(answers);
		for (const { table, values, isUnlisted } of written) {
			if (isUnlisted || values['id'] === undefined) continue;
			assert.ok(text.includes(`"${values['id']}"`), `${table}: nothing tells of ${values['id']}`);
		}
		for (const path of ['/logs/data_four', '/sessions/ses_empty'])
			assert.equal((await api.get(path)).status, 200, path);
		const { body: found } = await api.get('/logs?project_id=pr_one&search=pancreas');
		assert.ok(found.records.some(({ id }) => id === 'data_one'));
		const { body: active } = await api.get('/projects/pr_one/active-config');
		assert.equal(active.config.id, 'config_one');
		const { body: project } = await api.get('/projects/pr_one');
		const ofProject = written.filter(({ table, values }) => table === 'logs' && values['project_id'] === 'pr_one');
		assert.equal(project['data_count'], ofProject.length);
		// What is stored next goes on from there.
		const next = await api.post('/logs', {
			...{ project: 'tickets', session_reference_id: 'ticket 7', parent_reference_id: 'ref 1' },
			...{ config: { model: 'mock-1' }, inputs: { name: 'Ana' }, output: 'next' },
		});
		assert.equal(next.status, 200, next.text);
		const { body: log } = await api.get(`/logs/${String(next.body['id'])}`);
		assert.deepEqual([log.session_id, log.parent_id], ['ses_one', 'data_one']);
		assert.equal((await api.get('/projects/pr_one')).body['data_count'], ofProject.length + 1);
		assert.deepEqual(await brokenReferences(dataDir), []);
	});
}

/** The rows whose foreign key is of no row. PostgreSQL allows none, even while a migration runs. */
async function brokenReferences(dataDir: string): Promise<unknown[]> {
	return storage === 'sqlite' ? execute(dataDir, 'select * from pragma_foreign_key_check') : [];
}
