import assert from 'node:assert/strict';
import { join } from 'node:path';
import test from 'node:test';
import { GroupCommit } from '../src/storage/groupCommit.ts';
import { migrate } from '../src/storage/migrations.ts';
import { openSqlite } from '../src/storage/sqlite.ts';
import type { Database } from '../src/storage/tables.ts';
import { tempDir } from './setup.ts';

test("writes share a commit; one that fails takes back its own rows and nobody else's", async (t) => {
	const database = openSqlite(join(tempDir(t), 'x.db'));
	const { reader, writer } = database;
	t.after(() => database.close());
	await migrate(writer);
	const commit = new GroupCommit(database);
	const add = (hash: string) => (db: Database) => db.insertInto('apiKeys').values({ hash, createdAt: 'now' }).execute();
	const seen = async () =>
		(await reader.selectFrom('apiKeys').select('hash').orderBy('hash').execute()).map(({ hash }) => hash);
	const results = await Promise.allSettled([
		commit.write(add('a')),
		commit.write(async (db) => {
			await add('b')(db);
			// Nobody else sees what is not committed.
			assert.deepEqual(await seen(), []);
			throw new Error('second thoughts');
		}),
		commit.write(async (db) => {
			await add('c')(db);
			await add('a')(db);
		}),
		commit.write(add('d')),
	]);
	assert.deepEqual(
		results.map(({ status }) => status),
		['fulfilled', 'rejected', 'rejected', 'fulfilled'],
	);
	assert.deepEqual(await seen(), ['a', 'd']);
	await commit.write(add('e'));
	assert.deepEqual(await seen(), ['a', 'd', 'e']);
	await commit.idle();
});
