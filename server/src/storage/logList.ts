import { setImmediate as nextTurn } from 'node:timers/promises';
import { sql } from 'kysely';
import type { LogListing, LogRecord, PageOf } from '../domain/store.ts';
import { logRecords } from './logs.ts';
import type { Database } from './tables.ts';

function matching(db: Database, { projectId, sessionId, source, from, before }: LogListing) {
	let logs = db.selectFrom('logs');
	// A session has few logs: unless it is told, SQLite may go through all of the project's.
	if (sessionId === undefined) logs = logs.where('project_id', '=', projectId);
	else logs = logs.where('session_id', '=', sessionId).where(sql<string>`project_id || ''`, '=', projectId);
	if (source !== undefined) logs = logs.where('source', '=', source);
	if (from !== undefined) logs = logs.where('created_at', '>=', from);
	return before === undefined ? logs : logs.where('created_at', '<', before);
}

/** So few that nobody waits long: SQLite reads while nothing else runs. */
const searchedAtOnce = 500;

/** Those of the logs that mention it. */
async function idsMentioning(db: Database, ids: string[], search: string): Promise<string[]> {
	const found: string[] = [];
	for (let from = 0; from < ids.length; from += searchedAtOnce) {
		const some = ids.slice(from, from + searchedAtOnce);
		const rows = await db
			.selectFrom('logs')
			.select('id')
			.where('id', 'in', some)
			.where(sql<boolean>`mentions(inputs, output, ${search.toLowerCase()})`)
			.execute();
		const mentioning = new Set(rows.map(({ id }) => id));
		found.push(...some.filter((id) => mentioning.has(id)));
		await nextTurn();
	}
	return found;
}

/** The IDs of a page, and how many there are in all. */
async function pageOfIds(db: Database, listing: LogListing): Promise<PageOf<string>> {
	const { page, size, search } = listing;
	const ids = matching(db, listing).select('id').orderBy('created_at', 'desc').orderBy('sample_index').orderBy('id');
	if (search !== undefined) {
		const rows = await ids.execute();
		const found = await idsMentioning(
			db,
			rows.map(({ id }) => id),
			search,
		);
		return { records: found.slice(page * size, (page + 1) * size), total: found.length };
	}
	const { total } = await matching(db, listing)
		.select((eb) => eb.fn.countAll<number>().as('total'))
		.executeTakeFirstOrThrow();
	const rows = await ids
		.limit(size)
		.offset(page * size)
		.execute();
	return { records: rows.map(({ id }) => id), total };
}

/** A page of a project's logs, newest first, the samples of a call in their order. */
export async function listLogs(db: Database, listing: LogListing): Promise<PageOf<LogRecord>> {
	const { records: ids, total } = await pageOfIds(db, listing);
	const byId = new Map((await logRecords(db, ids)).map((record) => [record.id, record]));
	return { records: ids.flatMap((id) => byId.get(id) ?? []), total };
}
