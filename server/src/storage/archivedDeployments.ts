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

/** The last deployment of a project in each environment. */
async function lastDeployments(db: Database, projectId: string): Promise<Map<string, Deployment>> {
	const lastNumbers = db
		.selectFrom('deployments')
		.where('projectId', '=', projectId)
		.groupBy('environmentId')
		.select((eb) => eb.fn.max('number').as('number'));
	const rows = await db
		.selectFrom('deployments')
		.selectAll()
		.where('projectId', '=', projectId)
		.where('number', 'in', lastNumbers)
		.execute();
	return new Map(rows.map((row) => [row.environmentId, row]));
}

async function insertHistory(db: Database, history: Deployment[]): Promise<void> {
	for (let from = 0; from < history.length; from += rowsPerInsert)
		await db
			.insertInto('deployments')
			.values(history.slice(from, from + rowsPerInsert))
			.execute();
}

async function insertDeployed(db: Database, deployed: DeployedConfig): Promise<boolean> {
	const { numInsertedOrUpdatedRows } = await db
		.insertInto('deployedConfigs')
		.values(deployed)
		.onConflict((conflict) => conflict.doNothing())
		.executeTakeFirstOrThrow();
	return Number(numInsertedOrUpdatedRows) > 0;
}

/**
 * Stores what a project has deployed and how that came. In an environment where something else was ever deployed, that
 * stays. An import that lacked a version can so be completed by a later one. Returns how many of `deployed` it has stored.
 */
export async function addDeployments(
	db: Database,
	projectId: string,
	deployed: DeployedConfig[],
	history: Deployment[],
): Promise<number> {
	const last = await lastDeployments(db, projectId);
	if (last.size === 0) await insertHistory(db, history);
	let number = Math.max(0, ...[...last.values()].map((one) => one.number));
	let added = 0;
	for (const one of deployed) {
		const before = last.get(one.environmentId);
		if (before !== undefined && before.configId !== one.configId) continue;
		if (await insertDeployed(db, one)) added += 1;
		if (last.size === 0 || before !== undefined) continue;
		const entry = history.findLast(({ environmentId }) => environmentId === one.environmentId);
		number += 1;
		if (entry !== undefined) await insertHistory(db, [{ ...entry, number }]);
	}
	return added;
}
