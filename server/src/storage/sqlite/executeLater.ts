import { CompiledQuery } from 'kysely';
import type { Database } from '../tables.ts';
import type { Result, Statement } from './connection.ts';

export type Deferring = {
	/** Takes a statement that is executed together with a later one. Returns a promise if it is executed now. */
	defer(statement: Statement): Promise<unknown> | undefined;
	/** Executes a statement and those that were deferred. One that begins a transaction or a savepoint is deferred too. */
	execute(statement: Statement): Promise<Result>;
};

/** The connections that do so. */
const deferring = new WeakMap<Database, Deferring>();

/** Makes `executeLater` and `expectRows` defer statements on this connection. */
export function deferOn(db: Database, executor: Deferring): void {
	deferring.set(db, executor);
}

/** Executes one of the statements of a transaction, such as its beginning. */
export async function executeText(db: Database, sql: string): Promise<void> {
	const executor = deferring.get(db);
	if (executor === undefined) await db.executeQuery(CompiledQuery.raw(sql));
	else await executor.execute({ sql, parameters: [] });
}

/**
 * Executes a statement whose result nobody needs, in the work of a GroupCommit. It may be executed together with a later
 * statement. If it fails then, the transaction fails, and its writes run again in one where each statement is waited for.
 */
export async function executeLater(db: Database, { sql, parameters, ...query }: CompiledQuery): Promise<void> {
	const executor = deferring.get(db);
	if (executor === undefined) await db.executeQuery({ sql, parameters, ...query });
	else await executor.defer({ sql, parameters });
}

/**
 * Executes a statement that almost always returns or changes `count` rows, in the work of a GroupCommit. Returns how many.
 * It may return `count` before the statement is executed: if it was another number, the transaction fails, and its writes
 * run again in one where each statement is waited for.
 */
export async function expectRows(db: Database, query: CompiledQuery, count: number): Promise<number> {
	const executor = deferring.get(db);
	if (executor === undefined) {
		const { rows, numAffectedRows } = await db.executeQuery(query);
		return Number(numAffectedRows ?? rows.length);
	}
	await executor.defer({ sql: query.sql, parameters: query.parameters, expectedRows: count });
	return count;
}
