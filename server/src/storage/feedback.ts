import type { FeedbackResponse, FeedbackValue } from '../contract/feedback.ts';
import type { FeedbackMatch } from '../domain/store.ts';
import type { Database, FeedbackRow } from './tables.ts';

function toFeedback(row: FeedbackRow): FeedbackResponse {
	return {
		type: row.type,
		value: JSON.parse(row.value) as FeedbackValue,
		data_id: row.log_id,
		user: row.user,
		created_at: row.created_at,
		id: row.id,
	};
}

function matching(db: Database, { dataId, type, user, value }: FeedbackMatch) {
	let found = db.selectFrom('feedback').select('id').where('log_id', '=', dataId).where('type', '=', type);
	found = user === null ? found.where('user', 'is', null) : found.where('user', '=', user);
	return value === undefined ? found : found.where('value', '=', JSON.stringify(value));
}

export async function setFeedback(
	db: Database,
	feedback: FeedbackResponse,
	replaced: FeedbackMatch,
): Promise<FeedbackResponse> {
	const { id, data_id: logId, type, user } = feedback;
	const given = { value: JSON.stringify(feedback.value), created_at: feedback.created_at };
	const row = await db
		.updateTable('feedback')
		.set(given)
		.where('id', 'in', matching(db, replaced))
		.returningAll()
		.executeTakeFirst();
	if (row !== undefined) return toFeedback(row);
	await db
		.insertInto('feedback')
		.values({ id, log_id: logId, type, user, ...given })
		.execute();
	return feedback;
}

export async function unsetFeedback(db: Database, match: FeedbackMatch): Promise<FeedbackResponse | undefined> {
	const row = await db.deleteFrom('feedback').where('id', 'in', matching(db, match)).returningAll().executeTakeFirst();
	return row && toFeedback(row);
}

/** The feedback on each of these logs, oldest first. */
export async function feedbackOn(db: Database, logIds: string[]): Promise<Map<string, FeedbackResponse[]>> {
	if (logIds.length === 0) return new Map();
	const rows = await db
		.selectFrom('feedback')
		.selectAll()
		.where('log_id', 'in', logIds)
		.orderBy('created_at')
		.orderBy('id')
		.execute();
	return Map.groupBy(rows.map(toFeedback), ({ data_id: logId }) => logId);
}
