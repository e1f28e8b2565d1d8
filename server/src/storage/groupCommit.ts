import { sql } from 'kysely';
import type { Database } from './tables.ts';

type Work<T> = (db: Database) => Promise<T>;
type Job = { work: Work<unknown>; resolve: (value: unknown) => void; reject: (reason: unknown) => void };

export type GroupCommit = {
	/** Runs the work in a transaction; returns when it is on the disk, throws what it threw with nothing of it kept. */
	write<T>(work: Work<T>): Promise<T>;
	/** Returns when nothing is waiting any more. */
	idle(): Promise<void>;
};

/**
 * One disk write for many transactions: those that arrive while one is being committed share the next. Each runs in
 * its savepoint, so that one that fails takes back its own rows and nobody else's.
 */
export function groupCommit(writer: Database): GroupCommit {
	let waiting: Job[] = [];
	let running: Promise<void> | undefined;

	async function commitAll() {
		// Requests that became ready in the same turn of the event loop are let in first.
		await new Promise((resume) => setImmediate(resume));
		while (waiting.length > 0) {
			const group = waiting;
			waiting = [];
			await commitGroup(writer, group);
		}
		running = undefined;
	}

	return {
		write<T>(work: Work<T>): Promise<T> {
			return new Promise<T>((resolve, reject) => {
				waiting.push({ work, resolve: resolve as (value: unknown) => void, reject });
				running ??= commitAll();
			});
		},
		async idle() {
			while (running !== undefined) await running;
		},
	};
}

async function commitGroup(writer: Database, group: Job[]): Promise<void> {
	const answers: (() => void)[] = [];
	try {
		await writer.connection().execute(async (db) => {
			await sql`begin immediate`.execute(db);
			try {
				for (const job of group) answers.push(await runInSavepoint(db, job));
				await sql`commit`.execute(db);
			} catch (error) {
				// SQLite may have rolled back by itself (disk full); then there is nothing left to roll back.
				await sql`rollback`.execute(db).catch(() => undefined);
				throw error;
			}
		});
	} catch (error) {
		for (const job of group) job.reject(error);
		return;
	}
	for (const answer of answers) answer();
}

/** Runs one job; gives back what to tell its caller once the whole group is committed. */
async function runInSavepoint(db: Database, job: Job): Promise<() => void> {
	await sql`savepoint job`.execute(db);
	try {
		const value = await job.work(db);
		await sql`release job`.execute(db);
		return () => job.resolve(value);
	} catch (error) {
		await sql`rollback to job`.execute(db);
		await sql`release job`.execute(db);
		return () => job.reject(error);
	}
}
