import { type RawBuilder, sql } from 'kysely';
import { unprocessable } from '../domain/apiError.ts';
import type { LogListing, PageOf } from '../domain/store.ts';
import { modelOf } from './configModels.ts';
import type { Dialect } from './dialect.ts';
import { directionOf, type Filters, maxCounted } from './logFilters.ts';

/** Whether a list is sorted by more than its times. What comes after the time would hardly change anything. */
export function isSorted({ sort = [] }: LogListing): boolean {
	return sort.length > 0 && sort[0]?.column !== 'createdAt';
}

function order({ sort = [] }: LogListing): RawBuilder<unknown> {
	const end = sort.findIndex(({ column }) => column === 'createdAt');
	const columns = { source: sql`chosen.source`, model: sql`models.model`, createdAt: undefined };
	const keys = (end === -1 ? sort : sort.slice(0, end)).flatMap(({ column, isDescending }) => {
		const value = columns[column];
		return value === undefined ? [] : [sql`${value} is null`, sql`${value} ${sql.raw(isDescending ? 'desc' : 'asc')}`];
	});
	return sql.join(keys);
}

/**
 * A page of a list that is sorted by source or model. Those without come last. `findAll` returns the IDs of a page in the
 * order of time. Throws 422 if the filters leave too many logs.
 */
export async function sortLogs(
	dialect: Dialect,
	filters: Filters,
	findAll: (filters: Filters) => Promise<PageOf<string>>,
): Promise<PageOf<string>> {
	const { page, size } = filters;
	const { records: ids } = await findAll({ ...filters, page: 0, size: maxCounted + 1 });
	if (ids.length > maxCounted) {
		throw unprocessable(
			`The server sorts at most ${maxCounted.toLocaleString('en')} logs by source or model, and there are more. ` +
				'Narrow the list, for example with start_date and end_date.',
		);
	}
	if (ids.length === 0) return { records: [], total: 0 };
	// Configs can be long, and many logs have the same: each is read once.
	const { rows } = await sql<{ id: string }>`
		with chosen as materialized (
			select id, config_id, source, created_at, sample_index from logs where id in (${sql.join(ids)})
		),
		models as materialized (
			select configs.id, ${modelOf[dialect.name]} as model from configs where id in (select config_id from chosen)
		)
		select chosen.id from chosen join models on models.id = chosen.config_id
		order by ${order(filters)}, chosen.created_at ${sql.raw(directionOf(filters))}, chosen.sample_index, chosen.id
		limit ${size} offset ${page * size}
	`.execute(dialect.reader);
	return { records: rows.map(({ id }) => id), total: ids.length };
}
