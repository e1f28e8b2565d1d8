import { notFound, unprocessable } from '../apiError.ts';
import type { Project, Session } from '../entities.ts';
import { newId, type ReservedProjectIds } from '../ids.ts';
import type { Reads, Writes } from '../store.ts';

/** The fields of a request that say where its logs go. The schema allows at most one of each pair. */
export type LogTargetRequest = {
	project?: string;
	project_id?: string;
	session_id?: string;
	session_reference_id?: string;
	parent_id?: string;
	parent_reference_id?: string;
};

type NewProject = { newName: string; proposedId: string };

/** Where logs go. A new project or session is stored together with the logs: a rejected call leaves nothing behind. */
export type LogTarget = {
	project: Project | NewProject | null;
	session: { id: string } | { newReference: string } | null;
	parentId: string | null;
};

/** The IDs of a target's project and session. */
export type TargetIds = { projectId: string | null; sessionId: string | null };

async function resolveProject(reads: Reads, request: LogTargetRequest, reserved: ReservedProjectIds) {
	if (request.project_id !== undefined) {
		const project = await reads.projectById(request.project_id);
		if (project === undefined) throw notFound('project_id', request.project_id);
		return project;
	}
	if (request.project === undefined) return null;
	const known = await reads.projectByName(request.project);
	return known ?? { newName: request.project, proposedId: reserved.idFor(request.project) };
}

async function resolveSession(
	reads: Reads,
	request: LogTargetRequest,
): Promise<Session | { newReference: string } | null> {
	if (request.session_id !== undefined) {
		const session = await reads.sessionById(request.session_id);
		if (session === undefined) throw notFound('session_id', request.session_id);
		return session;
	}
	if (request.session_reference_id === undefined) return null;
	const session = await reads.sessionByReference(request.session_reference_id);
	return session ?? { newReference: request.session_reference_id };
}

async function resolveParent(reads: Reads, request: LogTargetRequest) {
	if (request.parent_id !== undefined) {
		const parent = await reads.logById(request.parent_id);
		if (parent === undefined) throw notFound('parent_id', request.parent_id);
		return parent;
	}
	if (request.parent_reference_id === undefined) return null;
	const parent = await reads.logByReference(request.parent_reference_id);
	if (parent === undefined) throw notFound('parent_reference_id', request.parent_reference_id);
	return parent;
}

/**
 * Resolves where the logs of a request go, without changing anything. A child without a session joins the session of its
 * parent. Throws 404 for an unknown ID, and 422 if the parent is in another session than the request names.
 */
export async function resolveLogTarget(
	reads: Reads,
	request: LogTargetRequest,
	reserved: ReservedProjectIds,
): Promise<LogTarget> {
	const [project, session, parent] = await Promise.all([
		resolveProject(reads, request, reserved),
		resolveSession(reads, request),
		resolveParent(reads, request),
	]);
	const parentId = parent?.id ?? null;
	if (parent === null || parent.sessionId === null) return { project, session, parentId };
	if (session !== null && !('id' in session && session.id === parent.sessionId)) {
		const field = request.session_id === undefined ? 'session_reference_id' : 'session_id';
		throw unprocessable(
			`The parent ${parent.id} is in session ${parent.sessionId}, not in the one that ${field} names. ` +
				`Leave ${field} out to join the parent's session.`,
		);
	}
	return { project, session: { id: parent.sessionId }, parentId };
}

/** The project of a target in the transaction that stores the logs. Creates it if it is still new. */
export async function findOrCreateProject(writes: Writes, { project }: LogTarget): Promise<Project | null> {
	if (project === null || !('newName' in project)) return project;
	return writes.findOrCreateProject(project.newName, project.proposedId);
}

/** The ID that the project of a target has or will have. */
export function reservedProjectId({ project }: LogTarget): string | null {
	if (project === null) return null;
	return 'newName' in project ? project.proposedId : project.id;
}

/** The session ID of a target in the transaction that stores the logs. Creates the session if it is still new. */
export async function findOrCreateSession(writes: Writes, { session }: LogTarget): Promise<string | null> {
	if (session === null) return null;
	if ('id' in session) return session.id;
	return writes.findOrCreateSession(session.newReference, newId('sesh'));
}

export async function ensureTarget(writes: Writes, target: LogTarget): Promise<TargetIds> {
	const project = await findOrCreateProject(writes, target);
	return { projectId: project?.id ?? null, sessionId: await findOrCreateSession(writes, target) };
}
