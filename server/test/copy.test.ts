import assert from 'node:assert/strict';
import { execFileSync, spawn } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { readdirSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import test, { after, type TestContext } from 'node:test';
import { inspect } from 'node:util';
import { checkCopy } from '../src/storage/copy/checksums.ts';
import { copyPostgresToFile } from '../src/storage/copy/fromPostgres.ts';
import { tablesIn, unknownTables } from '../src/storage/copy/tables.ts';
import { migrate } from '../src/storage/migrations.ts';
import { openDatabase } from '../src/storage/openDatabase.ts';
import { command, headers, main, post, start } from './process.ts';
import { tempDir } from './setup.ts';
import { program, startCluster } from './storage/cluster.ts';
import { executeAt } from './storage/storage.ts';

/*
 * Copies between SQLite and a real PostgreSQL. They do not depend on the storage that the other tests run on.
 */

const cluster = await startCluster();
after(() => cluster.stop());

function newUrl(): string {
	const name = `copy_${randomBytes(6).toString('hex')}`;
	execFileSync(program('createdb'), ['--maintenance-db', `${cluster.address}postgres`, name]);
	return `${cluster.address}${name}`;
}

const dataFileIn = (dataDir: string) => join(dataDir, 'humanloop.db');

/** The rows of the tables that a copy has, as text. */
function rowsInFile(file: string): Record<string, string[]> {
	const db = new DatabaseSync(file, { readOnly: true });
	try {
		const rowsOf = (name: string) => db.prepare(`select * from "${name}"`).all();
		return Object.fromEntries(tablesIn(db).map(({ name }) => [name, asText(rowsOf(name))]));
	} finally {
		db.close();
	}
}

async function rowsAt(url: string, tables: string[]): Promise<Record<string, string[]>> {
	const rows = await Promise.all(tables.map((name) => executeAt(url, `select * from "${name}"`)));
	return Object.fromEntries(tables.map((name, index) => [name, asText(rows[index]!)]));
}

/** Bigints of PostgreSQL come as text here, so numbers are compared as text. NUL cannot be stored there. */
function asText(rows: Record<string, unknown>[]): string[] {
	const valueOf = (value: unknown) =>
		value === null ? null : `${value as string | number}`.replaceAll('\0', '\uFFFD');
	const sorted = (row: Record<string, unknown>) => Object.entries(row).sort(([one], [other]) => (one < other ? -1 : 1));
	return rows.map((row) => inspect(sorted(row).map(([name, value]) => [name, valueOf(value)]))).sort();
}

async function assertSameRows(file: string, url: string): Promise<void> {
	const rows = rowsInFile(file);
	assert.deepEqual(await rowsAt(url, Object.keys(rows)), rows);
	assert.ok(rows['logs']!.length > 0);
}

async function fill(address: string, count: number): Promise<string> {
	const config = { project: 'p', provider: 'mock', model: 'm', prompt_template: 'Hi {{name}}' };
	const { config: stored, project_id: projectId } = await post(address, '/model-configs', config);
	const { id } = stored;
	await post(address, '/environments', { name: `staging ${randomBytes(4).toString('hex')}` });
	await post(address, `/projects/${projectId}/feedback-types`, { type: 'mood', class: 'text' });
	let last = '';
	for (let i = 0; i < count; i += 1) {
		const inputs = { name: `Ünï 🎈 ${i}` };
		const more = { session_reference_id: `s${i % 3}`, num_samples: 2, metadata: { i } };
		const { data } = await post(address, '/completion-model-config', {
			model_config_id: id,
			project: 'p',
			inputs,
			...more,
		});
		last = data[0].id;
		await post(address, '/feedback', { data_id: last, type: 'rating', value: 'good', user: `u${i}` });
	}
	return last;
}

async function stop(child: { kill(signal: 'SIGTERM'): boolean }): Promise<void> {
	const closed = once(child as never, 'close');
	child.kill('SIGTERM');
	await closed;
}

/** A folder with a SQLite database that has rows of all kinds. */
async function filledFolder(t: TestContext, count = 10): Promise<string> {
	const dataDir = tempDir(t);
	const { child, address } = await start(t, { DATA_DIR: dataDir, DATABASE_URL: '' });
	await fill(address, count);
	await stop(child);
	const db = new DatabaseSync(dataFileIn(dataDir));
	// A parent that comes after its child in the order of the keys, a NUL that an earlier version stored, and a large log.
	const change = db.prepare(
		'update logs set parent_id = (select max(id) from logs) where id = (select min(id) from logs)',
	);
	change.run();
	db.prepare('update logs set output = ?, duration = 0.1 + 0.2 where id = (select max(id) from logs)').run('a\0b');
	db.prepare('update logs set raw_output = ? where sample_index = 1').run('x'.repeat(3_000_000));
	db.close();
	return dataDir;
}

test('each table of the newest schema is either copied or derived', async (t) => {
	const dataDir = tempDir(t);
	assert.equal((await command(['migrate'], { DATA_DIR: dataDir })).status, 0);
	const db = new DatabaseSync(dataFileIn(dataDir));
	t.after(() => db.close());
	assert.deepEqual(unknownTables(db), []);
	db.exec('create table novelty (x text primary key)');
	assert.deepEqual(unknownTables(db), ['novelty']);
	for (const table of tablesIn(db)) assert.ok(table.key.length > 0, table.name);
});

test('move: every row is in PostgreSQL, the server goes on there, and a second move says so', async (t) => {
	const dataDir = await filledFolder(t);
	const url = newUrl();
	const before = rowsInFile(dataFileIn(dataDir));
	const env = { DATA_DIR: dataDir, DATABASE_URL: url };
	const { status, stdout, stderr } = await command(['move'], env);
	assert.deepEqual([status, stderr], [0, '']);
	assert.match(stdout, /^logs +20 rows {2}SHA-256 [0-9a-f]{32}$/m);
	for (const line of stdout.split('\n').slice(0, 5)) assert.ok(line.length <= 80, line);
	await assertSameRows(dataFileIn(dataDir), url);
	assert.deepEqual(rowsInFile(dataFileIn(dataDir)), before);
	const again = await command(['move'], env);
	assert.match(again.stdout, /^Nothing to do: postgres:\/\/127\.0\.0\.1:\d+\/copy_\w+ has all of it already\.$/m);
	const { child, address } = await start(t, env);
	const { records } = (await (await fetch(`${address}/projects`, { headers })).json()) as { records: { id: string }[] };
	// Counts and the index of texts are not copied: they follow from the rows.
	for (const query of ['', '&search=%C3%BCn%C3%AF']) {
		const logs = await fetch(`${address}/logs?project_id=${records[0]!.id}${query}`, { headers });
		assert.equal(((await logs.json()) as { total: number }).total, 20, query);
	}
	await fill(address, 1);
	await stop(child);
	const other = await command(['move'], env);
	assert.deepEqual([other.status, other.stdout], [1, '']);
	assert.match(
		other.stderr,
		/^The database in DATABASE_URL has other data already \(in .*logs.*\)\. Nothing was changed\. /,
	);
	assert.doesNotMatch(other.stderr, /tests@/);
});

test('move: refused while a server has the file open, and without DATABASE_URL or a file', async (t) => {
	const dataDir = await filledFolder(t, 1);
	const url = newUrl();
	const env = { DATA_DIR: dataDir, DATABASE_URL: url };
	const running = await start(t, { DATA_DIR: dataDir, DATABASE_URL: '' });
	const refused = await command(['move'], env);
	assert.equal(refused.status, 1);
	assert.match(refused.stderr, /^A server uses .*humanloop\.db \(database is locked\)\. Stop it, so that/m);
	await fill(running.address, 1);
	await stop(running.child);
	assert.equal((await command(['move'], env)).status, 0);
	await assertSameRows(dataFileIn(dataDir), url);
	assert.match((await command(['move'], { DATA_DIR: dataDir })).stderr, /^Set DATABASE_URL to the PostgreSQL database/);
	const empty = await command(['move'], { DATA_DIR: tempDir(t), DATABASE_URL: url });
	assert.match(empty.stderr, /^There is no database in DATA_DIR/);
});

test('move: killed in the middle, it has moved nothing, and can be run again', async (t) => {
	const dataDir = await filledFolder(t, 1);
	const db = new DatabaseSync(dataFileIn(dataDir));
	const columns = tablesIn(db)
		.find(({ name }) => name === 'logs')!
		.columns.filter((name) => !['id', 'reference_id'].includes(name));
	const names = columns.map((name) => `"${name}"`).join(', ');
	db.exec(`with recursive n(i) as (select 1 union all select i + 1 from n where i < 20000)
		insert into logs (id, ${names}) select 'data_' || i, ${names} from n, (select * from logs where sample_index = 0 limit 1)`);
	db.close();
	const url = newUrl();
	const env = { DATA_DIR: dataDir, DATABASE_URL: url };
	const child = spawn(process.execPath, [main, 'move'], { env, stdio: 'ignore' });
	const isWriting = async () => {
		const rows = await executeAt(url, `select 1 as x from pg_stat_activity where query like 'insert into "logs"%'`);
		return rows.length > 0;
	};
	while (!(await isWriting())) assert.equal(child.exitCode, null, 'it was too quick for this test');
	child.kill('SIGKILL');
	await once(child, 'close');
	assert.equal((await executeAt(url, 'select * from projects')).length, 0);
	const { status, stderr } = await command(['move'], env);
	assert.deepEqual([status, stderr], [0, '']);
	await assertSameRows(dataFileIn(dataDir), url);
});

test('backup of PostgreSQL while it is written to; restored to SQLite and to PostgreSQL, every row is there', async (t) => {
	const url = newUrl();
	const { address } = await start(t, { DATA_DIR: tempDir(t), DATABASE_URL: url });
	const acknowledged = await fill(address, 5);
	let isDone = false;
	let writes = 0;
	const load = (async () => {
		while (!isDone) {
			await fill(address, 1);
			writes += 1;
		}
	})();
	const dir = tempDir(t);
	const file = join(dir, 'backup.db');
	const made = await command(['backup', file], { DATABASE_URL: url });
	const during = writes;
	isDone = true;
	await load;
	assert.deepEqual([made.status, made.stderr], [0, '']);
	assert.ok(during > 0, 'nothing was written during the backup');
	assert.match(made.stdout, /^logs +\d+ rows {2}SHA-256 [0-9a-f]{32}$/m);
	assert.deepEqual(readdirSync(dir), ['backup.db']);
	assert.equal((statSync(file).mode & 0o777).toString(8), '600');
	const rows = rowsInFile(file);
	assert.ok(rows['logs']!.some((row) => row.includes(acknowledged)));
	assert.equal(rows['logs']!.length % 2, 0, 'a transaction is in it in part');
	const dataDir = join(dir, 'data');
	assert.equal((await command(['restore', file], { DATA_DIR: dataDir })).status, 0);
	assert.deepEqual(rowsInFile(dataFileIn(dataDir)), rows);
	const other = newUrl();
	const restored = await command(['restore', file], { DATABASE_URL: other });
	assert.deepEqual([restored.status, restored.stderr], [0, '']);
	await assertSameRows(file, other);
	const refused = await command(['restore', file], { DATABASE_URL: url });
	assert.match(refused.stderr, /^The database in DATABASE_URL has other data already/);
});

test('a backup of PostgreSQL has the schema that the database has, and an older one restores to the newest', async (t) => {
	const url = newUrl();
	const opened = await openDatabase({ dataDir: '', databaseUrl: url }, () => undefined);
	t.after(() => opened.database.close());
	await migrate(opened.database, '0003_feedback_and_sessions');
	await executeAt(url, "insert into projects values ('pr_1', 'old', null, 'then', 'then')");
	const file = join(tempDir(t), 'old.db');
	await copyPostgresToFile(opened.database, file);
	const db = new DatabaseSync(file, { readOnly: true });
	const schema = db.prepare('select max(name) as name from kysely_migration').get()?.['name'];
	db.close();
	assert.equal(schema, '0003_feedback_and_sessions');
	const other = newUrl();
	assert.equal((await command(['restore', file], { DATABASE_URL: other })).status, 0);
	assert.deepEqual(
		(await executeAt(other, 'select name from projects')).map(({ name }) => name),
		['old'],
	);
	assert.equal((await command(['migrate'], { DATABASE_URL: other })).stdout.split(':')[0], 'Nothing to do');
});

test('a copy that differs is an error that names the tables', () => {
	const sums = [
		{ table: 'projects', rows: 1, sha256: 'a' },
		{ table: 'logs', rows: 2, sha256: 'b' },
	];
	checkCopy(sums, structuredClone(sums));
	for (const changed of [{ rows: 3 }, { sha256: 'c' }])
		assert.throws(
			() => checkCopy(sums, [sums[0]!, { ...sums[1]!, ...changed }]),
			/differs from the original in logs\./,
		);
	assert.throws(() => checkCopy(sums, []), /in projects, logs\./);
});
