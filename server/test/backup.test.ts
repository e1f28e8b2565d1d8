import assert from 'node:assert/strict';
import { execFile, spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, readdirSync, readFileSync, statSync, truncateSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import test, { type TestContext } from 'node:test';
import { inspect, promisify } from 'node:util';
import { command, main, post, start } from './process.ts';
import { startApi, tempDir } from './setup.ts';
import { onlyOnSqlite } from './storage/storage.ts';

/** All rows of all tables, by table, as text. */
function rowsOf(file: string): Record<string, string[]> {
	const db = new DatabaseSync(file, { readOnly: true });
	try {
		const tables = db.prepare("select name from sqlite_master where type = 'table' order by name").all();
		const names = tables.map(({ name }) => String(name)).filter((name) => name !== 'ballast');
		const sorted = (name: string) => {
			const rows = db.prepare(`select * from "${name}"`).all();
			return rows.map((row) => inspect(row)).sort();
		};
		return Object.fromEntries(names.map((name) => [name, sorted(name)]));
	} finally {
		db.close();
	}
}

/** A folder with a database of some logs, feedback and saved responses, and no server. */
async function filledFolder(t: TestContext, logs = 30): Promise<string> {
	const dataDir = tempDir(t);
	const { child, address } = await start(t, { DATA_DIR: dataDir });
	const config = { project: 'p', provider: 'mock', model: 'm', prompt_template: 'Hi {{name}}' };
	const { id } = (await post(address, '/model-configs', config)).config;
	for (let i = 0; i < logs; i += 1) {
		const inputs = { name: `n${i}`, text: 'Ünïcödé 🎈 '.repeat(40) };
		await post(address, '/completion-model-config', { model_config_id: id, project: 'p', inputs, num_samples: 2 });
	}
	child.kill('SIGTERM');
	await once(child, 'close');
	return dataDir;
}

const dataFileIn = (dataDir: string) => join(dataDir, 'humanloop.db');

test('what is restored from a backup is every row of the database', onlyOnSqlite, async (t) => {
	const dataDir = await filledFolder(t);
	const dir = tempDir(t);
	const file = join(dir, 'backup.db');
	const made = await command(['backup', file, '--data-dir', dataDir]);
	assert.equal(made.status, 0, made.stderr);
	assert.match(made.stdout, /^backup: .*backup\.db \([\d,]+ bytes\)\n$/);
	assert.equal((statSync(file).mode & 0o777).toString(8), '600');
	const restored = join(dir, 'new', 'data');
	const result = await command(['restore', file], { DATA_DIR: restored });
	assert.deepEqual([result.status, result.stderr], [0, '']);
	assert.deepEqual(readdirSync(restored), ['humanloop.db']);
	assert.equal((statSync(dataFileIn(restored)).mode & 0o777).toString(8), '600');
	assert.equal((statSync(restored).mode & 0o777).toString(8), '700');
	assert.deepEqual(rowsOf(dataFileIn(restored)), rowsOf(dataFileIn(dataDir)));
	const { app } = await startApi(t, { dataDir: restored });
	assert.equal((await app.inject('/readyz')).statusCode, 200);
});

test(
	'a backup during writes ends, and has all that was acknowledged before it began and nothing half',
	onlyOnSqlite,
	async (t) => {
		const dataDir = tempDir(t);
		const { address } = await start(t, { DATA_DIR: dataDir });
		const config = { project: 'p', provider: 'mock', model: 'm', prompt_template: 'x' };
		const { id } = (await post(address, '/model-configs', config)).config;
		const acknowledged: string[] = [];
		let isDone = false;
		const write = async () => {
			const response = await post(address, '/completion-model-config', {
				model_config_id: id,
				project: 'p',
				inputs: {},
				num_samples: 3,
			});
			for (const sample of response.data) acknowledged.push(sample.id);
		};
		for (let i = 0; i < 10; i += 1) await write();
		const load = (async () => {
			while (!isDone) {
				const next = new Promise((resume) => setTimeout(resume, 50));
				await Promise.all([write(), next]);
			}
		})();
		const before = [...acknowledged];
		const file = join(tempDir(t), 'backup.db');
		const { status, stderr } = await command(['backup', file], { DATA_DIR: dataDir });
		const during = acknowledged.length - before.length;
		isDone = true;
		await load;
		assert.deepEqual([status, stderr], [0, '']);
		assert.ok(during > 0, 'nothing was written during the backup');
		const db = new DatabaseSync(file, { readOnly: true });
		t.after(() => db.close());
		const logs = new Set(
			db
				.prepare('select id from logs')
				.all()
				.map((row) => String(row['id'])),
		);
		for (const log of before) assert.ok(logs.has(log), log);
		assert.equal(logs.size % 3, 0, 'a transaction is in it in part');
	},
);

test('nothing is overwritten: not by a backup, and not by a restore', onlyOnSqlite, async (t) => {
	const dataDir = await filledFolder(t, 1);
	const file = join(tempDir(t), 'there.db');
	writeFileSync(file, 'mine');
	const made = await command(['backup', file], { DATA_DIR: dataDir });
	assert.deepEqual(
		[made.status, made.stderr],
		[1, `${file} exists already, and is not overwritten. Choose another name.\n`],
	);
	assert.equal(readFileSync(file, 'utf8'), 'mine');
	const backup = join(tempDir(t), 'backup.db');
	assert.equal((await command(['backup', backup], { DATA_DIR: dataDir })).status, 0);
	const rows = rowsOf(dataFileIn(dataDir));
	const restored = await command(['restore', backup], { DATA_DIR: dataDir });
	assert.equal(restored.status, 1);
	assert.match(
		restored.stderr,
		/^There is a database already: .*humanloop\.db\. Nothing is overwritten\. To look at the backup, /,
	);
	assert.deepEqual(rowsOf(dataFileIn(dataDir)), rows);
});

test('a backup that is not whole, or not one, is refused, and leaves no database', onlyOnSqlite, async (t) => {
	const dataDir = await filledFolder(t);
	const dir = tempDir(t);
	const target = join(dir, 'target');
	const cut = join(dir, 'cut.db');
	await command(['backup', cut], { DATA_DIR: dataDir });
	truncateSync(cut, statSync(cut).size - 8192);
	const text = join(dir, 'text.db');
	writeFileSync(text, 'no database'.repeat(1000));
	const other = join(dir, 'other.db');
	new DatabaseSync(other).exec('create table x (y)');
	const newer = join(dir, 'newer.db');
	await command(['backup', newer], { DATA_DIR: dataDir });
	new DatabaseSync(newer).exec("insert into kysely_migration values ('9999_later', '2030-01-01')");
	for (const [file, words] of [
		[cut, /cut\.db is not a whole database: /],
		[text, /text\.db is not a whole database: file is not a database\. Use another backup\.$/],
		[other, /other\.db is not a backup of humanloop-server: it has no schema\.$/],
		[newer, /newer\.db was last used by a newer version of humanloop-server/],
		[join(dir, 'none.db'), /^There is no file .*none\.db\.$/],
	] as const) {
		const { status, stderr } = await command(['restore', file], { DATA_DIR: target });
		assert.equal(status, 1);
		assert.equal(stderr.trimEnd().split('\n').length, 1, stderr);
		assert.match(stderr.trimEnd(), words);
		assert.deepEqual(existsSync(target) ? readdirSync(target) : [], []);
	}
	assert.match((await command(['backup'], { DATA_DIR: target })).stderr, /^There is no database in DATA_DIR/);
});

test('a folder that cannot be written to is named', onlyOnSqlite, async (t) => {
	const dataDir = await filledFolder(t, 1);
	const file = join(dataFileIn(dataDir), 'b.db');
	const { status, stderr } = await command(['backup', file], { DATA_DIR: dataDir });
	assert.equal(status, 1);
	assert.ok(stderr.startsWith(`${file} cannot be written: `), stderr);
});

test(
	'a backup or a restore that is killed leaves no file with the name, and the next one works',
	onlyOnSqlite,
	async (t) => {
		const dataDir = await filledFolder(t, 1);
		const db = new DatabaseSync(dataFileIn(dataDir));
		// Enough for the copy to take a while.
		db.exec(
			`create table ballast (x);
			with recursive n(i) as (select 1 union all select i + 1 from n where i < 15000)
			insert into ballast select randomblob(2000) from n`,
		);
		db.close();
		const dir = tempDir(t);
		const whole = join(dir, 'whole.db');
		await promisify(execFile)(process.execPath, [main, 'backup', whole], { env: { DATA_DIR: dataDir } });
		for (const [args, env, folder, name] of [
			[['backup', join(dir, 'cut.db')], { DATA_DIR: dataDir }, dir, 'cut.db'],
			[['restore', whole], { DATA_DIR: join(dir, 'cut') }, join(dir, 'cut'), 'humanloop.db'],
		] as const) {
			const child = spawn(process.execPath, [main, ...args], { env });
			const parts = () =>
				existsSync(folder) ? readdirSync(folder).filter((file) => file.startsWith(`${name}.part-`)) : [];
			while (parts().every((part) => statSync(join(folder, part)).size === 0))
				await new Promise((resume) => setTimeout(resume, 2));
			child.kill('SIGKILL');
			await once(child, 'close');
			assert.ok(!existsSync(join(folder, name)), 'it was too quick for this test, or the file had its name too early');
			const { status, stderr } = await command([...args], env);
			assert.deepEqual([status, stderr], [0, '']);
			assert.deepEqual(rowsOf(join(folder, name)), rowsOf(dataFileIn(dataDir)));
		}
	},
);
