import { type Deployment, Environment } from '../domain/entities.ts';
import type { DeploymentListing, EnvironmentConfig, PageOf } from '../domain/store.ts';
import type { Database } from './tables.ts';

/** The ID of what a project has deployed in an environment, or in the default one. */
export async function deployedConfigId(
	db: Database,
	projectId: string,
	environmentName: string | undefined,
): Promise<string | undefined> {
	const deployed = db
		.selectFrom('environments')
		.innerJoin('deployedConfigs', 'deployedConfigs.environmentId', 'environments.id')
		.select('configId')
		.where('projectId', '=', projectId);
	const wanted =
		environmentName === undefined
			? deployed.where('environments.tag', '=', 'default')
			: deployed.where('environments.name', '=', environmentName);
	return (await wanted.executeTakeFirst())?.configId;
}

/** All environments, and what a project has deployed there. */
export async function deployedConfigs(db: Database, projectId: string): Promise<EnvironmentConfig[]> {
	const columns = (Object.keys(Environment.properties) as (keyof Environment)[]).map(
		(column) => `environments.${column}` as const,
	);
	return db
		.selectFrom('environments')
		.leftJoin('deployedConfigs', (join) =>
			join
				.onRef('deployedConfigs.environmentId', '=', 'environments.id')
				.on('deployedConfigs.projectId', '=', projectId),
		)
		.leftJoin('configs', 'configs.id', 'deployedConfigs.configId')
		.select(columns)
		.select(['configs.id as configId', 'configs.name as configName'])
		.orderBy('environments.tag')
		.orderBy('environments.name')
		.execute();
}

/**
 * Deploys a config, or nothing, in an environment of a project whose row is locked. Returns what was deployed there
 * before.
 */
export async function setDeployedConfig(
	db: Database,
	projectId: string,
	environmentId: string,
	configId: string | null,
): Promise<string | null> {
	const key = { projectId, environmentId };
	const known = await db
		.selectFrom('deployedConfigs')
		.select('configId')
		.where((eb) => eb.and(key))
		.executeTakeFirst();
	const replaced = known?.configId ?? null;
	if (replaced === configId) return replaced;
	if (configId === null)
		await db
			.deleteFrom('deployedConfigs')
			.where((eb) => eb.and(key))
			.execute();
	else {
		await db
			.insertInto('deployedConfigs')
			.values({ ...key, configId })
			.onConflict((conflict) => conflict.columns(['projectId', 'environmentId']).doUpdateSet({ configId }))
			.execute();
	}
	return replaced;
}

/** Adds to the history of a project whose row is locked: so the numbers have the order in which things were deployed. */
export async function addDeployment(db: Database, deployment: Omit<Deployment, 'number'>): Promise<void> {
	const { projectId, createdAt } = deployment;
	const { last } = await db
		.selectFrom('deployments')
		.select((eb) => eb.fn.max('number').as('last'))
		.where('projectId', '=', projectId)
		.executeTakeFirstOrThrow();
	await db
		.insertInto('deployments')
		.values({ ...deployment, number: ((last as number | null) ?? 0) + 1 })
		.execute();
	await db.updateTable('projects').set({ updatedAt: createdAt }).where('id', '=', projectId).execute();
}

export async function deploymentById(db: Database, id: string): Promise<Deployment | undefined> {
	return db.selectFrom('deployments').selectAll().where('id', '=', id).executeTakeFirst();
}

/** A page of what was deployed in a project, newest first. */
export async function listDeployments(
	db: Database,
	{ projectId, environmentId, page, size }: DeploymentListing,
): Promise<PageOf<Deployment>> {
	let matching = db.selectFrom('deployments').where('projectId', '=', projectId);
	if (environmentId !== undefined) matching = matching.where('environmentId', '=', environmentId);
	const { total } = await matching.select((eb) => eb.fn.countAll<number>().as('total')).executeTakeFirstOrThrow();
	const records = await matching
		.selectAll()
		.orderBy('number', 'desc')
		.limit(size)
		.offset(page * size)
		.execute();
	return { records, total };
}
