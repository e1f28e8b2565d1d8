import { unprocessable } from '../domain/apiError.ts';
import type { Added } from '../domain/archive.ts';
import type { DeployedConfig, Deployment, Environment } from '../domain/entities.ts';
import { environmentByName } from './environments.ts';
import type { Database } from './tables.ts';

/** How many rows are stored with one statement. */
const rowsPerInsert = 500;

async function isInUse(db: Database, environmentId: string): Promise<boolean> {
	const rows = await Promise.all(
		(['deployedConfigs', 'deployments'] as const).map((table) =>
			db.selectFrom(table).select('projectId').where('environmentId', '=', environmentId).limit(1).executeTakeFirst(),
		),
	);
	return rows.some((row) => row !== undefined);
}

/** The default environment. It gets the ID and the name of the export's, if nothing was ever deployed there. */
async function addDefault(db: Database, environment: Environment): Promise<Added<Environment>> {
	const stored = (await environmentByName(db, undefined)) as Environment;
	const { id, name } = environment;
	const isSame = stored.id === id && stored.name === name;
	if (isSame || (await isInUse(db, stored.id))) return { stored, isNew: false };
	const other = await db
		.selectFrom('environments')
		.select('id')
		.where('tag', '!=', 'default')
		.where((eb) => eb.or([eb('id', '=', id), eb('name', '=', name)]))
		.executeTakeFirst();
	if (other !== undefined) return { stored, isNew: false };
	await db.updateTable('environments').set({ id, name }).where('id', '=', stored.id).execute();
	return { stored: environment, isNew: true };
}

/**
 * The environment that one of an export is here. If there is none, creates it. Throws a 422 for one that has the name of the
 * default environment and is not the default one.
 */
export async function addEnvironment(db: Database, environment: Environment): Promise<Added<Environment>> {
	if (environment.tag === 'default') return addDefault(db, environment);
	const { id, name } = environment;
	const known = await db
		.selectFrom('environments')
		.selectAll()
		.where((eb) => eb.or([eb('id', '=', id), eb('name', '=', name)]))
		.orderBy((eb) => eb.case().when('id', '=', id).then(0).else(1).end())
		.executeTakeFirst();
	if (known?.tag === 'default')
		throw unprocessable(`The default environment here has the name ${JSON.stringify(name)} or the ID ${id}.`);
	if (known !== undefined) return { stored: known, isNew: false };
	await db.insertInto('environments').values(environment).execute();
	return { stored: environment, isNew: true };
}

/**
 * Stores what a project has deployed and how that came, unless something was ever deployed in it. Returns whether it did.
 */
export async function addDeployments(
	db: Database,
	projectId: string,
	deployed: DeployedConfig[],
	history: Deployment[],
): Promise<boolean> {
	const known = await db
		.selectFrom('deployments')
		.select('id')
		.where('projectId', '=', projectId)
		.limit(1)
		.executeTakeFirst();
	if (known !== undefined) return false;
	if (deployed.length > 0)
		await db
			.insertInto('deployedConfigs')
			.values(deployed)
			.onConflict((conflict) => conflict.doNothing())
			.execute();
	for (let from = 0; from < history.length; from += rowsPerInsert)
		await db
			.insertInto('deployments')
			.values(history.slice(from, from + rowsPerInsert))
			.execute();
	return true;
}
