import { draftDescription } from '../contract/modelConfigs.ts';
import { isDraft } from '../domain/drafts.ts';
import { type Actor, type Environment, ModelConfig } from '../domain/entities.ts';
import { configIdOfProject, newId } from '../domain/ids.ts';
import type { ConfigRecord, ConfigUse, NewConfig } from '../domain/store.ts';
import { codecOf } from './codec.ts';
import type { StoredConfig } from './configCache.ts';
import { addDeployment, setDeployedConfig } from './deployments.ts';
import { environmentByName } from './environments.ts';
import { sumOfCounts } from './logCounts.ts';
import type { Database } from './tables.ts';

const { encode, decode } = codecOf(ModelConfig);

function selectConfigs(db: Database) {
	return db
		.selectFrom('configs')
		.where('configs.type', '=', 'model')
		.innerJoin('projects', 'projects.id', 'configs.projectId')
		.selectAll('configs')
		.select('projects.name as projectName');
}

export async function configById(db: Database, id: string): Promise<StoredConfig | undefined> {
	const row = await selectConfigs(db)
		.select('projects.deletedAt as projectDeletedAt')
		.where('configs.id', '=', id)
		.executeTakeFirst();
	return row && decode(row);
}

export async function configByHash(db: Database, projectId: string, hash: string): Promise<ConfigRecord | undefined> {
	const row = await selectConfigs(db)
		.where('configs.projectId', '=', projectId)
		.where('configs.hash', '=', hash)
		.executeTakeFirst();
	return row && decode(row);
}

/** Stores the config, unless its ID is taken or the project has one with that hash. Another process may do so meanwhile. */
async function insertConfig(db: Database, config: ModelConfig): Promise<void> {
	await db
		.insertInto('configs')
		.values(encode(config))
		.onConflict((conflict) => conflict.doNothing())
		.execute();
}

/** Stores the config in the row of its ID, if that one is of a deleted project. */
async function reuseDeleted(db: Database, config: ModelConfig): Promise<void> {
	const { id, ...values } = encode(config);
	await db
		.updateTable('configs')
		.set(values)
		.where('id', '=', id)
		.where('projectId', 'in', (eb) => eb.selectFrom('projects').select('id').where('deletedAt', 'is not', null))
		.execute();
}

/** Deploys a version in the default environment, if it is the first one of its project, whose row is locked. */
async function deployFirst(db: Database, { id, projectId, updatedAt }: ModelConfig, actor: Actor | undefined) {
	const other = await db
		.selectFrom('configs')
		.select('id')
		.where('projectId', '=', projectId)
		.where('type', '=', 'model')
		.where('id', '!=', id)
		.where('description', 'is distinct from', draftDescription)
		.limit(1)
		.executeTakeFirst();
	if (other !== undefined) return;
	const environment = (await environmentByName(db, undefined)) as Environment;
	if ((await setDeployedConfig(db, projectId, environment.id, id)) === id) return;
	await addDeployment(db, {
		...{ id: newId('dep'), projectId, environmentId: environment.id, environmentName: environment.name },
		...{ configId: id, replacedConfigId: null, rollbackOf: null, createdAt: updatedAt },
		...{ actorKeyId: actor?.keyId ?? null, actorName: actor?.name ?? null },
	});
}

/** Locks the project's row: a request that stores another config in the project waits for this one. */
async function touchProject(db: Database, projectId: string, updatedAt: string): Promise<void> {
	await db.updateTable('projects').set({ updatedAt }).where('id', '=', projectId).execute();
}

/** Stores a draft as a version, unless another process has done so. */
async function saveDraft(db: Database, draft: ConfigRecord, { name, description }: NewConfig): Promise<ConfigRecord> {
	const updatedAt = new Date().toISOString();
	await touchProject(db, draft.projectId, updatedAt);
	await db
		.updateTable('configs')
		.set({ name, description, updatedAt })
		.where('id', '=', draft.id)
		.where('description', '=', draftDescription)
		.execute();
	return (await configByHash(db, draft.projectId, draft.hash)) as ConfigRecord;
}

