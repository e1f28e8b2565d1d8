import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { TestContext } from 'node:test';
import pg from 'pg';
import { databaseUrlFor, execute, storage } from './storage.ts';

/*
 * What tests do to a database, or want to know of it, in the words of the one that they run on.
 */

/** What the server says while somebody else has locked the database. */
export const lockReason = storage === 'sqlite' ? 'database is locked' : 'canceling statement due to lock timeout';

/** Locks the database of a data folder for writing. Returns the function that ends that. */
export async function lock(t: TestContext, dataDir: string): Promise<() => Promise<void>> {
	const url = databaseUrlFor(dataDir);
	return url === undefined ? lockFile(t, join(dataDir, 'humanloop.db')) : lockTables(t, url);
}

/** SQLite waits in the process that wants the lock, so another process has it. */
async function lockFile(t: TestContext, file: string): Promise<() => Promise<void>> {
	const script = `
		const db = new (require('node:sqlite').DatabaseSync)(${JSON.stringify(file)});
		db.exec('pragma busy_timeout = 120000; begin immediate');
		console.log('locked');
		process.stdin.on('end', () => { db.exec('rollback'); db.close(); }).resume();
	`;
	const child = spawn(process.execPath, ['-e', script], { stdio: ['pipe', 'pipe', 'inherit'] });
	t.after(() => child.kill());
	await once(child.stdout, 'data');
	return async () => {
		child.stdin.end();
		await once(child, 'close');
	};
}

async function lockTables(t: TestContext, url: string): Promise<() => Promise<void>> {
	const client = new pg.Client({ connectionString: url });
	client.on('error', () => undefined);
	await client.connect();
	t.after(() => client.end().catch(() => undefined));
	await client.query(`
		begin;
		lock table projects, configs, sessions, logs, session_projects, feedback, saved_responses, api_keys, audit_entries,
		budgets
		in exclusive mode
	`);
	return async () => {
		await client.query('rollback');
		await client.end();
	};
}

/** Makes the database refuse new rows that a condition on `new` is true for, for a reason that stays. */
export async function refuseRows(dataDir: string, table: string, condition: string, reason: string): Promise<void> {
	const trigger = `create trigger refusing before insert on ${table}`;
	await execute(
		dataDir,
		storage === 'sqlite'
			? `${trigger} when ${condition} begin select raise(abort, '${reason}'); end`
			: `create function refuse() returns trigger language plpgsql as
				$$ begin raise exception '${reason}' using errcode = 'program_limit_exceeded'; end $$;
			${trigger} for each row when (${condition}) execute function refuse()`,
	);
}

/** Everything that is stored in the database of a data folder, as text. */
export async function storedText(dataDir: string): Promise<string> {
	if (storage === 'sqlite') {
		return ['humanloop.db', 'humanloop.db-wal'].map((name) => textOf(join(dataDir, name))).join('\n');
	}
	const tables = await execute(
		dataDir,
		'select table_name as name from information_schema.tables where table_schema = current_schema()',
	);
	const rows = await Promise.all(tables.map(({ name }) => execute(dataDir, `select * from "${name}"`)));
	return rows
		.flat()
		.flatMap((row) => Object.values(row))
		.join('\n');
}

/** A write-ahead log is gone when the database is closed. */
function textOf(file: string): string {
	try {
		return readFileSync(file, 'latin1');
	} catch {
		return '';
	}
}
