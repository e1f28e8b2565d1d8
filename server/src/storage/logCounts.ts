import { sql } from 'kysely';
import { isInProjects } from './inProjects.ts';
import type { Database } from './tables.ts';

/** The number of logs that rows of `log_counts` add up to. PostgreSQL's own sum is a decimal number, which is read as text. */
export const sumOfCounts = sql<number>`cast(coalesce(sum(count), 0) as bigint)`;

/** The number of all logs, also of those without a project. */
export async function logCount(db: Database): Promise<number> {
	const { total } = await db.selectFrom('logCounts').select(sumOfCounts.as('total')).executeTakeFirstOrThrow();
	return total;
}

/** The number of logs of a project, or of all projects. */
export async function logCountIn(db: Database, projectId: string | undefined): Promise<number> {
	const { total } = await db
		.selectFrom('logCounts')
		.select(sumOfCounts.as('total'))
		.where(isInProjects(sql.ref('projectId'), projectId))
		.executeTakeFirstOrThrow();
	return total;
}
