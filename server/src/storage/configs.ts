import { ModelConfig } from '../domain/entities.ts';
import { newId } from '../domain/ids.ts';
import type { ConfigRecord, ConfigUse, NewConfig } from '../domain/store.ts';
import { codecOf } from './codec.ts';
import { sumOfCounts } from './logCounts.ts';
import type { Database } from './tables.ts';

const { encode, decode } = codecOf(ModelConfig);

function selectConfigs(db: Database) {
	return db
		.selectFrom('configs')
		.innerJoin('projects', 'projects.id', 'configs.projectId')
		.selectAll('configs')
		.select('projects.name as projectName');
}

export async function configById(db: Database, id: string): Promise<ConfigRecord | undefined> {
	const row = await selectConfigs(db).where('configs.id', '=', id).executeTakeFirst();
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
export async function insertConfig(db: Database, config: ModelConfig): Promise<void> {
	await db
		.insertInto('configs')
		.values(encode(config))
		.onConflict((conflict) => conflict.doNothing())
		.execute();
}

/** The project's config with that hash. If there is none, creates it. The first config becomes the active one. */
export async function findOrCreateConfig(db: Database, projectId: string, wanted: NewConfig): Promise<ConfigRecord> {
	const known = await configByHash(db, projectId, wanted.hash);
	if (known !== undefined) return known;
	const { proposedId, ...values } = wanted;
	const now = new Date().toISOString();
	const config = { ...values, id: proposedId, type: 'model' as const, projectId, createdAt: now, updatedAt: now };
	await insertConfig(db, config);
	const find = () => configByHash(db, projectId, wanted.hash);
	// An imported config of another project can have the ID that follows from name and parameters.
	if ((await find()) === undefined) await insertConfig(db, { ...config, id: newId('config') });
	const stored = (await find()) as ConfigRecord;
	await db
		.updateTable('projects')
		.set((eb) => ({ updatedAt: now, activeConfigId: eb.fn.coalesce('activeConfigId', eb.val(stored.id)) }))
		.where('id', '=', projectId)
		.execute();
	return stored;
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
