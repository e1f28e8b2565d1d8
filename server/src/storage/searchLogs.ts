import { type RawBuilder, sql } from 'kysely';
import type { LogListing, PageOf } from '../domain/store.ts';
import type { Dialect } from './dialect.ts';
import { matchingLogs, maxCounted } from './logFilters.ts';
import { type Sought, soughtIn } from './search/searchText.ts';

/*
 * A search has two ways. Of a text that few logs have, the index gives them all, which are then sorted and counted. A text
 * that many logs have is soon found by looking at one log after the other, newest first, until the page is full.
 */

/** So many logs are looked at first. Each further time, twice as many. */
const firstLook = 100;
/** So many logs are looked at one by one rather than asking the index. */
const few = 1_000;
/** With more logs that are not in the index yet, it is not asked. */
const maxQueued = 1_000;

type Key = { id: string; createdAt: string; sampleIndex: number };
type Found = { ids: string[]; isEnd: boolean };

/** The next logs after `last`, and whether they have the text. */
async function look(dialect: Dialect, listing: LogListing, folded: string, last: Key | undefined, limit: number) {
	const { reader, searchIndex } = dialect;
	const contains = searchIndex.logContains ?? dialect.logContains;
	let keys = matchingLogs(dialect, listing)
		.select(['id', 'createdAt', 'sampleIndex'])
		.orderBy('createdAt', 'desc')
		.orderBy('sampleIndex')
		.orderBy('id')
		.limit(limit);
	if (last !== undefined) {
		keys = keys
			.where('createdAt', '<=', last.createdAt)
			.where((eb) =>
				eb.or([
					eb('createdAt', '<', last.createdAt),
					eb('sampleIndex', '>', last.sampleIndex),
					eb.and([eb('sampleIndex', '=', last.sampleIndex), eb('id', '>', last.id)]),
				]),
			);
	}
	const logs = reader
		.selectFrom(keys.as('keys'))
		.innerJoin('logs', 'logs.id', 'keys.id')
		.leftJoin('logs as holders', 'holders.id', 'logs.callLogId')
		.select(['keys.id', 'keys.createdAt', 'keys.sampleIndex', 'logs.callLogId', 'logs.output'])
		.select((eb) => eb.fn.coalesce('logs.inputs', 'holders.inputs').as('inputs'));
	return reader
		.selectFrom(logs.as('logs'))
		.select(['id', 'createdAt', 'sampleIndex', contains(folded).as('isMatch')])
		.orderBy('createdAt', 'desc')
		.orderBy('sampleIndex')
		.orderBy('id')
		.execute();
}

/** Looks at logs one by one until `needed` are found, or `limit` were looked at. */
async function walk(
	dialect: Dialect,
	listing: LogListing,
	folded: string,
	{ needed = Infinity, limit = Infinity }: { needed?: number; limit?: number } = {},
): Promise<Found> {
	const ids: string[] = [];
	let last: Key | undefined;
	let size = firstLook;
	for (let seen = 0; seen < limit && ids.length < needed; seen += size) {
		// Of a text that each log has, the first look is enough.
		if (seen > 0) size = Math.min(2 * size, dialect.logsPerSearch);
		const rows = await look(dialect, listing, folded, last, size);
		for (const row of rows) if (row.isMatch) ids.push(row.id);
		if (rows.length < size) return { ids, isEnd: true };
		last = rows.at(-1);
	}
	return { ids, isEnd: false };
}

/** The page of what a walk found. `atLeast` so many logs have the text. */
function pageOf({ ids, isEnd }: Found, { page, size }: LogListing, atLeast = 0): PageOf<string> {
	const total = isEnd ? ids.length : Math.max(ids.length, atLeast);
	return { records: ids.slice(page * size, (page + 1) * size), total };
}

/** The listing's filters as conditions on a table that has these columns. */
function conditions(table: 'texts' | 'logs', { projectId, sessionId, source, from, before }: LogListing) {
	const column = (name: string) => sql.ref(`${table}.${name}`);
	const all = [sql`${column('projectId')} = ${projectId}`];
	if (sessionId !== undefined) all.push(sql`${column('sessionId')} = ${sessionId}`);
	if (source !== undefined) all.push(sql`${column('source')} = ${source}`);
	if (from !== undefined) all.push(sql`${column('createdAt')} >= ${from}`);
	if (before !== undefined) all.push(sql`${column('createdAt')} < ${before}`);
	return sql.join(all, sql` and `);
}

