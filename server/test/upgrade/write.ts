import assert from 'node:assert/strict';
import test from 'node:test';
import { version } from '../../src/version.ts';
import { startApi, tempDir } from '../setup.ts';
import { storage } from '../storage/storage.ts';
import { allMigrations } from './database.ts';
import { fillAll } from './fillAll.ts';
import { hasFixture, keepDatabase } from './fixtures.ts';
import { readAll } from './readAll.ts';
import { untilIndexed } from './untilIndexed.ts';

/*
 * `npm run fixture:database`: keeps a database of this version, for the tests of upgrades, once on SQLite and once on
 * PostgreSQL. Run it when the version in package.json is the one of the next release.
 */
test(`writes the fixture of ${version} on ${storage}`, async (t) => {
	assert.ok(
		!hasFixture(version),
		`There is one for ${version}. A fixture of a released version never changes: raise the version. If ${version} is ` +
			'not released, delete the folder of the fixture first.',
	);
	const dataDir = tempDir(t);
	const at = Date.now();
	await fillAll(t, dataDir, at);
	const api = await startApi(t, { dataDir, now: () => at });
	await untilIndexed(api);
	const answers = await readAll(api);
	await api.app.close();
	const schema = (await allMigrations(dataDir)).at(-1) as string;
	keepDatabase(version, dataDir, tempDir(t), { at, schema, answers });
});
