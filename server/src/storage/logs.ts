import { setImmediate as nextTurn } from 'node:timers/promises';
import { unprocessable } from '../domain/apiError.ts';
import { Log } from '../domain/entities.ts';
import type { CheckSizes, LogListing, LogRecord, LogRef, PageOf } from '../domain/store.ts';
import { codecOf } from './codec.ts';
import type { Dialect } from './dialect.ts';
import { feedbackOn } from './feedback.ts';
import { logSizes } from './logSizes.ts';
import { restoreValues, shareValues } from './sharedValues.ts';
import type { Database } from './tables.ts';

const { encode, decode } = codecOf(Log);

/** SQLite allows 32,766 values in a statement, PostgreSQL 65,535. 500 rows of 34 columns are well below. */
const rowsPerInsert = 500;

/**
 * Stores logs. Those of one call share what belongs to it. Logs that are stored already stay as they are: a commit whose
 * reply was lost is repeated. Throws a 422 that names a reference ID which another log has.
 */
export async function insertLogs(db: Database, logs: Log[]): Promise<void> {
	const rows = shareValues(logs).map((log) => encode(log));
	let inserted = 0;
	for (let from = 0; from < rows.length; from += rowsPerInsert) {
		const { numInsertedOrUpdatedRows } = await db
			.insertInto('logs')
			.values(rows.slice(from, from + rowsPerInsert))
			.onConflict((conflict) => conflict.doNothing())
			.executeTakeFirstOrThrow();
		inserted += Number(numInsertedOrUpdatedRows);
	}
	if (inserted < rows.length) await checkStored(db, logs);
}

/** Throws a 422 that names the reference ID of a log that is not stored, because another log has it. */
async function checkStored(db: Database, logs: Log[]): Promise<void> {
	for (const { id, referenceId } of logs) {
		if ((await logRef(db, 'id', id)) === undefined)
			throw unprocessable(`A log with the reference_id ${JSON.stringify(referenceId)} exists already.`);
	}
}

export async function logRef(db: Database, column: 'id' | 'referenceId', value: string): Promise<LogRef | undefined> {
	return db.selectFrom('logs').select(['id', 'sessionId']).where(column, '=', value).executeTakeFirst();
}

/** The logs with these IDs, in no order. */
async function logRecords(db: Database, ids: string[]): Promise<LogRecord[]> {
	if (ids.length === 0) return [];
	const feedback = await feedbackOn(db, ids);
	const rows = await db
		.selectFrom('logs')
		.leftJoin('projects', 'projects.id', 'logs.projectId')
		.leftJoin('sessions', 'sessions.id', 'logs.sessionId')
		.leftJoin('logs as parents', 'parents.id', 'logs.parentId')
		.selectAll('logs')
		.select([
			'projects.name as projectName',
			'sessions.referenceId as sessionReferenceId',
			'parents.referenceId as parentReferenceId',
		])
		.where('logs.id', 'in', ids)
		.execute();
	const logs = rows.map((row) => decode(row));
	await restoreValues(db, logs);
	return logs.map((log) => Object.assign(log, { feedback: feedback.get(log.id) ?? [] }));
}

export async function logRecord(db: Database, id: string, checkSizes: CheckSizes): Promise<LogRecord | undefined> {
	checkSizes(await logSizes(db, [id]));
	const [record] = await logRecords(db, [id]);
	return record;
}

function matching(
	{ reader, isOfProjectWithoutIndex }: Dialect,
	{ projectId, sessionId, source, from, before }: LogListing,
) {
	let logs = reader.selectFrom('logs');
	// A session has few logs, so its index is faster than reading all logs of the project.
	if (sessionId === undefined) logs = logs.where('projectId', '=', projectId);
	else logs = logs.where('sessionId', '=', sessionId).where(isOfProjectWithoutIndex(projectId));
	if (source !== undefined) logs = logs.where('source', '=', source);
	if (from !== undefined) logs = logs.where('createdAt', '>=', from);
	return before === undefined ? logs : logs.where('createdAt', '<', before);
}

/** Those of the logs that contain the text. */
async function idsWithText(
	{ reader, logContains, logsPerSearch }: Dialect,
	ids: string[],
	search: string,
): Promise<string[]> {
	const found: string[] = [];
	for (let from = 0; from < ids.length; from += logsPerSearch) {
		const some = ids.slice(from, from + logsPerSearch);
		const logs = reader
			.selectFrom('logs')
			.select((eb) => [
				'id',
				'output',
				eb.fn
					.coalesce(
						'inputs',
						eb.selectFrom('logs as holders').select('holders.inputs').whereRef('holders.id', '=', 'logs.callLogId'),
					)
					.as('inputs'),
			])
			.where('id', 'in', some);
		const rows = await reader.selectFrom(logs.as('logs')).select('id').where(logContains(search)).execute();
		const withText = new Set(rows.map(({ id }) => id));
		found.push(...some.filter((id) => withText.has(id)));
		await nextTurn();
	}
	return found;
}

/** The IDs of a page, and how many IDs there are in all. */
async function pageOfIds(dialect: Dialect, listing: LogListing): Promise<PageOf<string>> {
	const { page, size, search } = listing;
	const ids = matching(dialect, listing).select('id').orderBy('createdAt', 'desc').orderBy('sampleIndex').orderBy('id');
	if (search !== undefined) {
		const rows = await ids.execute();
		const found = await idsWithText(
			dialect,
			rows.map(({ id }) => id),
			search,
		);
		return { records: found.slice(page * size, (page + 1) * size), total: found.length };
	}
	const { total } = await matching(dialect, listing)
		.select((eb) => eb.fn.countAll<number>().as('total'))
		.executeTakeFirstOrThrow();
	const rows = await ids
		.limit(size)
		.offset(page * size)
		.execute();
	return { records: rows.map(({ id }) => id), total };
}

/** A page of a project's logs, newest first. The samples of a call keep their order. */
export async function listLogs(
	dialect: Dialect,
	listing: LogListing,
	checkSizes: CheckSizes,
): Promise<PageOf<LogRecord>> {
	const { records: ids, total } = await pageOfIds(dialect, listing);
	checkSizes(await logSizes(dialect.reader, ids));
	const byId = new Map((await logRecords(dialect.reader, ids)).map((record) => [record.id, record]));
	return { records: ids.flatMap((id) => byId.get(id) ?? []), total };
}
