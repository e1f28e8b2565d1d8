import type { DeletedRows, LogMatch } from '../domain/store.ts';
import type { Dialect } from './dialect.ts';
import { handOverValues } from './sharedValues.ts';
import { padded } from './statementSizes.ts';
import type { Database } from './tables.ts';

/** Logs that match, and the other samples of their calls: later samples refer to the values of the first one. */
async function matchingIds(db: Database, match: LogMatch, limit: number): Promise<string[]> {
	let logs = db.selectFrom('logs').select('id').limit(limit);
	if ('createdBefore' in match) logs = logs.where('createdAt', '<', match.createdBefore).orderBy('createdAt');
	if ('storedUntil' in match) logs = logs.where('updatedAt', '<=', match.storedUntil);
	if ('projectId' in match) logs = logs.where('projectId', '=', match.projectId);
	if ('user' in match) logs = logs.where('user', '=', match.user);
	if ('sessionId' in match) logs = logs.where('sessionId', '=', match.sessionId);
	const ids = (await logs.execute()).map(({ id }) => id);
	if (ids.length === 0) return [];
	const list = padded(ids);
	const samples = await db
		.selectFrom('logs')
		.select('id')
		.where((eb) => eb.or([eb('callLogId', 'in', list), eb('responseLogId', 'in', list)]))
		.execute();
	return [...new Set([...ids, ...samples.map(({ id }) => id)])];
}

type Place = { projectId: string | null; sessionId: string | null };

/** Deletes those of the sessions that have no log left, and says so of their projects. */
async function deleteEmptySessions({ name }: Dialect, db: Database, places: Place[]): Promise<void> {
	const ids = padded([...new Set(places.flatMap(({ sessionId }) => sessionId ?? []))]);
	if (ids.length === 0) return;
	if (name === 'postgres') {
		// Waits for transactions that store a log in one of them. The next statements see that log.
		await db.selectFrom('sessions').select('id').where('id', 'in', ids).orderBy('id').forUpdate().execute();
	}
	await db
		.deleteFrom('sessionProjects')
		.where('sessionId', 'in', ids)
		.where((eb) => {
			const logs = eb.selectFrom('logs').select('id').whereRef('logs.sessionId', '=', 'sessionProjects.sessionId');
			return eb.not(eb.exists(logs.whereRef('logs.projectId', '=', 'sessionProjects.projectId')));
		})
		.execute();
	await db
		.deleteFrom('sessions')
		.where('id', 'in', ids)
		.where((eb) =>
			eb.not(eb.exists(eb.selectFrom('logs').select('logs.id').whereRef('logs.sessionId', '=', 'sessions.id'))),
		)
		.execute();
}

/**
 * Deletes at most `limit` logs that match, and the rest of their calls, with their feedback and with the sessions that have
 * no log left. Children that stay lose their parent. Triggers keep the counts and the search index right.
 */
export async function deleteLogs(
	dialect: Dialect,
	db: Database,
	match: LogMatch,
	limit: number,
): Promise<Pick<DeletedRows, 'logs' | 'feedback'>> {
	const { ids, feedback } = await deleteRows(dialect, db, await matchingIds(db, match, limit));
	return { logs: ids.length, feedback };
}

/** The IDs of the deleted logs, in the order in which they were given, and how many entries of feedback were deleted. */
type DeletedById = { ids: string[]; feedback: number };

/** Deletes logs with their feedback and with the sessions that have no log left. */
async function deleteRows(dialect: Dialect, db: Database, ids: string[]): Promise<DeletedById> {
	if (ids.length === 0) return { ids: [], feedback: 0 };
	const list = padded(ids);
	if (dialect.name === 'postgres') {
		// Waits for transactions that store a child or feedback. The next statements see what they stored.
		await db.selectFrom('logs').select('id').where('id', 'in', list).orderBy('id').forUpdate().execute();
	}
	const feedback = await db.deleteFrom('feedback').where('logId', 'in', list).executeTakeFirstOrThrow();
	await db
		.updateTable('logs')
		.set({ parentId: null })
		.where('parentId', 'in', list)
		.where('id', 'not in', list)
		.execute();
	const deleted = await db
		.deleteFrom('logs')
		.where('id', 'in', list)
		.returning(['id', 'projectId', 'sessionId'])
		.execute();
	await deleteEmptySessions(dialect, db, deleted);
	const deletedIds = new Set(deleted.map(({ id }) => id));
	return { ids: ids.filter((id) => deletedIds.has(id)), feedback: Number(feedback.numDeletedRows) };
}

/**
 * Deletes those of the logs that are there, as `deleteLogs` does. Other samples of their calls stay, and one of them gets the
 * values that it shared with them.
 */
export async function deleteLogsById(dialect: Dialect, db: Database, ids: string[]): Promise<DeletedById> {
	if (dialect.name === 'postgres') {
		// So that nobody deletes a sample that gets the values.
		await db
			.selectFrom('logs')
			.select('id')
			.where((eb) => eb.or([eb('id', 'in', ids), eb('callLogId', 'in', ids), eb('responseLogId', 'in', ids)]))
			.orderBy('id')
			.forUpdate()
			.execute();
	}
	await handOverValues(db, ids);
	return deleteRows(dialect, db, ids);
}

/** Deletes at most `limit` entries of feedback that the user gave up to that time. Returns how many. */
export async function deleteFeedbackOf(db: Database, user: string, until: string, limit: number): Promise<number> {
	const some = db
		.selectFrom('feedback')
		.select('id')
		.where('user', '=', user)
		.where('createdAt', '<=', until)
		.limit(limit);
	const { numDeletedRows } = await db.deleteFrom('feedback').where('id', 'in', some).executeTakeFirstOrThrow();
	return Number(numDeletedRows);
}

/** Deletes a session that never had a log, up to that time. */
export async function deleteSession(db: Database, id: string, until: string): Promise<void> {
	await db
		.deleteFrom('sessions')
		.where('id', '=', id)
		.where('createdAt', '<=', until)
		.where((eb) => eb.not(eb.exists(eb.selectFrom('logs').select('logs.id').where('sessionId', '=', id))))
		.execute();
}
