import { Feedback } from '../domain/entities.ts';
import type { FeedbackMatch } from '../domain/store.ts';
import { codecOf } from './codec.ts';
import type { Database } from './tables.ts';

const { encode, decode } = codecOf(Feedback);

function matchingIds(db: Database, { logId, type, user, value }: FeedbackMatch) {
	let ids = db.selectFrom('feedback').select('id').where('logId', '=', logId).where('type', '=', type);
	ids = user === null ? ids.where('user', 'is', null) : ids.where('user', '=', user);
	return value === undefined ? ids : ids.where('value', '=', JSON.stringify(value));
}

/** Stores feedback in place of what matches. The log must be locked: two at once would both find nothing to replace. */
export async function setFeedback(db: Database, feedback: Feedback, replaced: FeedbackMatch): Promise<Feedback> {
	const row = encode(feedback);
	const updated = await db
		.updateTable('feedback')
		.set({ value: row.value, createdAt: row.createdAt })
		.where('id', 'in', matchingIds(db, replaced))
		.returningAll()
		.executeTakeFirst();
	if (updated !== undefined) return decode(updated);
	await db.insertInto('feedback').values(row).execute();
	return feedback;
}

export async function unsetFeedback(db: Database, match: FeedbackMatch): Promise<Feedback | undefined> {
	const row = await db
		.deleteFrom('feedback')
		.where('id', 'in', matchingIds(db, match))
		.returningAll()
		.executeTakeFirst();
	return row && decode(row);
}

/** The feedback on each of these logs, oldest first. */
export async function feedbackOn(db: Database, logIds: string[]): Promise<Map<string, Feedback[]>> {
	if (logIds.length === 0) return new Map();
	const rows = await db
		.selectFrom('feedback')
		.selectAll()
		.where('logId', 'in', logIds)
		.orderBy('createdAt')
		.orderBy('id')
		.execute();
	return Map.groupBy(rows.map(decode), ({ logId }) => logId);
}
