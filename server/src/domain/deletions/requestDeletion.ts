import { createHash } from 'node:crypto';
import { type Actor, recordAudit } from '../audit.ts';
import type { Deletion } from '../entities.ts';
import { newId } from '../ids.ts';
import type { Store } from '../store.ts';

/** What is to be deleted: what belongs to a user or to a session. */
export type DeletionSubject = { kind: Exclude<Deletion['kind'], 'logs'>; subject: string };

/** Stores a request to delete. `at` is the time of day in milliseconds: what is stored later stays. */
export async function requestDeletion(
	store: Store,
	{ kind, subject }: DeletionSubject,
	{ actor, at }: { actor: Actor; at: number },
): Promise<Deletion> {
	const createdAt = new Date(at).toISOString();
	const subjectHash = createHash('sha256').update(subject).digest('hex');
	const deletion: Deletion = {
		...{ id: newId('deletion'), kind, subject, subjectHash, createdAt, finishedAt: null },
		...{ deletedLogs: 0, deletedFeedback: 0, deletedResponses: 0 },
	};
	await store.write(async (writes) => {
		await writes.addDeletion(deletion);
		const details = { [kind]: `sha256:${subjectHash}` };
		await recordAudit(writes, actor, { action: 'data.deleted', subject: deletion.id, details }, createdAt);
	});
	return deletion;
}
