import { type RawBuilder, sql } from 'kysely';
import type { PageOf } from '../domain/store.ts';
import type { Dialect } from './dialect.ts';
import { logsWithFeedback } from './feedbackFilter.ts';
import {
	columnConditions,
	countLogs,
	directionOf,
	type Filters,
	hasRowConditions,
	logConditions,
	maxCounted,
} from './logFilters.ts';
import { type Sought, soughtIn } from './search/searchText.ts';
import { pageOf, walk } from './walkLogs.ts';

/*
 * A search has two ways. Of a text that few logs have, the index gives them all, which are then sorted and counted. A text
 * that many logs have is soon found by looking at one log after the other, newest first, until the page is full.
 */

/** So many logs are looked at one by one rather than asking the index. */
const few = 1_000;
/** With more logs that are not in the index yet, it is not asked. */
const maxQueued = 1_000;

/** The filters as a condition on the texts of the index. What these do not have is looked up in the log. */
function textConditions(dialect: Dialect, filters: Filters): RawBuilder<unknown> {
	const known = sql.join(columnConditions(filters, 'texts'), sql` and `);
	if (filters.configIds === undefined && filters.failed === undefined && !hasRowConditions(filters)) return known;
	const others = logConditions(dialect, filters, 'filtered');
	return sql`${known} and exists (select 1 from logs as filtered where filtered.id = texts.log_id and ${others})`;
}

/**
 * Selects the logs that the index finds, and those of the queue that have the text. One statement sees one state of both.
 * SQLite joins in the order of a cross join: from the few to the many.
 */
function selectFound(dialect: Dialect, filters: Filters, rows: RawBuilder<unknown>, { folded, isExact }: Sought) {
	const contains = dialect.logContains(folded);
	const check = (table: 'texts' | 'logs') =>
		isExact
			? sql``
			: sql`and exists (
      select 1 from (
        select coalesce(own.inputs, holders.inputs) as inputs, own.output
        from logs as own left join logs as holders on holders.id = own.call_log_id
        where own.id = ${sql.ref(table === 'texts' ? 'texts.logId' : 'logs.id')}
      ) as logs where ${contains}
    )`;
	return sql`
    with candidates as materialized (${rows}),
    matches as (
      select texts.log_id as id, texts.created_at, texts.sample_index
      from candidates cross join log_texts as texts
      where texts.id = candidates.id and ${textConditions(dialect, filters)} ${check('texts')}
      union all
      select logs.id, texts.created_at, logs.sample_index
      from candidates cross join log_texts as texts cross join logs
      where texts.id = candidates.id and texts.is_call = 1 and logs.call_log_id = texts.log_id
      and ${logConditions(dialect, filters, 'logs')} ${check('logs')}
      union all
      select id, created_at, sample_index from (
        select logs.id, logs.created_at, logs.sample_index, logs.output, coalesce(logs.inputs, holders.inputs) as inputs
        from search_queue cross join logs left join logs as holders on holders.id = logs.call_log_id
        where logs.id = search_queue.log_id and ${logConditions(dialect, filters, 'logs')}
      ) as logs where ${contains}
    ),
    found as materialized (select distinct id, created_at, sample_index from matches)
  `;
}

/** Selects the logs of a list that have had the feedback which it asks for. */
function selectWithFeedback(dialect: Dialect, filters: Filters, rows: RawBuilder<unknown>) {
	return sql`
		with candidates as materialized (${rows}),
		found as materialized (
			select logs.id, logs.created_at, logs.sample_index
			from candidates cross join logs
			where logs.id = candidates.id and ${logConditions(dialect, filters, 'logs')}
		)
	`;
}

/** A page of what an index finds. Not complete: it finds more logs than are sorted, so the records are not the newest. */
type IndexPage = PageOf<string> & { isComplete: boolean };

/** The page of the table `found`, which follows from the table `candidates` of at most 10,001 rows. */
async function pageOfFound({ reader }: Dialect, filters: Filters, found: RawBuilder<unknown>): Promise<IndexPage> {
	const { page, size } = filters;
	const direction = sql.raw(directionOf(filters));
	const result = await sql<{ id: string | null; total: number; candidates: number }>`
    ${found}
    select records.id, totals.total, totals.candidates
    from (select (select count(*) from found) as total, (select count(*) from candidates) as candidates) as totals
    left join (
      select * from found order by created_at ${direction}, sample_index, id limit ${size} offset ${page * size}
    ) as records on true
    order by records.created_at ${direction}, records.sample_index, records.id
  `.execute(reader);
	const [{ total, candidates } = { total: 0, candidates: 0 }] = result.rows;
	return { records: result.rows.flatMap(({ id }) => id ?? []), total, isComplete: candidates <= maxCounted };
}

/** Undefined if the index cannot say. */
async function askIndex(dialect: Dialect, filters: Filters, sought: Sought): Promise<IndexPage | undefined> {
	const { reader, searchIndex } = dialect;
	if (sought.part === '') return undefined;
	const queued = await reader
		.selectFrom('searchQueue')
		.select('id')
		.limit(maxQueued + 1)
		.execute();
	if (queued.length > maxQueued) return undefined;
	const rows = await searchIndex.rowsWith(reader, filters.projectId, sought.part, maxCounted + 1);
	return rows && pageOfFound(dialect, filters, selectFound(dialect, filters, rows, sought));
}

async function hasAtMost(dialect: Dialect, filters: Filters, count: number): Promise<boolean> {
	return (await countLogs(dialect, filters, count + 1)) <= count;
}

/** The IDs of a page of the logs that have the text, newest first. The total can be a lower bound; see `PageOf`. */
export async function searchLogs(dialect: Dialect, filters: Filters, search: string): Promise<PageOf<string>> {
	const sought = soughtIn(search);
	const { folded, part } = sought;
	// One more than the page has, to know whether there is more.
	const needed = (filters.page + 1) * filters.size + 1;
	if (await hasAtMost(dialect, filters, few)) return pageOf(await walk(dialect, filters, folded), filters);
	if ([...part].length < 3) {
		// The index would add up all of the many terms that begin with the text, so it is asked last.
		const found = await walk(dialect, filters, folded, { needed, limit: few });
		if (found.ids.length >= needed) return pageOf(found, filters);
	}
	const found = await askIndex(dialect, filters, sought);
	if (found?.isComplete) return found;
	// The index cannot say how many logs have the text, and of so few logs the total is exact.
	const isCounted = found === undefined && (await hasAtMost(dialect, filters, maxCounted));
	return pageOf(await walk(dialect, filters, folded, isCounted ? {} : { needed }), filters, found?.total);
}

/** The same for a list without a text that is filtered by what no index of logs has. */
export async function filterLogs(dialect: Dialect, filters: Filters): Promise<PageOf<string>> {
	const [given] = filters.feedback ?? [];
	if (given !== undefined) {
		const rows = logsWithFeedback(given, maxCounted + 1);
		const found = await pageOfFound(dialect, filters, selectWithFeedback(dialect, filters, rows));
		if (found.isComplete) return found;
	}
	const needed = (filters.page + 1) * filters.size + 1;
	const isCounted = await hasAtMost(dialect, filters, maxCounted);
	return pageOf(await walk(dialect, filters, undefined, isCounted ? {} : { needed }), filters);
}
