import { unprocessable } from '../domain/apiError.ts';
import { Log } from '../domain/entities.ts';
import type { CheckSizes, LogListing, LogRecord, LogRef, PageOf } from '../domain/store.ts';
import { codecOf } from './codec.ts';
import { configsOfModels } from './configModels.ts';
import type { Dialect, DialectName } from './dialect.ts';
import { feedbackOn } from './feedback.ts';
import { logCountIn } from './logCounts.ts';
import {
	countLogs,
	type Filters,
	hasRowConditions,
	maxCounted,
	maxStreams,
	nextLogs,
	totalFrom,
} from './logFilters.ts';
import { logSizes } from './logSizes.ts';
import { filterLogs, searchLogs } from './searchLogs.ts';
import { restoreValues, shareValues } from './sharedValues.ts';
import { isSorted, sortLogs } from './sortLogs.ts';
import { prepared } from './prepared.ts';
import { expectRows } from './sqlite/executeLater.ts';
import type { Database, Tables } from './tables.ts';

type LogRow = Tables['logs'];

const { encode, decode } = codecOf(Log);

const logColumns = [...Object.keys(Log.properties), 'callLogId', 'responseLogId'] as (keyof LogRow)[];

const insertLog = prepared<LogRow>((db, value) =>
	db
		.insertInto('logs')
		.values(Object.fromEntries(logColumns.map((column) => [column, value(column)])) as LogRow)
		.onConflict((conflict) => conflict.doNothing()),
);

/** PostgreSQL allows 65,535 values in a statement. 500 rows of 40 columns are well below. */
const rowsPerInsert = 500;

/** Stores rows with few round trips, and returns how many were new. */
async function insertTogether(db: Database, rows: LogRow[]): Promise<number> {
	let inserted = 0;
	for (let from = 0; from < rows.length; from += rowsPerInsert) {
		const { numInsertedOrUpdatedRows } = await db
			.insertInto('logs')
			.values(rows.slice(from, from + rowsPerInsert))
			.onConflict((conflict) => conflict.doNothing())
			.executeTakeFirstOrThrow();
		inserted += Number(numInsertedOrUpdatedRows);
	}
	return inserted;
}

function selectParents(dialect: DialectName, db: Database, ids: string[]) {
	return db
		.selectFrom('logs')
		.select('id')
		.where('id', 'in', ids)
		.$if(dialect === 'postgres', (query) => query.forKeyShare())
		.compile();
}

/** The logs, without the parents that were deleted while the calls were in flight. Nobody deletes the others meanwhile. */
async function withoutLostParents(dialect: DialectName, db: Database, logs: Log[]): Promise<Log[]> {
	const ids = [...new Set(logs.flatMap(({ parentId }) => parentId ?? []))];
	if (ids.length === 0) return logs;
	const parents = selectParents(dialect, db, ids);
	if ((await expectRows(db, parents, ids.length)) === ids.length) return logs;
	const stored = new Set((await db.executeQuery(parents)).rows.map(({ id }) => id));
	return logs.map((log) => (stored.has(log.parentId ?? '') ? log : { ...log, parentId: null }));
}

/**
 * Stores logs. Those of one call share what belongs to it. Logs that are stored already stay as they are: a commit whose
 * reply was lost is repeated. Returns false if all of them were. Throws a 422 that names a reference ID which another log has.
 */
export async function insertLogs(dialect: DialectName, db: Database, logs: Log[]): Promise<boolean> {
	const rows = shareValues(await withoutLostParents(dialect, db, logs)).map((log) => encode(log));
	let inserted = 0;
	if (dialect === 'sqlite' || rows.length === 1) {
		for (const row of rows) inserted += await expectRows(db, insertLog(db, row), 1);
	} else inserted = await insertTogether(db, rows);
	if (inserted < rows.length) await checkStored(db, logs);
	return inserted > 0;
}

/** Throws a 422 that names the reference ID of a log that is not stored, because another log has it. */
export async function checkStored(db: Database, logs: Log[]): Promise<void> {
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
		.leftJoin('projects', (join) =>
			join.onRef('projects.id', '=', 'logs.projectId').on('projects.deletedAt', 'is', null),
		)
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

/** The number of logs that the filters leave. Beyond `maxCounted`, one more than that. */
async function countMatching(dialect: Dialect, filters: Filters): Promise<number> {
	const { reader } = dialect;
	const { projectId, sessionId, sources, configIds, failed, from, before } = filters;
	if ([sessionId, sources, configIds, failed, from, before].every((filter) => filter === undefined)) {
		return logCountIn(reader, projectId);
	}
	return countLogs(dialect, filters, maxCounted + 1);
}

/** The IDs of a page, and how many IDs there are in all, or a lower bound; see `PageOf`. */
async function pageOfIds(dialect: Dialect, filters: Filters): Promise<PageOf<string>> {
	const { page, size } = filters;
	const rows = await nextLogs(dialect, filters, { limit: size + 1, offset: page * size }).execute();
	const total = await countMatching(dialect, filters);
	return {
		records: rows.slice(0, size).map(({ id }) => id),
		total: Math.max(total, totalFrom(page * size, rows.length)),
	};
}

/** The IDs of a page in the order of time. */
function findLogs(dialect: Dialect, filters: Filters): Promise<PageOf<string>> {
	const { search } = filters;
	if (search !== undefined) return searchLogs(dialect, filters, search);
	return hasRowConditions(filters) ? filterLogs(dialect, filters) : pageOfIds(dialect, filters);
}

/** A list with filters by config: the index by config is asked for each of them, unless too many have the models. */
async function withConfigs(dialect: Dialect, listing: LogListing): Promise<Filters> {
	const { models, configs } = listing;
	const filters: Filters = configs === undefined ? listing : { ...listing, configIds: configs };
	if (models === undefined) return filters;
	const configIds = await configsOfModels(dialect, listing, models, maxStreams + 1);
	return configIds.length > maxStreams ? { ...filters, soughtModels: models } : { ...filters, configIds };
}

/**
 * A list of all projects with a filter by source: the index by source is asked for each project, unless there are too many of
 * them.
 */
async function withProjects({ reader }: Dialect, listing: Filters): Promise<Filters> {
	const { projectId, sources, ...others } = listing;
	if (projectId !== undefined || sources === undefined) return listing;
	const projects = reader.selectFrom('projects').select('id').where('deletedAt', 'is', null);
	const rows = await projects.limit(maxStreams + 1).execute();
	if (rows.length * sources.length > maxStreams) return { ...others, soughtSources: sources };
	return { ...listing, projectIds: rows.map(({ id }) => id) };
}

async function findPage(dialect: Dialect, listing: LogListing): Promise<PageOf<string>> {
	const filters = await withProjects(dialect, await withConfigs(dialect, listing));
	if (filters.configIds?.length === 0 || filters.projectIds?.length === 0) return { records: [], total: 0 };
	const find = (some: Filters) => findLogs(dialect, some);
	return isSorted(filters) ? sortLogs(dialect, filters, find) : find(filters);
}

/** A page of the logs of a project, or of all. The samples of a call keep their order. */
export async function listLogs(
	dialect: Dialect,
	listing: LogListing,
	checkSizes: CheckSizes,
): Promise<PageOf<LogRecord>> {
	const { records: ids, total } = await findPage(dialect, listing);
	checkSizes(await logSizes(dialect.reader, ids));
	const byId = new Map((await logRecords(dialect.reader, ids)).map((record) => [record.id, record]));
	return { records: ids.flatMap((id) => byId.get(id) ?? []), total };
}
