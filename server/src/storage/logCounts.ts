import { sql } from 'kysely';
import type { Database } from './tables.ts';

/** The number of logs that rows of `log_counts` add up to. PostgreSQL's own sum is a decimal number, which is read as text. */
export const sumOfCounts = sql<number>`cast(coalesce(sum(count), 0) as bigint)`;

/** The number of logs of a project, or of all. */
export async function logCountOf(db: Database, projectId?: string): Promise<number> {
	let counts = db.selectFrom('logCounts').select(sumOfCounts.as('total'));
	if (projectId !== undefined) counts = counts.where('projectId', '=', projectId);
	const { total } = await counts.executeTakeFirstOrThrow();
	return total;
}
