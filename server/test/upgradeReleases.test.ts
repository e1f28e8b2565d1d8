import assert from 'node:assert/strict';
import test from 'node:test';
import { version } from '../src/version.ts';
import { startApi, tempDir } from './setup.ts';
import { notOnPglite } from './storage/storage.ts';
import {
	allMigrations,
	columnsIn,
	countsIn,
	missingRows,
	rowsOf,
	schemaOf,
	type TextRow,
	upgradeFolder,
} from './upgrade/database.ts';
import { hasFixture, readFixture, releases, restoreFixture } from './upgrade/fixtures.ts';
import { readAll } from './upgrade/readAll.ts';
import { untilIndexed } from './upgrade/untilIndexed.ts';

/** The tables whose rows the server writes for itself. */
const ofServer = /^(kysely_migration(_lock)?|schema_versions|log_(terms|vocabulary)\w*|search_queue)$/;

test('there is a fixture of every release with another schema', notOnPglite, async (t) => {
	const newest = releases().at(-1);
	const schema = (await allMigrations(tempDir(t))).at(-1);
	const isCovered = newest !== undefined && (hasFixture(version) || readFixture(newest).schema === schema);
	assert.ok(
		isCovered,
		`${version} has a new schema. Run "npm run fixture:database -- ${version}" and commit what it writes.`,
	);
});

for (const release of releases()) {
	test(`a database of ${release} keeps its rows, and every endpoint answers as before`, notOnPglite, async (t) => {
		const dataDir = tempDir(t);
		restoreFixture(release, dataDir);
		const { at, schema, answers } = readFixture(release);
		for (const [table, count] of await countsIn(dataDir))
			assert.ok(count > 0 || ofServer.test(table), `${release} has no row in ${table}`);
		const tables = [...(await columnsIn(dataDir)).keys()].filter((name) => !ofServer.test(name));
		const before = new Map<string, TextRow[]>();
		for (const table of tables) before.set(table, await rowsOf(dataDir, table));

		const upgraded = await upgradeFolder(dataDir);
		assert.equal(upgraded.before, schema);
		// A migration that moves or changes rows says here what became of them.
		for (const [table, rows] of before) assert.deepEqual(await missingRows(dataDir, table, rows), [], table);
		const fresh = tempDir(t);
		await upgradeFolder(fresh);
		assert.deepEqual(await schemaOf(dataDir), await schemaOf(fresh));

		const api = await startApi(t, { dataDir, now: () => at });
		await untilIndexed(api);
		// Later versions may answer with more.
		assert.partialDeepStrictEqual(await readAll(api), answers);
	});
}
