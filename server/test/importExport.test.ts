import assert from 'node:assert/strict';
import { join } from 'node:path';
import test, { type TestContext } from 'node:test';
import { idOf, makeExport, secret } from './import/officialExport.ts';
import { command } from './process.ts';
import { type Api, startApi, tempDir } from './setup.ts';
import { databaseUrlFor } from './storage/storage.ts';

/** Runs a command on the database of a folder. */
function onDatabase(dataDir: string, args: string[]) {
	const databaseUrl = databaseUrlFor(dataDir);
	return command(args, databaseUrl === undefined ? { DATA_DIR: dataDir } : { DATABASE_URL: databaseUrl });
}

test('an official export of 300 files keeps its IDs, and each broken file is named', async (t) => {
	const dir = tempDir(t);
	const dataDir = tempDir(t);
	const made = makeExport(dir, 300, 6);
	const { status, stdout, stderr } = await onDatabase(dataDir, ['import', dir]);
	console.log(stdout, stderr);
	assert.equal(status, 1, stderr);
	assert.ok(!`${stdout}${stderr}`.includes(secret));
});
