import { FeedbackType } from '../domain/entities.ts';
import { codecOf } from './codec.ts';
import type { Database } from './tables.ts';

const { encode, decode } = codecOf(FeedbackType);

/** Stores a type of feedback, in place of the one that the project has. */
export async function setFeedbackType(db: Database, type: FeedbackType): Promise<void> {
	const row = encode(type);
	await db
		.insertInto('feedbackTypes')
		.values(row)
		.onConflict((conflict) =>
			conflict.columns(['projectId', 'type']).doUpdateSet({ class: row.class, values: row.values }),
		)
		.execute();
}

/** The types of feedback that these projects have defined, in the order of their names. */
export async function feedbackTypesOf(db: Database, projectIds: string[]): Promise<FeedbackType[]> {
	if (projectIds.length === 0) return [];
	const rows = await db
		.selectFrom('feedbackTypes')
		.selectAll()
		.where('projectId', 'in', projectIds)
		.orderBy('projectId')
		.orderBy('type')
		.execute();
	return rows.map(decode);
}
