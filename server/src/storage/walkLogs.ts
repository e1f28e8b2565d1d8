import { type RawBuilder, sql, type SqlBool } from 'kysely';
import { unprocessable } from '../domain/apiError.ts';
import type { LogListing, PageOf } from '../domain/store.ts';
import type { Dialect } from './dialect.ts';
import { directionOf, type Filters, hasRowConditions, type LogKey, nextLogs, rowConditions } from './logFilters.ts';

/** So many logs are looked at first. Each further time, twice as many. */
const firstLook = 100;
/** So many logs a list may look at for what no index has. It takes about a second. */
const maxLooked = 200_000;

export type Found = { ids: string[]; isEnd: boolean };

/** Whether a log has what the list asks for: the folded text, if there is one, and what no index has. */
function matchOf(dialect: Dialect, filters: Filters, folded: string | undefined): RawBuilder<SqlBool> {
	const contains = dialect.searchIndex.logContains ?? dialect.logContains;
	const conditions = [...(folded === undefined ? [] : [contains(folded)]), ...rowConditions(dialect, filters, 'logs')];
	return sql<boolean>`case when ${sql.join(conditions, sql` and `)} then 1 else 0 end`;
}

/** The next logs after `after`, and whether they match. */
async function look(
	dialect: Dialect,
	filters: Filters,
	folded: string | undefined,
	part: { limit: number; after: LogKey | undefined },
) {
	const { reader } = dialect;
	const logs = reader
		.selectFrom(nextLogs(dialect, filters, part).as('keys'))
		.innerJoin('logs', 'logs.id', 'keys.id')
		.leftJoin('logs as holders', 'holders.id', 'logs.callLogId')
		.select([
			'keys.id',
			'keys.createdAt',
			'keys.sampleIndex',
			'logs.callLogId',
			'logs.output',
			'logs.metadata',
			'logs.environment',
			'logs.source',
			'logs.configId',
		])
		.select((eb) => eb.fn.coalesce('logs.inputs', 'holders.inputs').as('inputs'));
	return reader
		.selectFrom(logs.as('logs'))
		.select(['id', 'createdAt', 'sampleIndex', matchOf(dialect, filters, folded).as('isMatch')])
		.orderBy('createdAt', directionOf(filters))
		.orderBy('sampleIndex')
		.orderBy('id')
		.execute();
}

/**
 * Looks at logs one by one until `needed` are found, or `limit` were looked at. Throws 422 if that takes too long for a filter
 * that has no index.
 */
export async function walk(
	dialect: Dialect,
	filters: Filters,
	folded: string | undefined,
	{ needed = Infinity, limit = Infinity }: { needed?: number; limit?: number } = {},
): Promise<Found> {
	const ids: string[] = [];
	let after: LogKey | undefined;
	let size = firstLook;
	for (let seen = 0; seen < limit && ids.length < needed; seen += size) {
		if (seen > maxLooked && hasRowConditions(filters)) throw tooMany();
		// Of a text that each log has, the first look is enough.
		if (seen > 0) size = Math.min(2 * size, dialect.logsPerSearch);
		const rows = await look(dialect, filters, folded, { limit: size, after });
		for (const row of rows) if (Number(row.isMatch) === 1) ids.push(row.id);
		if (rows.length < size) return { ids, isEnd: true };
		after = rows.at(-1);
	}
	return { ids, isEnd: false };
}

function tooMany() {
	return unprocessable(
		`The server would look at more than ${maxLooked.toLocaleString('en')} logs for this page, because no index has what ` +
			'the filters ask for. Narrow the list, for example with start_date and end_date, or with the ID of a project.',
	);
}

/** The page of what a walk found. `atLeast` so many logs match. */
export function pageOf({ ids, isEnd }: Found, { page, size }: LogListing, atLeast = 0): PageOf<string> {
	const total = isEnd ? ids.length : Math.max(ids.length, atLeast);
	return { records: ids.slice(page * size, (page + 1) * size), total };
}