async function createConfig(db: Database, projectId: string, wanted: NewConfig): Promise<ConfigRecord> {
	const { proposedId, ...values } = wanted;
	const now = new Date().toISOString();
	const config = { ...values, id: proposedId, projectId, createdAt: now, updatedAt: now };
	await insertConfig(db, config);
	const find = () => configByHash(db, projectId, wanted.hash);
	// The ID follows from the project's name and the parameters. A deleted project of that name had the same one.
	if ((await find()) === undefined) await reuseDeleted(db, config);
	// An imported config, or one of a renamed project, can have it too.
	if ((await find()) === undefined)
		await insertConfig(db, { ...config, id: configIdOfProject(projectId, wanted.hash) });
	await touchProject(db, projectId, now);
	return (await find()) as ConfigRecord;
}

/**
 * The project's config with that hash. If there is none, creates it. If it is a draft, it becomes the wanted version. The first
 * version of a project is deployed in the default environment, by the actor. A draft is not. `onRenamed` is called when a draft
 * has become a version.
 */
export async function findOrCreateConfig(
	db: Database,
	onRenamed: () => void,
	projectId: string,
	wanted: NewConfig,
	actor?: Actor,
): Promise<ConfigRecord> {
	const known = await configByHash(db, projectId, wanted.hash);
	if (known !== undefined && (isDraft(wanted) || !isDraft(known))) return known;
	let stored = known ?? (await createConfig(db, projectId, wanted));
	if (isDraft(stored) && !isDraft(wanted)) {
		stored = await saveDraft(db, stored, wanted);
		onRenamed();
	}
	if (!isDraft(stored)) await deployFirst(db, stored, actor);
	return stored;
}

/** Gives a config another name or description. Returns false if it does not exist, or its project was deleted. */
export async function describeConfig(
	db: Database,
	id: string,
	changes: { name?: string; description?: string },
	updatedAt: string,
): Promise<boolean> {
	const { numUpdatedRows } = await db
		.updateTable('configs')
		.set({ ...changes, updatedAt })
		.where('id', '=', id)
		.where('type', '=', 'model')
		.where('projectId', 'in', (eb) => eb.selectFrom('projects').select('id').where('deletedAt', 'is', null))
		.executeTakeFirstOrThrow();
	return Number(numUpdatedRows) > 0;
}

function selectUse(db: Database) {
	return selectConfigs(db).select((eb) => {
		const counts = eb.selectFrom('logCounts').whereRef('logCounts.configId', '=', 'configs.id');
		const logs = eb.selectFrom('logs').whereRef('logs.configId', '=', 'configs.id');
		return [
			counts.select(sumOfCounts.as('logs')).as('logCount'),
			// The index by config ends with the time, so this reads one entry.
			logs.select((inner) => inner.fn.max('logs.createdAt').as('last')).as('lastUsed'),
		];
	});
}

type UseRow = Awaited<ReturnType<ReturnType<typeof selectUse>['executeTakeFirstOrThrow']>>;

function toUse(row: UseRow): ConfigUse {
	return { ...decode(row), logCount: row.logCount ?? 0, lastUsed: row.lastUsed ?? row.createdAt };
}

/** All configs of a project, newest first. */
export async function configsOfProject(db: Database, projectId: string): Promise<ConfigUse[]> {
	const rows = await selectUse(db)
		.where('configs.projectId', '=', projectId)
		.orderBy('configs.createdAt', 'desc')
		.orderBy('configs.id')
		.execute();
	return rows.map(toUse);
}

export async function configsInUse(db: Database, ids: string[]): Promise<ConfigUse[]> {
	if (ids.length === 0) return [];
	const rows = await selectUse(db).where('configs.id', 'in', ids).execute();
	return rows.map(toUse);
}
