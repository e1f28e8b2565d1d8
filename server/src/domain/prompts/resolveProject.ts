import { found, unprocessable } from '../apiError.ts';
import type { ReservedProjectIds } from '../ids.ts';
import type { LogTarget, Reads } from '../store.ts';

/**
 * The project that a request names by ID, name or both; null if by neither. Throws 404 for an unknown ID, and 422 if ID and
 * name are not of one project.
 */
export async function resolveProject(
	reads: Pick<Reads, 'projectById' | 'projectByName'>,
	{ project_id: id, project: name }: { project_id?: string; project?: string },
	projectIds: ReservedProjectIds,
): Promise<LogTarget['project']> {
	if (id !== undefined) {
		const known = found('project_id', id, await reads.projectById(id));
		if (name !== undefined && name !== known.name) {
			throw unprocessable(
				`project_id is the project ${JSON.stringify(known.name)}, and project says ${JSON.stringify(name)}. ` +
					'Send one of them, or both of the same project.',
			);
		}
		return { id, name: known.name, isNew: false };
	}
	if (name === undefined) return null;
	const known = await reads.projectByName(name);
	return { id: known?.id ?? projectIds.idFor(name), name, isNew: known === undefined };
}
