import type { LogChanges } from '../contract/logs.ts';
import { unprocessable } from '../domain/apiError.ts';
import type { Dialect } from './dialect.ts';
import type { Database } from './tables.ts';

/** Whether a log is about to be deleted. Changed, it would count as stored later than the request to delete it, and stay. */
export async function isBeingDeleted(
	db: Database,
	log: { user: string | null; sessionId: string | null; updatedAt: string },
): Promise<boolean> {
	const deletion = await db
		.selectFrom('deletions')
		.select('id')
		.where('finishedAt', 'is', null)
		.where('createdAt', '>=', log.updatedAt)
		.where((eb) =>
			eb.or([
				eb.and([eb('kind', '=', 'user'), eb('subject', '=', log.user)]),
				eb.and([eb('kind', '=', 'session_id'), eb('subject', '=', log.sessionId)]),
				eb.and([
					eb('kind', '=', 'session_reference_id'),
					eb('subject', 'in', eb.selectFrom('sessions').select('referenceId').where('id', '=', log.sessionId)),
				]),
			]),
		)
		.executeTakeFirst();
	return deletion !== undefined;
}

/**
 * Changes a log. The raw output follows the output, unless it is the answer of a provider. A trigger tells the search index. Returns false
 * for a log that does not exist. Throws 422 for an output of a log that was made with `save: false`.
 */
export async function changeLog(
	{ lockLog }: Dialect,
	db: Database,
	id: string,
	{ output, error, duration }: LogChanges,
	updatedAt: string,
): Promise<boolean> {
	await lockLog(db, id);
	const log = await db
		.selectFrom('logs')
		.select(['save', 'output', 'rawOutput', 'finishReason', 'user', 'sessionId', 'updatedAt'])
		.where('id', '=', id)
		.executeTakeFirst();
	if (log === undefined || (await isBeingDeleted(db, log))) return false;
	if (output !== undefined && log.save === 0) {
		throw unprocessable(`The log ${id} was made with save false, so it can have no output. Leave output out.`);
	}
	// Only a provider's answer has a reason why it ended.
	const isOfProvider = log.finishReason !== null || (log.rawOutput !== null && log.rawOutput !== log.output);
	await db
		.updateTable('logs')
		.set({
			updatedAt,
			...(output === undefined ? {} : { output }),
			...(output !== undefined && !isOfProvider ? { rawOutput: output } : {}),
			...(error === undefined ? {} : { error }),
			...(duration === undefined ? {} : { duration }),
		})
		.where('id', '=', id)
		.execute();
	return true;
}
