import assert from 'node:assert/strict';
import { once } from 'node:events';
import { mkdirSync, readdirSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import test, { type TestContext } from 'node:test';
import { checkRoom } from '../src/storage/copy/newFile.ts';
import { migrate } from '../src/storage/migrations.ts';
import { openDatabase } from '../src/storage/openDatabase.ts';
import { command, run, start } from './process.ts';
import { tempDir } from './setup.ts';
import { onlyOnSqlite } from './storage/storage.ts';

/** A folder with a database as an earlier version left it. */
async function olderFolder(t: TestContext): Promise<{ dataDir: string; file: string }> {
	const dataDir = tempDir(t);
	const file = join(dataDir, 'humanloop.db');
	const { database } = await openDatabase({ dataDir }, () => undefined);
	await migrate(database, '0003_feedback_and_sessions');
	await database.close();
	const db = new DatabaseSync(file);
	db.exec("insert into projects values ('pr_1', 'old', null, 'then', 'then')");
	db.close();
	return { dataDir, file };
}

function schemaOf(file: string): string {
	const db = new DatabaseSync(file, { readOnly: true });
	try {
		return String(db.prepare('select max(name) as name from kysely_migration').get()?.['name']);
	} finally {
		db.close();
	}
}

const backups = (dataDir: string) => readdirSync(dataDir).filter((name) => name.includes('.schema-'));

test(
	'a start upgrades, says so, and keeps the database as it was, from which one can go back',
	onlyOnSqlite,
	async (t) => {
		const { dataDir, file } = await olderFolder(t);
		const first = await start(t, { DATA_DIR: dataDir });
		const backup = `${file}.schema-0003`;
		assert.match(first.err(), /^The database was upgraded from 0003_feedback_and_sessions to \d{4}_\w+\. /);
		assert.ok(first.err().trimEnd().endsWith(`It is as it was before in ${backup}.`), first.err());
		first.child.kill('SIGTERM');
		await once(first.child, 'close');
		assert.equal((statSync(backup).mode & 0o777).toString(8), '600');
		assert.equal(schemaOf(backup), '0003_feedback_and_sessions');
		assert.notEqual(schemaOf(file), '0003_feedback_and_sessions');
		const second = await start(t, { DATA_DIR: dataDir });
		assert.equal(second.err(), '');
		assert.deepEqual(backups(dataDir), ['humanloop.db.schema-0003']);
		const back = join(tempDir(t), 'back');
		assert.equal((await command(['restore', backup], { DATA_DIR: back })).status, 0);
		const db = new DatabaseSync(join(back, 'humanloop.db'));
		t.after(() => db.close());
		assert.deepEqual({ ...db.prepare('select id, name from projects').get() }, { id: 'pr_1', name: 'old' });
		assert.equal(schemaOf(join(back, 'humanloop.db')), '0003_feedback_and_sessions');
	},
);

test('migrate says what it ran; a second backup of the same schema has another name', onlyOnSqlite, async (t) => {
	const { dataDir, file } = await olderFolder(t);
	mkdirSync(`${file}.schema-0003`);
	const { status, stdout, stderr } = await command(['migrate'], { DATA_DIR: dataDir });
	assert.deepEqual([status, stderr], [0, '']);
	assert.match(stdout, /^migrated: 0004_saved_responses\nmigrated: 0005_shared_values\n/);
	assert.ok(stdout.endsWith(`backup: ${file}.schema-0003-2\n`), stdout);
	const again = await command(['migrate'], { DATA_DIR: dataDir });
	assert.match(again.stdout, /^Nothing to do: the database has the schema \d{4}_\w+ already\.\n$/);
});

test('MIGRATE_ON_START=false: the start is refused until somebody has run migrate', onlyOnSqlite, async (t) => {
	const { dataDir, file } = await olderFolder(t);
	const env = { DATA_DIR: dataDir, PORT: '0', MIGRATE_ON_START: 'false', HUMANLOOP_API_KEY: 'some-key' };
	const { child, err } = run(t, env);
	assert.deepEqual((await once(child, 'close'))[0], 1);
	assert.match(
		err(),
		/^The database lacks 0004_saved_responses, .*, and MIGRATE_ON_START is false\. .*"humanloop-server migrate".*\n$/,
	);
	assert.equal(schemaOf(file), '0003_feedback_and_sessions');
	assert.deepEqual(backups(dataDir), []);
	assert.equal((await command(['migrate'], { DATA_DIR: dataDir })).status, 0);
	await start(t, env);
});

test('a migration that fails leaves the database as it was, and no copy of it', onlyOnSqlite, async (t) => {
	const { dataDir, file } = await olderFolder(t);
	const db = new DatabaseSync(file);
	// The migration renames another table to this name.
	db.exec('create table saved_responses (x)');
	db.close();
	const { status, stderr } = await command(['migrate'], { DATA_DIR: dataDir });
	assert.equal(status, 1);
	assert.match(stderr, /^The upgrade to \d{4}_\w+ failed: .*saved_responses\. The database is as it was before\.\n$/);
	assert.equal(schemaOf(file), '0003_feedback_and_sessions');
	assert.deepEqual(backups(dataDir), []);
});

test('without room for the copy, nothing is changed and the line says how much is needed', (t) => {
	const dir = tempDir(t);
	checkRoom(dir, 1, 'The backup');
	assert.throws(
		() => checkRoom(dir, 1e18, 'The backup'),
		/^Error: The backup needs 1,000,000,000,000 MB in .*, and its disk has [\d,]+ MB left\. Make room and try again\.$/,
	);
});
