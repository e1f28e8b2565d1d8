import type { CallUsage } from '../domain/usage.ts';
import type { DialectName } from './dialect.ts';
import { keepProject } from './projects.ts';
import type { Database } from './tables.ts';
import { UsageSums } from './usageSums.ts';

/**
 * What the jobs of a transaction do once for all of them. Each job has one of its own, so that what belongs to a job which
 * is taken back goes with it; `parent` has that of the jobs before.
 */
export class SharedWork {
	readonly #parent: SharedWork | undefined;
	readonly #usage = new UsageSums();
	readonly #keptProjects = new Set<string>();

	constructor(parent?: SharedWork) {
		this.#parent = parent;
	}

	/** Counts a call in the totals, before the transaction is committed. */
	addUsage(usage: CallUsage): void {
		this.#usage.add(usage);
	}

	/** See `keepProject`: what the transaction has kept, it keeps to its end. */
	async keepProject(dialect: DialectName, db: Database, id: string): Promise<boolean> {
		if (this.#hasKept(id)) return true;
		const isThere = await keepProject(dialect, db, id);
		if (isThere) this.#keptProjects.add(id);
		return isThere;
	}

	#hasKept(id: string): boolean {
		return this.#keptProjects.has(id) || (this.#parent !== undefined && this.#parent.#hasKept(id));
	}

	/** The transaction itself has deleted a project. */
	forgetProjects(): void {
		this.#keptProjects.clear();
		this.#parent?.forgetProjects();
	}

	/** A job is done, and is not taken back any more. */
	join(job: SharedWork): void {
		this.#usage.addAll(job.#usage);
		for (const id of job.#keptProjects) this.#keptProjects.add(id);
	}

	/** Writes what the jobs so far add up to. */
	async write(dialect: DialectName, db: Database): Promise<void> {
		await this.#usage.write(dialect, db);
	}
}
