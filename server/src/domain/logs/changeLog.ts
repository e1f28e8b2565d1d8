import type { LogChanges } from '../../contract/logs.ts';
import { found } from '../apiError.ts';
import type { Store } from '../store.ts';

/**
 * Changes a log that its ID or its reference ID names. Without a change, it stays as it is. Returns its ID. Throws 404 for a log
 * that does not exist, and 422 for an output of a log that was made with `save: false`.
 */
export async function changeLog(
	store: Store,
	log: { id: string } | { reference: string },
	{ output, error, duration }: LogChanges,
	now: string,
): Promise<string> {
	const [field, value] = 'id' in log ? ['log', log.id] : ['reference_id', log.reference];
	const known = 'id' in log ? await store.logById(value) : await store.logByReference(value);
	const { id } = found(field, value, known);
	if (output === undefined && error === undefined && duration === undefined) return id;
	const changes = { ...(output === undefined ? {} : { output }), ...(error === undefined ? {} : { error }) };
	const isChanged = await store.write((writes) =>
		writes.changeLog(id, { ...changes, ...(duration === undefined ? {} : { duration }) }, now),
	);
	found(field, value, isChanged || undefined);
	return id;
}
