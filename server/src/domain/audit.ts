import type { Actor, AuditEntry } from './entities.ts';
import { newId } from './ids.ts';
import type { Writes } from './store.ts';

export type { Actor } from './entities.ts';

export const commandLine: Actor = { keyId: null, name: 'command line' };

/**
 * Records who did what, in the transaction that does it. `subject` is the ID of what is changed. `details` must not
 * contain a secret, and nothing that a person can ask you to delete.
 */
export async function recordAudit(
	writes: Writes,
	actor: Actor,
	done: Pick<AuditEntry, 'action' | 'subject' | 'details'>,
	at = new Date().toISOString(),
): Promise<void> {
	await writes.addAuditEntry({ id: newId('audit'), at, actorKeyId: actor.keyId, actorName: actor.name, ...done });
}
