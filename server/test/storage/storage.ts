import { execFileSync } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { after, type TestContext } from 'node:test';
import pg from 'pg';
import type { Dialect } from '../../src/storage/dialect.ts';
import { openDatabase } from '../../src/storage/openDatabase.ts';
import { program, startCluster } from './cluster.ts';
import { startPglite } from './pglite.ts';

/*
 * The database that the tests run on, by TEST_STORAGE: SQLite's file (the default), PGlite (PostgreSQL in this process) or a
 * real PostgreSQL. Each data folder has a database of its own, so tests name it by the folder.
 */

export type StorageName = 'sqlite' | 'pglite' | 'postgres';

const names: readonly StorageName[] = ['sqlite', 'pglite', 'postgres'];

export const storage = (process.env['TEST_STORAGE'] || 'sqlite') as StorageName;
if (!names.includes(storage)) throw new Error(`TEST_STORAGE must be one of ${names.join(', ')}`);

/** The option of a test that is about the files of SQLite. */
export const onlyOnSqlite = { skip: storage !== 'sqlite' && 'about the files of SQLite' };
/** The option of a test in which two transactions are open at the same time. PGlite has one session. */
export const notOnPglite = { skip: storage === 'pglite' && 'PGlite has one session' };
/** The option of a test of PostgreSQL as a server. */
export const onlyOnPostgres = { skip: storage !== 'postgres' && 'about PostgreSQL as a server: TEST_STORAGE=postgres' };

async function startServer(): Promise<{ address: string; stop?: () => Promise<void> }> {
	if (storage === 'sqlite') return { address: '' };
	if (storage === 'pglite') return startPglite(process.env['TEST_PGLITE_DUMP']);
	const shared = process.env['TEST_POSTGRES_ADDRESS'];
	return shared === undefined ? startCluster() : { address: shared };
}

const server = await startServer();
const databaseByFolder = new Map<string, string>();

/** Makes a database on the server of the tests. Returns its address. */
export function newDatabase(): string {
	const name = `t_${randomBytes(8).toString('hex')}`;
	if (storage === 'postgres')
		execFileSync(program('createdb'), ['--maintenance-db', `${server.address}postgres`, name]);
	return `${server.address}${name}`;
}

/** DATABASE_URL for a data folder: the same each time. Undefined for SQLite. */
export function databaseUrlFor(dataDir: string): string | undefined {
	if (storage === 'sqlite') return undefined;
	const known = databaseByFolder.get(dataDir);
	if (known !== undefined) return known;
	const url = newDatabase();
	databaseByFolder.set(dataDir, url);
	return url;
}

/** Opens a new, empty database, as the server does. It is closed when the test ends. */
export async function openTestDatabase(t: TestContext): Promise<Dialect> {
	const dir = mkdtempSync(join(tmpdir(), 'humanloop-database-'));
	const settings = { dataDir: dir, databaseUrl: databaseUrlFor(dir), databasePoolSize: 4, databaseWaitMs: 0 };
	const { database } = await openDatabase(settings, () => undefined);
	t.after(async () => {
		await database.close();
		rmSync(dir, { recursive: true });
	});
	return database;
}

type Row = Record<string, string | number | null>;

/**
 * Begins to write to a file as soon as nobody else does. SQLite itself would wait in this thread, and a server that has begun
 * to write may run in it.
 */
async function beginWrite(db: DatabaseSync): Promise<void> {
	const isLocked = (error: unknown) =>
		error instanceof Error && 'errcode' in error && Number(error.errcode) % 256 === 5;
	for (;;) {
		try {
			return db.exec('begin immediate');
		} catch (error) {
			if (!isLocked(error)) throw error;
		}
		await new Promise((resume) => setTimeout(resume, 5));
	}
}

/** Runs statements in the database of a data folder, over a connection of its own. Returns the rows of the last one. */
export async function execute(dataDir: string, text: string): Promise<Row[]> {
	const url = databaseUrlFor(dataDir);
	if (url !== undefined) return executeAt(url, text);
	const isRead = /^\s*select\b/i.test(text);
	const db = new DatabaseSync(join(dataDir, 'humanloop.db'), { timeout: isRead ? 30_000 : 0 });
	try {
		if (isRead) return db.prepare(text).all() as Row[];
		await beginWrite(db);
		db.exec(text);
		db.exec('commit');
		return [];
	} finally {
		db.close();
	}
}

/** The same in a database of PostgreSQL. */
export async function executeAt(url: string, text: string): Promise<Row[]> {
	const client = new pg.Client({ connectionString: url });
	client.on('error', () => undefined);
	await client.connect();
	try {
		const result = (await client.query(text)) as pg.QueryResult<Row> | pg.QueryResult<Row>[];
		return ([result].flat().at(-1) as pg.QueryResult<Row>).rows;
	} finally {
		await client.end();
	}
}

after(async () => {
	if (storage === 'postgres' && server.stop === undefined) {
		for (const url of databaseByFolder.values()) {
			await executeAt(`${server.address}postgres`, `drop database "${URL.parse(url)?.pathname.slice(1)}" with (force)`);
		}
	}
	await server.stop?.();
});
