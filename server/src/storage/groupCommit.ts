import { sql } from 'kysely';
import type { Dialect } from './dialect.ts';
import type { Database } from './tables.ts';

type Work<T> = (db: Database) => Promise<T>;
type Job = { work: Work<unknown>; resolve: (value: unknown) => void; reject: (reason: unknown) => void };

/**
 * Commits many transactions with one write to the disk: those that arrive during a commit share the next one. Each runs
 * in its own savepoint, so that one that fails takes back its own rows only.
 */
export class GroupCommit {
	readonly #dialect: Dialect;
	#waiting: Job[] = [];
	#running: Promise<void> | undefined;

	constructor(dialect: Dialect) {
		this.#dialect = dialect;
	}

	/** Runs the work in a transaction. Returns when it is on the disk. If the work throws, nothing of it is stored. */
	write<T>(work: Work<T>): Promise<T> {
		return new Promise<T>((resolve, reject) => {
			this.#waiting.push({ work, resolve: resolve as (value: unknown) => void, reject });
			this.#running ??= this.#commitAll();
		});
	}

	/** Fulfilled when nothing waits to be committed. */
	async idle(): Promise<void> {
		while (this.#running !== undefined) await this.#running;
	}

	async #commitAll(): Promise<void> {
		// Requests that are ready in the same turn of the event loop join this commit.
		await new Promise((resume) => setImmediate(resume));
		while (this.#waiting.length > 0) {
			const group = this.#waiting;
			this.#waiting = [];
			await this.#commit(group);
		}
		this.#running = undefined;
	}

	async #commit(group: Job[]): Promise<void> {
		const reports: (() => void)[] = [];
		try {
			await this.#dialect.writer.connection().execute(async (db) => {
				await this.#execute(db, 'begin');
				try {
					for (const job of group) reports.push(await this.#runInSavepoint(db, job));
					await this.#execute(db, 'commit');
				} catch (error) {
					// The database may have rolled back already, for example because the disk is full.
					await this.#execute(db, 'rollback').catch(() => undefined);
					throw error;
				}
			});
		} catch (error) {
			for (const job of group) job.reject(error);
			return;
		}
		for (const report of reports) report();
	}

	/** Runs one job. Returns the function that reports its result, for when the whole group is committed. */
	async #runInSavepoint(db: Database, job: Job): Promise<() => void> {
		await this.#execute(db, 'savepoint');
		try {
			const value = await job.work(db);
			await this.#execute(db, 'release');
			return () => job.resolve(value);
		} catch (error) {
			await this.#execute(db, 'rollbackToSavepoint');
			await this.#execute(db, 'release');
			return () => job.reject(error);
		}
	}

	async #execute(db: Database, statement: keyof Dialect['statements']): Promise<void> {
		await sql.raw(this.#dialect.statements[statement]).execute(db);
	}
}
