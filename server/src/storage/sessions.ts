import type { Log, Session } from '../domain/entities.ts';
import type { PageOf, SessionListing, SessionRecord } from '../domain/store.ts';
import { fromJson } from './codec.ts';
import type { DialectName } from './dialect.ts';
import { firstRow, prepared } from './prepared.ts';
import { executeLater } from './sqlite/executeLater.ts';
import type { Database } from './tables.ts';

function selectSession(column: 'id' | 'referenceId') {
	return prepared<{ value: string }, Session>((db, value) =>
		db.selectFrom('sessions').selectAll().where(column, '=', value('value')),
	);
}

const sessionSelects = { id: selectSession('id'), referenceId: selectSession('referenceId') };

export async function sessionBy(
	db: Database,
	column: 'id' | 'referenceId',
	value: string,
): Promise<Session | undefined> {
	return firstRow(db, sessionSelects[column](db, { value }));
}

/** Creates a session, unless it exists: a commit whose reply was lost is repeated. */
export async function insertSession(db: Database, id: string): Promise<void> {
	const now = new Date().toISOString();
	await db
		.insertInto('sessions')
		.values({ id, referenceId: null, createdAt: now, updatedAt: now })
		.onConflict((conflict) => conflict.doNothing())
		.execute();
}

/** A conflicting insert does not lock the row in PostgreSQL, and an update does. */
function insertKept(dialect: DialectName) {
	return prepared<{ id: string; now: string }>((db, value) =>
		db
			.insertInto('sessions')
			.values({ id: value('id'), referenceId: null, createdAt: value('now'), updatedAt: value('now') })
			.onConflict((conflict) =>
				dialect === 'postgres' ? conflict.column('id').doUpdateSet({ updatedAt: value('now') }) : conflict.doNothing(),
			),
	);
}

const sessionKeeps = { sqlite: insertKept('sqlite'), postgres: insertKept('postgres') };

/** Makes a session again that was deleted while a call was in flight. Nobody deletes it until the transaction ends. */
export async function keepSession(dialect: DialectName, db: Database, id: string): Promise<void> {
	await executeLater(db, sessionKeeps[dialect](db, { id, now: new Date().toISOString() }));
}

/** The ID of the session with that reference. If there is none, creates it, even if another process does so too. */
export async function findOrCreateSession(db: Database, reference: string, reservedId: string): Promise<string> {
	const known = await sessionBy(db, 'referenceId', reference);
	if (known !== undefined) return known.id;
	const now = new Date().toISOString();
	await db
		.insertInto('sessions')
		.values({ id: reservedId, referenceId: reference, createdAt: now, updatedAt: now })
		.onConflict((conflict) => conflict.column('referenceId').doNothing())
		.execute();
	return ((await sessionBy(db, 'referenceId', reference)) as Session).id;
}

type LogPlace = Pick<Log, 'sessionId' | 'projectId'>;

const insertSessionProject = prepared<{ projectId: string; sessionId: string }>((db, value) =>
	db
		.insertInto('sessionProjects')
		.columns(['projectId', 'sessionCreatedAt', 'sessionId'])
		.expression((eb) =>
			eb
				.selectFrom('sessions')
				.select([eb.val(value('projectId')).as('projectId'), 'createdAt', 'id'])
				.where('id', '=', value('sessionId')),
		)
		.onConflict((conflict) => conflict.doNothing()),
);

/** Notes that a project has logs in a session, if both are there. */
export async function addSessionProject(db: Database, { sessionId, projectId }: LogPlace): Promise<void> {
	if (sessionId === null || projectId === null) return;
	await executeLater(db, insertSessionProject(db, { projectId, sessionId }));
}

/** One of the logs for each pair of a session and a project. */
export function byPlace<T extends LogPlace>(logs: T[]): T[] {
	return [...new Map(logs.map((log) => [`${log.sessionId} ${log.projectId}`, log])).values()];
}

const touchSession = prepared<{ id: string; updatedAt: string }>((db, value) =>
	db
		.updateTable('sessions')
		.set({ updatedAt: value('updatedAt') })
		.where('id', '=', value('id')),
);

/** Updates the sessions of new logs: when they got a log, and which projects have logs in them. */
export async function touchSessions(db: Database, logs: Log[]): Promise<void> {
	for (const log of byPlace(logs)) {
		if (log.sessionId === null) continue;
		const { updatedAt } = log;
		await executeLater(db, touchSession(db, { id: log.sessionId, updatedAt }));
		await addSessionProject(db, log);
	}
}

async function projectsOf(db: Database, sessionIds: string[]) {
	const rows = await db
		.selectFrom('sessionProjects')
		.innerJoin('projects', 'projects.id', 'sessionProjects.projectId')
		.select(['sessionProjects.sessionId', 'projects.id', 'projects.name'])
		.where('sessionProjects.sessionId', 'in', sessionIds)
		.where('projects.deletedAt', 'is', null)
		.orderBy('projects.name')
		.execute();
	return Map.groupBy(rows, ({ sessionId }) => sessionId);
}

/** The sessions with these IDs, in no order. Always two statements. */
async function sessionRecords(db: Database, ids: string[]): Promise<SessionRecord[]> {
	if (ids.length === 0) return [];
	const projects = await projectsOf(db, ids);
	const rows = await db
		.selectFrom('sessions')
		.selectAll()
		.select((eb) => {
			const logs = eb.selectFrom('logs').whereRef('logs.sessionId', '=', 'sessions.id');
			return [
				logs.select((inner) => inner.fn.countAll<number>().as('logs')).as('logCount'),
				logs
					.leftJoin('logs as holders', 'holders.id', 'logs.callLogId')
					.select((inner) => inner.fn.coalesce('logs.inputs', 'holders.inputs').as('inputs'))
					.orderBy('logs.createdAt')
					.orderBy('logs.sampleIndex')
					.orderBy('logs.id')
					.limit(1)
					.as('firstInputs'),
				logs
					.select('output')
					.orderBy('createdAt', 'desc')
					.orderBy('sampleIndex', 'desc')
					.orderBy('id', 'desc')
					.limit(1)
					.as('lastOutput'),
			];
		})
		.where('id', 'in', ids)
		.execute();
	return rows.map((row) => ({
		...row,
		logCount: row.logCount ?? 0,
		firstInputs: fromJson(row.firstInputs),
		projects: (projects.get(row.id) ?? []).map(({ id, name }) => ({ id, name })),
	}));
}

export async function sessionRecord(db: Database, id: string): Promise<SessionRecord | undefined> {
	const [record] = await sessionRecords(db, [id]);
	return record;
}

/** A page of the sessions that have logs of a project, newest first. */
export async function listSessions(
	db: Database,
	{ projectId, page, size }: SessionListing,
): Promise<PageOf<SessionRecord>> {
	const matching = db.selectFrom('sessionProjects').where('projectId', '=', projectId);
	const { total } = await matching.select((eb) => eb.fn.countAll<number>().as('total')).executeTakeFirstOrThrow();
	const rows = await matching
		.select('sessionId')
		.orderBy('sessionCreatedAt', 'desc')
		.orderBy('sessionId', 'desc')
		.limit(size)
		.offset(page * size)
		.execute();
	const ids = rows.map(({ sessionId }) => sessionId);
	const byId = new Map((await sessionRecords(db, ids)).map((record) => [record.id, record]));
	return { records: ids.flatMap((id) => byId.get(id) ?? []), total };
}
