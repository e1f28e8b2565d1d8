import { createHash } from 'node:crypto';
import { type Actor, recordAudit } from '../audit.ts';
import type { Deletion } from '../entities.ts';
import { newId } from '../ids.ts';
import type { Store } from '../store.ts';

/** What is to be deleted: what belongs to a user, a session or a project. */
export type DeletionSubject = { kind: Deletion['kind']; subject: string };

/** A deletion that is not stored yet. `at` is the time of day in milliseconds. */
export function newDeletion({ kind, subject }: DeletionSubject, at: number): Deletion {
	const subjectHash = createHash('sha256').update(subject).digest('hex');
	return {
		...{ id: newId('deletion'), kind, subject, subjectHash, createdAt: new Date(at).toISOString(), finishedAt: null },
		...{ deletedLogs: 0, deletedFeedback: 0, deletedResponses: 0 },
	};
}

/** Stores a request to delete. `at` is the time of day in milliseconds: what is stored later stays. */
export async function requestDeletion(
	store: Store,
	subject: DeletionSubject,
	{ actor, at }: { actor: Actor; at: number },
): Promise<Deletion> {
	const deletion = newDeletion(subject, at);
	const { kind, subjectHash, createdAt } = deletion;
	await store.write(async (writes) => {
		await writes.addDeletion(deletion);
		const details = { [kind]: `sha256:${subjectHash}` };
		await recordAudit(writes, actor, { action: 'data.deleted', subject: deletion.id, details }, createdAt);
	});
	return deletion;
}
