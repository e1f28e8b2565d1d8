import { found, unprocessable } from '../apiError.ts';
import { newId, type ReservedProjectIds } from '../ids.ts';
import { resolveProject } from '../prompts/resolveProject.ts';
import type { LogRef, LogTarget, Reads } from '../store.ts';

/** The fields of a request that say where its logs go. The schema allows one way to name the session and the parent. */
type LogTargetRequest = {
	project?: string;
	project_id?: string;
	session_id?: string;
	session_reference_id?: string;
	parent_id?: string;
	parent_reference_id?: string;
};

async function resolveSession(
	reads: Reads,
	{ session_id: id, session_reference_id: reference }: LogTargetRequest,
): Promise<LogTarget['session']> {
	if (id !== undefined) {
		found('session_id', id, await reads.sessionById(id));
		return { id, newReference: null };
	}
	if (reference === undefined) return null;
	const known = await reads.sessionByReference(reference);
	return known === undefined ? { id: newId('sesh'), newReference: reference } : { id: known.id, newReference: null };
}

async function resolveParent(
	reads: Reads,
	{ parent_id: id, parent_reference_id: reference }: LogTargetRequest,
): Promise<LogRef | null> {
	if (id !== undefined) return found('parent_id', id, await reads.logById(id));
	if (reference === undefined) return null;
	return found('parent_reference_id', reference, await reads.logByReference(reference));
}

/**
 * Resolves where the logs of a request go, without changing anything. A child without a session joins the session of its
 * parent. Throws 404 for an unknown ID, and 422 if the parent is in another session than the request names.
 */
export async function resolveLogTarget(
	reads: Reads,
	request: LogTargetRequest,
	projectIds: ReservedProjectIds,
): Promise<LogTarget> {
	const [project, session, parent] = await Promise.all([
		resolveProject(reads, request, projectIds),
		resolveSession(reads, request),
		resolveParent(reads, request),
	]);
	const parentId = parent?.id ?? null;
	if (parent === null || parent.sessionId === null) return { project, session, parentId };
	if (session !== null && session.id !== parent.sessionId) {
		const field = request.session_id === undefined ? 'session_reference_id' : 'session_id';
		throw unprocessable(
			`The parent ${parent.id} is in session ${parent.sessionId}, not in the one that ${field} names. ` +
				`Leave ${field} out to join the parent's session.`,
		);
	}
	return { project, session: { id: parent.sessionId, newReference: null }, parentId };
}
