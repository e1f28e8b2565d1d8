import { CompiledQuery, type DatabaseConnection, type Driver, type QueryResult } from 'kysely';
import type { Result, Statement } from './connection.ts';

/** What executes the statements of one caller: a connection in this thread, or one in another. */
export type Executor = {
	execute(statement: Statement): Result | Promise<Result>;
	/** The caller needs it no longer. */
	release?(): void;
};

/** A connection as Kysely uses it. */
class ExecutorConnection implements DatabaseConnection {
	readonly executor: Executor;

	constructor(executor: Executor) {
		this.executor = executor;
	}

	async executeQuery<R>({ sql, parameters }: CompiledQuery): Promise<QueryResult<R>> {
		const { rows, changes } = await this.executor.execute({ sql, parameters });
		if (changes === undefined) return { rows: rows as R[] };
		return { rows: rows as R[], numAffectedRows: BigInt(changes) };
	}

	// eslint-disable-next-line require-yield
	async *streamQuery(): AsyncIterableIterator<never> {
		throw new Error('Statements are not streamed: their results are short.');
	}
}

/** Returns an executor for one caller, as soon as there is one. */
export type Acquire = () => Executor | Promise<Executor>;

/** A driver of Kysely. */
export class SqliteDriver implements Driver {
	readonly #acquire: Acquire;

	constructor(acquire: Acquire) {
		this.#acquire = acquire;
	}

	async init(): Promise<void> {}

	async acquireConnection(): Promise<DatabaseConnection> {
		return new ExecutorConnection(await this.#acquire());
	}

	async beginTransaction(connection: DatabaseConnection): Promise<void> {
		await connection.executeQuery(CompiledQuery.raw('begin'));
	}

	async commitTransaction(connection: DatabaseConnection): Promise<void> {
		await connection.executeQuery(CompiledQuery.raw('commit'));
	}

	async rollbackTransaction(connection: DatabaseConnection): Promise<void> {
		await connection.executeQuery(CompiledQuery.raw('rollback'));
	}

	async releaseConnection(connection: DatabaseConnection): Promise<void> {
		(connection as ExecutorConnection).executor.release?.();
	}

	async destroy(): Promise<void> {}
}
