import assert from 'node:assert/strict';
import { join } from 'node:path';
import test from 'node:test';
import { sql } from 'kysely';
import { ApiError, StoreUnavailable } from '../src/domain/apiError.ts';
import { SavedByOther } from '../src/domain/idempotency/savedResponses.ts';
import { GroupCommit } from '../src/storage/groupCommit.ts';
import { migrate } from '../src/storage/migrations.ts';
import { isConflict, isTemporary, toDatabaseError } from '../src/storage/postgresErrors.ts';
import { openSqlite } from '../src/storage/sqlite.ts';
import type { Database } from '../src/storage/tables.ts';
import { tempDir } from './setup.ts';
import { notOnPglite, onlyOnSqlite, openTestDatabase } from './storage/storage.ts';

function addSession(db: Database, id: string) {
	return db.insertInto('sessions').values({ id, referenceId: null, createdAt: 'now', updatedAt: 'now' }).execute();
}

test("writes share a commit; one that fails takes back its own rows and nobody else's", notOnPglite, async (t) => {
	const database = await openTestDatabase(t);
	const { reader } = database;
	await migrate(database);
	const commit = new GroupCommit(database);
	const add = (id: string) => (db: Database) => addSession(db, id);
	const seen = async () =>
		(await reader.selectFrom('sessions').select('id').orderBy('id').execute()).map(({ id }) => id);
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

test('a write that is alone takes back its rows when it fails, and the next one is stored', async (t) => {
	const database = await openTestDatabase(t);
	await migrate(database);
	const commit = new GroupCommit(database);
	const reason = new ApiError(404, 'There is no such log.');
	const work = async (db: Database) => {
		await addSession(db, 'a');
		throw reason;
	};
	await assert.rejects(commit.write(work), reason);
	await commit.write((db) => addSession(db, 'b'));
	const seen = await database.reader.selectFrom('sessions').select('id').execute();
	assert.deepEqual(seen, [{ id: 'b' }]);
});

test('a write that goes on after a failed statement does not count as stored', async (t) => {
	const database = await openTestDatabase(t);
	await migrate(database);
	const commit = new GroupCommit(database);
	const written = commit.write(async (db) => {
		await addSession(db, 'a');
		await sql`select * from nowhere`.execute(db).catch(() => undefined);
	});
	const isStored = await written.then(
		() => true,
		() => false,
	);
	const seen = await database.reader.selectFrom('sessions').select('id').execute();
	// SQLite takes back the statement alone, and PostgreSQL the whole transaction.
	assert.equal(isStored, seen.length === 1);
	assert.equal(isStored, database.name === 'sqlite');
});

test(
	'one write that is too much for the disk does not fail those that share its transaction',
	onlyOnSqlite,
	async (t) => {
		const database = openSqlite(join(tempDir(t), 'x.db'));
		const { reader, writer } = database;
		t.after(() => database.close());
		await migrate(database);
		const { rows } = await sql<{ pageCount: number }>`pragma page_count`.execute(writer);
		await sql.raw(`pragma max_page_count = ${rows[0]!.pageCount + 20}`).execute(writer);
		const commit = new GroupCommit(database);
		const add = (id: string) => (db: Database) => addSession(db, id);
		const results = await Promise.allSettled([
			commit.write(add('a')),
			commit.write(add('x'.repeat(1_000_000))),
			commit.write(add('b')),
		]);
		assert.deepEqual(
			results.map(({ status }) => status),
			['fulfilled', 'rejected', 'fulfilled'],
		);
		const reason = (results[1] as PromiseRejectedResult).reason as unknown;
		assert.ok(reason instanceof StoreUnavailable);
		assert.equal(reason.reason, 'database or disk is full');
		const seen = await reader.selectFrom('sessions').select('id').orderBy('id').execute();
		assert.deepEqual(
			seen.map(({ id }) => id),
			['a', 'b'],
		);
	},
);

test('only work without patience that is alone has the short busy timeout', async (t) => {
	const database = openSqlite(join(tempDir(t), 'x.db'), 1_234);
	t.after(() => database.close());
	const commit = new GroupCommit(database);
	const timeoutOf = async (db: Database) => (await sql<{ timeout: number }>`pragma busy_timeout`.execute(db)).rows[0];
	assert.deepEqual(await commit.write(timeoutOf, false), { timeout: 50 });
	assert.deepEqual(await commit.write(timeoutOf), { timeout: 1_234 });
	const together = await Promise.all([commit.write(timeoutOf, false), commit.write(timeoutOf)]);
	assert.deepEqual(together, [{ timeout: 1_234 }, { timeout: 1_234 }]);
	// Work that fails before anything was sent does not take the thread's settings back.
	assert.deepEqual(await commit.write(timeoutOf, false), { timeout: 50 });
	await assert.rejects(commit.write(() => Promise.reject(new Error('too large'))));
	assert.deepEqual(await commit.write(timeoutOf), { timeout: 1_234 });
});

test('SQLite without enough memory for a row is no reason to try that row again', async (t) => {
	const database = openSqlite(join(tempDir(t), 'x.db'));
	t.after(() => database.close());
	const commit = new GroupCommit(database);
	// As node:sqlite throws it. Its heap limit is switched off, so that SQLite cannot be made to do it.
	const fail = (message: string, errcode: number) => () =>
		Promise.reject(Object.assign(new Error(message), { code: 'ERR_SQLITE_ERROR', errcode, errstr: message }));
	const isUnavailable = (error: unknown) => error instanceof StoreUnavailable;
	await assert.rejects(commit.write(fail('database or disk is full', 13)), isUnavailable);
	await assert.rejects(commit.write(fail('out of memory', 7)), (error) => !isUnavailable(error));
});

test("a work's own answer counts as no failed write", async (t) => {
	const database = openSqlite(join(tempDir(t), 'x.db'));
	t.after(() => database.close());
	const failures: boolean[] = [];
	const writeFailed = (isTemporary: boolean) => void failures.push(isTemporary);
	const commit = new GroupCommit(database, { committed: () => undefined, writeFailed });
	for (const error of [new ApiError(404, 'There is no such log.'), new SavedByOther(), new Error('broken')])
		await assert.rejects(
			commit.write(() => Promise.reject(error)),
			error,
		);
	assert.deepEqual(failures, [false], 'the last one only');
});

test("which of PostgreSQL's failures can pass", () => {
	const failure = (code: string) => Object.assign(new Error(code), { severity: 'ERROR', code });
	for (const code of [
		'08006',
		'40001',
		'40P01',
		'53100',
		'53300',
		'55P03',
		'57014',
		'57P01',
		'57P03',
		'58030',
		'25006',
		'25P03',
	])
		assert.ok(isTemporary(failure(code)), code);
	// Out of memory, a value that is too long, a broken rule, a bug.
	for (const code of ['53200', '54000', '23505', '42601']) assert.ok(!isTemporary(failure(code)), code);
	assert.ok(isTemporary(toDatabaseError(Object.assign(new Error('read ECONNRESET'), { syscall: 'read' }))));
	assert.ok(isTemporary(toDatabaseError(new Error('Connection terminated unexpectedly'))));
	assert.ok(!isTemporary(toDatabaseError(new TypeError('x is not a function'))));
	assert.deepEqual([failure('40P01'), failure('55P03')].map(isConflict), [true, false]);
});
