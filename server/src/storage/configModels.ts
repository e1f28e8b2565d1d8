import { type Expression, type RawBuilder, sql, type SqlBool } from 'kysely';
import type { LogListing } from '../domain/store.ts';
import type { Dialect, DialectName } from './dialect.ts';
import { isInProjects } from './inProjects.ts';

/** The model of a config. PostgreSQL cannot read JSON with NUL characters. Of a tool config, it is null. */
export const modelOf: Record<DialectName, RawBuilder<string | null>> = {
	sqlite: sql`configs.parameters ->> '$.model'`,
	postgres: sql`(replace(configs.parameters, '\\u0000', '\\ufffd')::json ->> 'model') collate "C"`,
};

/** The IDs of those configs with logs in a list's project, or in any, that have one of the models: at most `limit`. */
export async function configsOfModels(
	{ name, reader }: Dialect,
	{ projectId, configs }: LogListing,
	models: string[],
	limit: number,
): Promise<string[]> {
	const rows = await reader
		.selectFrom('logCounts')
		.innerJoin('configs', 'configs.id', 'logCounts.configId')
		.select('configs.id')
		.distinct()
		.where(isInProjects(sql.ref('logCounts.projectId'), projectId))
		.where(modelOf[name], 'in', models)
		.$if(configs !== undefined, (query) => query.where('configs.id', 'in', configs ?? []))
		.limit(limit)
		.execute();
	return rows.map(({ id }) => id);
}

/**
 * Whether a config has one of the models. It reads one row for each log: for `exists`, PostgreSQL may read all configs in each
 * statement of a walk.
 */
export function hasModel({ name }: Dialect, configId: Expression<unknown>, models: string[]): RawBuilder<SqlBool> {
	return sql<boolean>`(select ${modelOf[name]} from configs where configs.id = ${configId}) in (${sql.join(models)})`;
}
