import type { Compilable, CompiledQuery, Kysely } from 'kysely';

const later = new WeakSet<CompiledQuery>();

/**
 * Executes a statement whose result nobody needs, in the work of a GroupCommit. It may be executed together with the next
 * statement. If it fails then, the transaction fails, and each of its writes runs again in a transaction of its own. In
 * the one of this statement, the commit throws its error.
 */
export async function executeLater<T>(db: Kysely<T>, statement: Compilable): Promise<void> {
	const query = statement.compile();
	later.add(query);
	await db.executeQuery(query);
}

/** Whether `executeLater` executes it. */
export function isForLater(query: CompiledQuery): boolean {
	return later.has(query);
}
