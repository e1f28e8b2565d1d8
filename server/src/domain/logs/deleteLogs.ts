import { createHash } from 'node:crypto';
import { type Actor, recordAudit } from '../audit.ts';
import { newId } from '../ids.ts';
import type { Store } from '../store.ts';

/**
 * Deletes logs with their feedback, and asks for the deletion of the saved responses that show them. IDs that no log has are
 * ignored: a repeat must not fail. `at` is the time of day in milliseconds.
 */
export async function deleteLogs(
	store: Store,
	ids: string[],
	{ actor, at }: { actor: Actor; at: number },
): Promise<void> {
	const createdAt = new Date(at).toISOString();
	await store.write(async (writes) => {
		const deleted = await writes.deleteLogsById(ids);
		const logs = deleted.ids.length;
		if (logs === 0) return;
		const subject = deleted.ids.join(',');
		const subjectHash = createHash('sha256').update(subject).digest('hex');
		const id = newId('deletion');
		await writes.addDeletion({
			...{ id, kind: 'logs', subject, subjectHash, createdAt, finishedAt: null },
			...{ deletedLogs: logs, deletedFeedback: deleted.feedback, deletedResponses: 0 },
		});
		const details = { logs, ids: deleted.ids.slice(0, 100) };
		await recordAudit(writes, actor, { action: 'logs.deleted', subject: id, details }, createdAt);
	});
}
