import type { Log, PageOf, Session, SessionListing, SessionRecord } from '../domain/store.ts';
import type { Database } from './tables.ts';

export async function sessionBy(
	db: Database,
	column: 'id' | 'reference_id',
	value: string,
): Promise<Session | undefined> {
	const row = await db
		.selectFrom('sessions')
		.select(['id', 'reference_id'])
		.where(column, '=', value)
		.executeTakeFirst();
	return row && { id: row.id, referenceId: row.reference_id };
}

export async function insertSession(db: Database, id: string): Promise<void> {
	const now = new Date().toISOString();
	await db.insertInto('sessions').values({ id, reference_id: null, created_at: now, updated_at: now }).execute();
}

/** The ID of the session with that reference, made when there is none; also right when another process makes it. */
export async function findOrCreateSession(db: Database, reference: string, proposedId: string): Promise<string> {
	const known = await sessionBy(db, 'reference_id', reference);
	if (known !== undefined) return known.id;
	const now = new Date().toISOString();
	await db
		.insertInto('sessions')
		.values({ id: proposedId, reference_id: reference, created_at: now, updated_at: now })
		.onConflict((conflict) => conflict.column('reference_id').doNothing())
		.execute();
	return ((await sessionBy(db, 'reference_id', reference)) as Session).id;
}

/** Tells the sessions of new logs when they came, and which projects they are of. */
export async function touchSessions(db: Database, logs: Log[]): Promise<void> {
	const places = new Map(logs.map((log) => [`${log.sessionId} ${log.projectId}`, log]));
	for (const { sessionId, projectId, updatedAt } of places.values()) {
		if (sessionId === null) continue;
		await db.updateTable('sessions').set({ updated_at: updatedAt }).where('id', '=', sessionId).execute();
		if (projectId === null) continue;
		await db
			.insertInto('session_projects')
			.columns(['project_id', 'session_created_at', 'session_id'])
			.expression((eb) =>
				eb
					.selectFrom('sessions')
					.select([eb.val(projectId).as('project_id'), 'created_at', 'id'])
					.where('id', '=', sessionId),
			)
			.onConflict((conflict) => conflict.doNothing())
			.execute();
	}
}

async function projectsOf(db: Database, sessionIds: string[]) {
	const rows = await db
		.selectFrom('session_projects')
		.innerJoin('projects', 'projects.id', 'session_projects.project_id')
		.select(['session_projects.session_id', 'projects.id', 'projects.name'])
		.where('session_projects.session_id', 'in', sessionIds)
		.orderBy('projects.name')
		.execute();
	return Map.groupBy(rows, (row) => row.session_id);
}

/** The sessions with these IDs, in no order; two statements, however many there are. */
async function records(db: Database, ids: string[]): Promise<SessionRecord[]> {
	if (ids.length === 0) return [];
	const projects = await projectsOf(db, ids);
	const rows = await db
		.selectFrom('sessions')
		.selectAll()
		.select((eb) => {
			const own = eb.selectFrom('logs').whereRef('logs.session_id', '=', 'sessions.id');
			return [
				own.select((inner) => inner.fn.countAll<number>().as('logs')).as('log_count'),
				own.select('inputs').orderBy('created_at').orderBy('sample_index').orderBy('id').limit(1).as('first_inputs'),
				own
					.select('output')
					.orderBy('created_at', 'desc')
					.orderBy('sample_index', 'desc')
					.orderBy('id', 'desc')
					.limit(1)
					.as('last_output'),
			];
		})
		.where('id', 'in', ids)
		.execute();
	return rows.map((row) => ({
		id: row.id,
		referenceId: row.reference_id,
		projects: (projects.get(row.id) ?? []).map(({ id, name }) => ({ id, name })),
		logCount: row.log_count ?? 0,
		firstInputs: row.first_inputs === null ? null : (JSON.parse(row.first_inputs) as Record<string, unknown>),
		lastOutput: row.last_output,
		createdAt: row.created_at,
		updatedAt: row.updated_at,
	}));
}

export async function sessionRecord(db: Database, id: string): Promise<SessionRecord | undefined> {
	const [record] = await records(db, [id]);
	return record;
}

export async function listSessions(
	db: Database,
	{ projectId, page, size }: SessionListing,
): Promise<PageOf<SessionRecord>> {
	const matching = db.selectFrom('session_projects').where('project_id', '=', projectId);
	const count = await matching.select((eb) => eb.fn.countAll<number>().as('total')).executeTakeFirstOrThrow();
	const rows = await matching
		.select('session_id')
		.orderBy('session_created_at', 'desc')
		.orderBy('session_id', 'desc')
		.limit(size)
		.offset(page * size)
		.execute();
	const ids = rows.map((row) => row.session_id);
	const byId = new Map((await records(db, ids)).map((record) => [record.id, record]));
	return { records: ids.flatMap((id) => byId.get(id) ?? []), total: count.total };
}
