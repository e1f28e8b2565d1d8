import { type Expression, type RawBuilder, sql, type SqlBool } from 'kysely';

/**
 * Whether a column names the project, or, without a project, any one that is not deleted. A log without a project is in no
 * list.
 */
export function isInProjects(column: Expression<unknown>, projectId: string | undefined): RawBuilder<SqlBool> {
	if (projectId !== undefined) return sql<boolean>`${column} = ${projectId}`;
	return sql<boolean>`(
		${column} <> '' and ${column} not in (select id from projects where deleted_at is not null)
	)`;
}
