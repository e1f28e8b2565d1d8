import { ApiError, messageOf, StoreUnavailable } from '../domain/apiError.ts';
import { SavedByOther } from '../domain/idempotency/savedResponses.ts';
import { noStorageTelemetry, type StorageTelemetry } from '../domain/telemetry.ts';
import type { Dialect } from './dialect.ts';
import { SharedWork } from './sharedWork.ts';
import { executeText } from './sqlite/executeLater.ts';
import type { Database } from './tables.ts';

type Work<T> = (db: Database, shared: SharedWork) => Promise<T>;
type Job = {
	work: Work<unknown>;
	isPatient: boolean;
	isLast: boolean;
	resolve: (value: unknown) => void;
	reject: (reason: unknown) => void;
};

/**
 * Why a transaction failed, and whether no job of it may be tried once more now. `isDeferred`: no job waited for the
 * statement that failed.
 */
type Failure = { error: unknown; isFinal: boolean; isDeferred: boolean };

/** How often a job runs that conflicts with other processes' transactions. */
const maxAttempts = 5;

/**
 * Commits many transactions with one write to the disk: those that arrive during a commit share the next one. Of several,
 * each runs in its own savepoint, so that one that fails takes back its own rows only. If the whole transaction fails, each is tried
 * in a transaction of its own: one of them may be what made it fail, for example by its size on a disk that is nearly full.
 */
export class GroupCommit {
	readonly #dialect: Dialect;
	readonly #telemetry: StorageTelemetry;
	#waiting: Job[] = [];
	#running: Promise<void> | undefined;

	constructor(dialect: Dialect, telemetry = noStorageTelemetry) {
		this.#dialect = dialect;
		this.#telemetry = telemetry;
	}

	/** How many writes wait for the next commit. */
	get waiting(): number {
		return this.#waiting.length;
	}

	/**
	 * Runs the work in a transaction, possibly more than once. Returns when it is on the disk. If the work throws, nothing
	 * of it is stored. Throws StoreUnavailable if the database cannot be written at the moment. Without `isPatient`, work
	 * that is alone hardly waits for another process's lock. With `isLast`, it runs after the other work of its transaction.
	 */
	write<T>(work: Work<T>, isPatient = true, isLast = false): Promise<T> {
		return new Promise<T>((resolve, reject) => {
			this.#waiting.push({ work, isPatient, isLast, resolve: resolve as (value: unknown) => void, reject });
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
			const group = this.#waiting.some(({ isLast }) => isLast)
				? this.#waiting.toSorted((one, other) => Number(one.isLast) - Number(other.isLast))
				: this.#waiting;
			this.#waiting = [];
			const failed = await this.#commitGroup(group);
			if (failed === undefined) continue;
			const isAlone = group.length === 1 && !this.#dialect.isConflict(failed.error);
			if (failed.isFinal || isAlone) this.#reject(group, failed.error);
			else await this.#commitEach(group);
		}
		this.#running = undefined;
	}

	/** Commits jobs together. If a statement fails that no job waited for, the next try waits for each, to know whose it is. */
	async #commitGroup(group: Job[]): Promise<Failure | undefined> {
		const failed = await this.#commit(group, true);
		if (failed === undefined || failed.isFinal || !failed.isDeferred) return failed;
		return this.#commit(group, false);
	}

	async #commitEach(group: Job[]): Promise<void> {
		for (const [index, job] of group.entries()) {
			const failed = await this.#commitAlone(job);
			// Each further one would wait for the same lock, or for the same connection.
			if (failed?.isFinal === true) return this.#reject(group.slice(index), failed.error);
			if (failed !== undefined) this.#reject([job], failed.error);
		}
	}

	/** Repeats a job that only failed because of another process's transaction at the same moment. */
	async #commitAlone(job: Job): Promise<Failure | undefined> {
		for (let attempt = 1; ; attempt += 1) {
			const failed = await this.#commit([job], false);
			if (failed === undefined || attempt === maxAttempts || !this.#dialect.isConflict(failed.error)) return failed;
		}
	}

	#reject(group: Job[], error: unknown): void {
		const isTemporary = this.#dialect.isTemporary(error);
		const reason = isTemporary ? new StoreUnavailable(messageOf(error)) : error;
		for (const job of group) {
			// These are the work's own answers, for example that there is no such log. The database has done as it should.
			const isAnswer = error instanceof ApiError || error instanceof SavedByOther;
			if (!isAnswer) this.#telemetry.writeFailed(isTemporary);
			job.reject(reason);
		}
	}

	/** Reports each job's result. If the transaction fails, reports nothing and returns why. */
	async #commit(group: Job[], defers: boolean): Promise<Failure | undefined> {
		const reports: (() => void)[] = [];
		const shared = new SharedWork();
		const isPatient = group.some((job) => job.isPatient);
		const startedAt = performance.now();
		let step = 'begin' as 'begin' | 'work' | 'commit';
		try {
			if (!isPatient) this.#dialect.setPatience(false);
			await this.#dialect.connectWriter(async (db) => {
				await this.#execute(db, 'begin');
				step = 'work';
				try {
					for (const job of group) {
						// What comes last must not wait for the others.
						if (job.isLast) await shared.write(this.#dialect.name, db);
						// What fails alone is taken back with its transaction.
						const run = group.length === 1 ? this.#runAlone(db, job, shared) : this.#runInSavepoint(db, job, shared);
						reports.push(await run);
					}
					await shared.write(this.#dialect.name, db);
					step = 'commit';
					await this.#execute(db, 'commit');
				} catch (error) {
					// The database may have rolled back already, for example because the disk is full.
					await this.#execute(db, 'rollback').catch(() => undefined);
					throw error;
				}
			}, defers);
		} catch (error) {
			// What may be committed must not run again here: a job makes new IDs when it runs again.
			const isUnknown = step === 'commit' && this.#dialect.isOutcomeUnknown(error);
			const deferred = this.#dialect.deferredFailure(error);
			const isFinal = step === 'begin' || deferred === 'begin' || isUnknown;
			return { error, isFinal, isDeferred: deferred !== undefined };
		} finally {
			if (!isPatient) this.#dialect.setPatience(true);
		}
		this.#telemetry.committed((performance.now() - startedAt) / 1000, group.length);
		for (const report of reports) report();
		return undefined;
	}

	/** Runs the only job of a transaction. Returns the function that reports its result, for when that is committed. */
	async #runAlone(db: Database, job: Job, shared: SharedWork): Promise<() => void> {
		const value = await job.work(db, shared);
		return () => job.resolve(value);
	}

	/** Runs one of several jobs. Returns the function that reports its result, for when the whole group is committed. */
	async #runInSavepoint(db: Database, job: Job, shared: SharedWork): Promise<() => void> {
		await this.#execute(db, 'savepoint');
		try {
			const own = new SharedWork(shared);
			const value = await job.work(db, own);
			await this.#execute(db, 'release');
			shared.join(own);
			return () => job.resolve(value);
		} catch (error) {
			// Alone and without what the others hold, it can succeed.
			if (this.#dialect.isConflict(error)) throw error;
			try {
				await this.#execute(db, 'rollbackToSavepoint');
				await this.#execute(db, 'release');
			} catch {
				// The database has rolled the whole transaction back, because of this error.
				throw error;
			}
			return () => this.#reject([job], error);
		}
	}

	async #execute(db: Database, statement: keyof Dialect['statements']): Promise<void> {
		await executeText(db, this.#dialect.statements[statement]);
	}
}
