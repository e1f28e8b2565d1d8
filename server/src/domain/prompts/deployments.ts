import { ApiError, found, unprocessable } from '../apiError.ts';
import { recordAudit } from '../audit.ts';
import type { Environment, Project } from '../entities.ts';
import { newId } from '../ids.ts';
import type { ConfigRecord, Reads, Store, Writes } from '../store.ts';
import { type By, environmentNamed } from './environments.ts';

/** A change of what is deployed in an environment. null: nothing. */
export type Change = { environmentId: string; configId: string | null; rollbackOf?: string };

function actionOf({ configId, rollbackOf }: Change): string {
	if (rollbackOf !== undefined) return 'deployment.rolled_back';
	return configId === null ? 'deployment.removed' : 'deployment.created';
}

/** Makes a change in a project that is locked, and records it. What is deployed already is no change. */
export async function setDeployed(writes: Writes, projectId: string, change: Change, { actor, at }: By): Promise<void> {
	const { environmentId, configId, rollbackOf = null } = change;
	const { name } = found('environment', environmentId, await writes.keepEnvironment(environmentId));
	const replacedConfigId = await writes.setDeployedConfig(projectId, environmentId, configId);
	if (replacedConfigId === configId) return;
	const createdAt = new Date(at).toISOString();
	const id = newId('dep');
	await writes.addDeployment({
		...{ id, projectId, environmentId, environmentName: name, configId, replacedConfigId, rollbackOf, createdAt },
		...{ actorKeyId: actor.keyId, actorName: actor.name },
	});
	const details = { deployment_id: id, environment: name, config_id: configId, replaced_config_id: replacedConfigId };
	await recordAudit(writes, actor, { action: actionOf(change), subject: projectId, details }, createdAt);
}

async function changeDeployed(store: Store, projectId: string, changes: Change[], by: By): Promise<void> {
	await store.write(async (writes) => {
		found('project', projectId, await writes.lockProject(projectId));
		for (const change of changes) await setDeployed(writes, projectId, change, by);
	});
}

/** A config that can be deployed in the project. Throws 404 for an unknown one, and 422 for one of another project. */
export async function configOfProject(
	reads: Reads,
	project: Project,
	field: string,
	id: string,
): Promise<ConfigRecord> {
	const config = found(field, id, await reads.configById(id));
	if (config.projectId === project.id) return config;
	throw unprocessable(
		`${field}: ${id} is a config of the project ${JSON.stringify(config.projectName)}, not of ` +
			`${JSON.stringify(project.name)}. Register the same config in this project, and deploy that one.`,
	);
}

/** PATCH /projects/{id}/deploy-config: deploys a config in these environments. Without IDs, in the default one. */
export async function deployConfig(
	store: Store,
	projectId: string,
	{ configId, environmentIds }: { configId: string; environmentIds: string[] | undefined },
	by: By,
): Promise<void> {
	const project = found('project', projectId, await store.projectById(projectId));
	// The caller's ID can be an alias.
	const { id } = await configOfProject(store, project, 'config_id', configId);
	const ids = environmentIds ?? [(await environmentNamed(store, undefined)).id];
	const changes = [...new Set(ids)].map((environmentId) => ({ environmentId, configId: id }));
	await changeDeployed(store, projectId, changes, by);
}

/** Removes what is deployed in an environment, if anything is. */
export async function removeDeployed(store: Store, projectId: string, environmentId: string, by: By): Promise<void> {
	await changeDeployed(store, projectId, [{ environmentId, configId: null }], by);
}

/**
 * Deploys again what a deployment replaced. Throws 404 for a deployment that the project does not have, and 422 if there
 * was nothing that it replaced.
 */
export async function rollBack(store: Store, projectId: string, deploymentId: string, by: By): Promise<void> {
	const project = found('project', projectId, await store.projectById(projectId));
	const deployment = await store.deploymentById(deploymentId);
	const known = found('deployment', deploymentId, deployment?.projectId === projectId ? deployment : undefined);
	const { environmentId, environmentName, replacedConfigId } = known;
	if (replacedConfigId === null) {
		throw unprocessable(
			`The deployment ${deploymentId} replaced nothing in ${JSON.stringify(environmentName)}. To remove what is deployed ` +
				`there, send DELETE /v4/projects/${projectId}/deployed-config/${environmentId}.`,
		);
	}
	// In a history that was imported, it can be an alias.
	const { id: configId } = await configOfProject(store, project, 'replaced_config_id', replacedConfigId);
	const change = { environmentId, configId, rollbackOf: deploymentId };
	await changeDeployed(store, projectId, [change], by);
}

/** 404 for an environment in which a project has nothing deployed. */
function nothingDeployed({ id, name }: Pick<Project, 'id' | 'name'>, environmentName: string): ApiError {
	return new ApiError(
		404,
		`Nothing is deployed in the environment ${JSON.stringify(environmentName)} of the project ${JSON.stringify(name)}. ` +
			`Deploy a model config there with PATCH /v4/projects/${id}/deploy-config.`,
	);
}

/**
 * What a project has deployed in the environment with that name, or in the default one. Throws 404 if there is no such
 * environment, or if nothing is deployed there.
 */
export async function deployedConfigOf(
	reads: Reads,
	project: Pick<Project, 'id' | 'name'>,
	environmentName: string | undefined,
): Promise<{ config: ConfigRecord; environment: Environment }> {
	const [config, environment] = await Promise.all([
		reads.deployedConfig(project.id, environmentName),
		environmentNamed(reads, environmentName),
	]);
	if (config !== undefined) return { config, environment };
	throw nothingDeployed(project, environment.name);
}