/**
 * Selects the logs that the index finds, and those of the queue that have the text. One statement sees one state of both.
 * SQLite joins in the order of a cross join: from the few to the many.
 */
function selectFound(dialect: Dialect, listing: LogListing, rows: RawBuilder<unknown>, { folded, isExact }: Sought) {
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
      where texts.id = candidates.id and ${conditions('texts', listing)} ${check('texts')}
      union all
      select logs.id, texts.created_at, logs.sample_index
      from candidates cross join log_texts as texts cross join logs
      where texts.id = candidates.id and texts.is_call = 1 and logs.call_log_id = texts.log_id
      and ${conditions('texts', listing)} ${check('logs')}
      union all
      select id, created_at, sample_index from (
        select logs.id, logs.created_at, logs.sample_index, logs.output, coalesce(logs.inputs, holders.inputs) as inputs
        from search_queue cross join logs left join logs as holders on holders.id = logs.call_log_id
        where logs.id = search_queue.log_id and ${conditions('logs', listing)}
      ) as logs where ${contains}
    ),
    found as materialized (select distinct id, created_at, sample_index from matches)
  `;
}

/** A page of what the index finds. Not complete: it finds more logs than are sorted, so the records are not the newest. */
type IndexPage = PageOf<string> & { isComplete: boolean };

/** Undefined if the index cannot say. */
async function askIndex(dialect: Dialect, listing: LogListing, sought: Sought): Promise<IndexPage | undefined> {
	const { reader, searchIndex } = dialect;
	if (sought.part === '') return undefined;
	const queued = await reader
		.selectFrom('searchQueue')
		.select('id')
		.limit(maxQueued + 1)
		.execute();
	if (queued.length > maxQueued) return undefined;
	const rows = await searchIndex.rowsWith(reader, listing.projectId, sought.part, maxCounted + 1);
	if (rows === undefined) return undefined;
	const { page, size } = listing;
	const result = await sql<{ id: string | null; total: number; candidates: number }>`
    ${selectFound(dialect, listing, rows, sought)}
    select records.id, totals.total, totals.candidates
    from (select (select count(*) from found) as total, (select count(*) from candidates) as candidates) as totals
    left join (
      select * from found order by created_at desc, sample_index, id limit ${size} offset ${page * size}
    ) as records on true
    order by records.created_at desc, records.sample_index, records.id
  `.execute(reader);
	const [{ total, candidates } = { total: 0, candidates: 0 }] = result.rows;
	return { records: result.rows.flatMap(({ id }) => id ?? []), total, isComplete: candidates <= maxCounted };
}

async function hasAtMost(dialect: Dialect, listing: LogListing, count: number): Promise<boolean> {
	const one = await matchingLogs(dialect, listing).select('id').offset(count).limit(1).executeTakeFirst();
	return one === undefined;
}

/** The IDs of a page of the logs that have the text, newest first. The total can be a lower bound; see `PageOf`. */
export async function searchLogs(dialect: Dialect, listing: LogListing, search: string): Promise<PageOf<string>> {
	const sought = soughtIn(search);
	const { folded, part } = sought;
	// One more than the page has, to know whether there is more.
	const needed = (listing.page + 1) * listing.size + 1;
	if (await hasAtMost(dialect, listing, few)) return pageOf(await walk(dialect, listing, folded), listing);
	if ([...part].length < 3) {
		// The index would add up all of the many terms that begin with the text, so it is asked last.
		const found = await walk(dialect, listing, folded, { needed, limit: few });
		if (found.ids.length >= needed) return pageOf(found, listing);
	}
	const found = await askIndex(dialect, listing, sought);
	if (found?.isComplete) return found;
	// The index cannot say how many logs have the text, and of so few logs the total is exact.
	const isCounted = found === undefined && (await hasAtMost(dialect, listing, maxCounted));
	return pageOf(await walk(dialect, listing, folded, isCounted ? {} : { needed }), listing, found?.total);
}
