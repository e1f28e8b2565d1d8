import { createHash } from 'node:crypto';
import { notFound, refused } from '../apiError.ts';
import { newId } from '../ids.ts';
import type { Project, Reads, Session, Writes } from '../store.ts';

/** The fields of a request that say where its logs go; of each pair the schema has let at most one through. */
export type PlaceRequest = {
	project?: string;
	project_id?: string;
	session_id?: string;
	session_reference_id?: string;
	parent_id?: string;
	parent_reference_id?: string;
};

type NewProject = { newName: string; proposedId: string };
export type ProposeId = (projectName: string) => string;

/** Where logs will go. What is only named is made when the logs are committed, so that a refused call leaves nothing. */
export type Place = {
	project: Project | NewProject | null;
	session: { id: string } | { newReference: string } | null;
	parentId: string | null;
};

async function findProject(reads: Reads, request: PlaceRequest, proposeId: ProposeId): Promise<Place['project']> {
	if (request.project_id !== undefined) {
		const project = await reads.projectById(request.project_id);
		if (project === undefined) throw notFound('project_id', request.project_id);
		return project;
	}
	if (request.project === undefined) return null;
	const known = await reads.projectByName(request.project);
	return known ?? { newName: request.project, proposedId: proposeId(request.project) };
}

async function findSession(reads: Reads, request: PlaceRequest): Promise<Session | { newReference: string } | null> {
	if (request.session_id !== undefined) {
		const session = await reads.sessionById(request.session_id);
		if (session === undefined) throw notFound('session_id', request.session_id);
		return session;
	}
	if (request.session_reference_id === undefined) return null;
	const session = await reads.sessionByReference(request.session_reference_id);
	return session ?? { newReference: request.session_reference_id };
}

async function findParent(reads: Reads, request: PlaceRequest) {
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
 * Finds where a call's logs go, changing nothing. Throws 404 for an unknown ID and 422 when the parent is in another
 * session than the one given. A child without a session joins its parent's.
 */
export async function findPlace(reads: Reads, request: PlaceRequest, proposeId: ProposeId): Promise<Place> {
	const [project, session, parent] = await Promise.all([
		findProject(reads, request, proposeId),
		findSession(reads, request),
		findParent(reads, request),
	]);
	const parentId = parent?.id ?? null;
	if (parent === null || parent.sessionId === null) return { project, session, parentId };
	if (session !== null && !('id' in session && session.id === parent.sessionId)) {
		const field = request.session_id === undefined ? 'session_reference_id' : 'session_id';
		throw refused(
			`The parent ${parent.id} is in session ${parent.sessionId}, not in the one that ${field} names. ` +
				`Leave ${field} out to join the parent's session.`,
		);
	}
	return { project, session: { id: parent.sessionId }, parentId };
}

/** The project of a place within the transaction that stores the logs; made when it is still new. */
export async function settleProject(writes: Writes, place: Place): Promise<Project | null> {
	if (place.project === null || !('newName' in place.project)) return place.project;
	return writes.projectNamed(place.project.newName, place.project.proposedId);
}

/** The ID that a place's project has or will have. */
export function projectIdOf(place: Place): string | null {
	if (place.project === null) return null;
	return 'newName' in place.project ? place.project.proposedId : place.project.id;
}

/**
 * Gives the same proposed ID for the same name, so that calls which use a new project at the same time, and whose
 * events name it before it is stored, all name the same one. Held in memory only: a refused call leaves nothing.
 */
export function projectIdProposals(): ProposeId {
	const limit = 10_000;
	const proposals = new Map<string, string>();
	return (name) => {
		// A name may have megabytes.
		const hash = createHash('sha256').update(name).digest('base64');
		const known = proposals.get(hash);
		if (known !== undefined) return known;
		if (proposals.size >= limit) proposals.clear();
		const id = newId('pr');
		proposals.set(hash, id);
		return id;
	};
}

/** The session ID of a place within the transaction that stores the logs; made when the reference is still new. */
export async function settleSession(writes: Writes, place: Place): Promise<string | null> {
	if (place.session === null) return null;
	if ('id' in place.session) return place.session.id;
	return writes.sessionReferenced(place.session.newReference, newId('sesh'));
}
