import type { CompiledQuery } from 'kysely';
import type { Database } from '../tables.ts';
import type { Statement } from './connection.ts';

/** Takes statements that are executed together with a later one. Returns a promise if it executes them now. */
export type Deferring = { defer(statement: Statement): Promise<unknown> | undefined };

/** The connections that do so. */
const deferring = new WeakMap<Database, Deferring>();

/** Makes `executeLater` and `expectRows` defer statements on this connection. */
export function deferOn(db: Database, executor: Deferring): void {
	deferring.set(db, executor);
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
