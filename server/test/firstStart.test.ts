import assert from 'node:assert/strict';
import { once } from 'node:events';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import test, { type TestContext } from 'node:test';
import { OperatorError } from '../src/domain/operatorError.ts';
import { run } from './process.ts';
import { startApi, tempDir } from './setup.ts';
import { execute, onlyOnSqlite } from './storage/storage.ts';

/** A module that kills its process in the middle of its work: before SQLite runs the statement with this number. */
function killBefore(statement: number): string {
	const code = `
		import { DatabaseSync, StatementSync } from 'node:sqlite';
		let left = ${statement};
		for (const [type, name] of [[DatabaseSync, 'exec'], [StatementSync, 'run'], [StatementSync, 'all']]) {
			const execute = type.prototype[name];
			type.prototype[name] = function (...values) {
				left -= 1;
				if (left === 0) process.kill(process.pid, 'SIGKILL');
				return execute.apply(this, values);
			};
		}`;
	return `data:text/javascript,${encodeURIComponent(code)}`;
}

/** Whether the first start in this folder was killed before it listened. */
async function isKilled(t: TestContext, dataDir: string, statement: number): Promise<boolean> {
	const env = { DATA_DIR: dataDir, PORT: '0', NODE_OPTIONS: `--import="${killBefore(statement)}"` };
	const { child, out, err } = run(t, env);
	const closed = once(child, 'close');
	const listens = new Promise<void>((resolve) => {
		child.stdout.on('data', () => /listens/.test(out()) && resolve());
	});
	await Promise.race([closed, listens]);
	const killed = child.exitCode === null && !/listens/.test(out());
	child.kill('SIGKILL');
	await closed;
	assert.equal(err(), '');
	return killed;
}

test(
	'a first start that is killed, at any point, leaves a folder that the next one can use',
	onlyOnSqlite,
	async (t) => {
		let kills = 0;
		// Every fourth statement: what takes several statements is broken off in its middle.
		for (let statement = 1; ; statement += 4) {
			const dataDir = tempDir(t);
			if (!(await isKilled(t, dataDir, statement))) break;
			kills += 1;
			const api = await startApi(t, { dataDir });
			assert.match(await api.config(), /^config_/, `killed before statement ${statement}`);
			await api.app.close();
		}
		assert.ok(kills >= 5, `killed ${kills} times`);
	},
);

test('a folder that an earlier version left half made can be used', onlyOnSqlite, async (t) => {
	const dataDir = tempDir(t);
	const db = new DatabaseSync(join(dataDir, 'humanloop.db'));
	db.exec(`
		create table kysely_migration (name varchar(255) primary key, timestamp varchar(255) not null);
		create table kysely_migration_lock (id varchar(255) primary key, is_locked integer default 0 not null);
		insert into kysely_migration_lock values ('migration_lock', 0);
		create table api_keys (hash text primary key, created_at text not null);
	`);
	db.close();
	assert.match(await (await startApi(t, { dataDir })).config(), /^config_/);
});

const future = "insert into kysely_migration values ('9999_teleport', '2999-01-01T00:00:00.000Z');";

for (const [when, sql, version] of [
	['which says its version', `${future} insert into schema_versions values ('9999_teleport', '7.8.9')`, /7\.8\.9/],
	['which does not', future, /a newer version/],
] as const) {
	test(`data of a newer server, ${when}, is told from broken data`, async (t) => {
		const dataDir = tempDir(t);
		const first = await startApi(t, { dataDir });
		const config = await first.config();
		await first.app.close();
		await execute(dataDir, sql);
		await assert.rejects(startApi(t, { dataDir }), (error: Error) => {
			assert.ok(error instanceof OperatorError);
			assert.match(error.message, version);
			assert.match(error.message, /9999_teleport.*Start that version, or a later one.*do not delete/i);
			assert.doesNotMatch(error.message, /corrupt/);
			return true;
		});
		await execute(dataDir, "delete from kysely_migration where name = '9999_teleport'");
		assert.equal((await (await startApi(t, { dataDir })).get(`/model-configs/${config}`)).status, 200);
	});
}
