import assert from 'node:assert/strict';
import test from 'node:test';
import { startApi, tempDir } from '../setup.ts';
import { storage } from '../storage/storage.ts';
import { allMigrations } from './database.ts';
import { fillAll } from './fillAll.ts';
import { hasFixture, keepDatabase } from './fixtures.ts';
import { readAll } from './readAll.ts';
import { untilIndexed } from './untilIndexed.ts';

/** Keeps a database of a release on the storage of TEST_STORAGE; main.ts runs this for both. */
const release = process.env['RELEASE'] ?? '';

test(`writes the fixture of ${release} on ${storage}`, async (t) => {
	assert.ok(
		!hasFixture(release),
		`There is one for ${release}. What was released never changes: name another version. If ${release} is not ` +
			'released, delete its folder first.',
	);
	const dataDir = tempDir(t);
	const at = Date.now();
	await fillAll(t, dataDir, at);
	const api = await startApi(t, { dataDir, now: () => at });
	await untilIndexed(api);
	const answers = await readAll(api);
	await api.app.close();
	const schema = (await allMigrations(dataDir)).at(-1) as string;
	keepDatabase(release, dataDir, tempDir(t), { at, schema, answers });
});
