import { found, unprocessable } from '../apiError.ts';
import { recordAudit } from '../audit.ts';
import { newDeletion } from '../deletions/requestDeletion.ts';
import type { Environment, Project } from '../entities.ts';
import { newId, type ReservedProjectIds } from '../ids.ts';
import { configOfProject, setDeployed } from '../prompts/deployments.ts';
import type { By } from '../prompts/environments.ts';
import type { Store, Writes } from '../store.ts';

function nameTaken(name: string) {
	return unprocessable(`There is a project ${JSON.stringify(name)} already. Choose another name.`);
}

/** Throws 422 if another project has the name. Returns its ID. */
export async function createProject(store: Store, name: string): Promise<string> {
	const createdAt = new Date().toISOString();
	const project: Project = { id: newId('pr'), name, createdAt, updatedAt: createdAt, deletedAt: null };
	await store.write(async (writes) => {
		if (!(await writes.addProject(project))) throw nameTaken(name);
	});
	return project.id;
}

async function rename(writes: Writes, project: Project, name: string, { actor, at }: By): Promise<void> {
	if (!(await writes.renameProject(project.id, name))) throw nameTaken(name);
	const done = { action: 'project.renamed', subject: project.id, details: {} };
	await recordAudit(writes, actor, done, new Date(at).toISOString());
}

/**
 * PATCH /projects/{id}: renames a project, and deploys a config in the default environment. Throws 404 for an unknown project
 * or config, and 422 for a name that another project has, or a config of another project.
 */
export async function updateProject(
	store: Store,
	projectIds: ReservedProjectIds,
	id: string,
	{ name, activeConfigId }: { name: string | undefined; activeConfigId: string | undefined },
	by: By,
): Promise<void> {
	const known = found('project', id, await store.projectById(id));
	// The caller's ID can be an alias.
	const config =
		activeConfigId === undefined ? undefined : await configOfProject(store, known, 'active_config_id', activeConfigId);
	const { id: environmentId } = (await store.environmentByName(undefined)) as Environment;
	await store.write(async (writes) => {
		const project = found('project', id, await writes.lockProject(id));
		if (name !== undefined && name !== project.name) await rename(writes, project, name, by);
		if (config !== undefined) await setDeployed(writes, id, { environmentId, configId: config.id }, by);
	});
	if (name !== undefined) projectIds.forget(known.name);
}

/**
 * Deletes a project: it is gone at once, and its name is free. What belongs to it is deleted by a job of `DeletionJobs`, which
 * has to be woken. Throws 404 for an unknown project.
 */
export async function deleteProject(
	store: Store,
	projectIds: ReservedProjectIds,
	id: string,
	{ actor, at }: By,
): Promise<void> {
	const deletion = newDeletion({ kind: 'project', subject: id }, at);
	const name = await store.write(async (writes) => {
		const project = found('project', id, await writes.lockProject(id));
		await writes.hideProject(id, deletion.createdAt);
		await writes.addDeletion(deletion);
		const details = { deletion_id: deletion.id };
		await recordAudit(writes, actor, { action: 'project.deleted', subject: id, details }, deletion.createdAt);
		return project.name;
	});
	projectIds.forget(name);
}
