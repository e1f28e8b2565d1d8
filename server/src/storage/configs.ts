import { ModelConfig } from '../domain/entities.ts';
import { newId } from '../domain/ids.ts';
import type { ConfigRecord, ConfigUse, NewConfig } from '../domain/store.ts';
import { codecOf } from './codec.ts';
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

async function configByHash(db: Database, projectId: string, hash: string): Promise<ConfigRecord | undefined> {
	const row = await selectConfigs(db)
		.where('configs.projectId', '=', projectId)
		.where('configs.hash', '=', hash)
		.executeTakeFirst();
	return row && decode(row);
}

/** The project's config with that hash. If there is none, creates it. The first config becomes the active one. */
export async function findOrCreateConfig(db: Database, projectId: string, wanted: NewConfig): Promise<ConfigRecord> {
	const known = await configByHash(db, projectId, wanted.hash);
	if (known !== undefined) return known;
	// An imported config of another project can have the ID that follows from name and parameters.
	const isTaken = (await configById(db, wanted.proposedId)) !== undefined;
	const { proposedId, ...values } = wanted;
	const now = new Date().toISOString();
	const id = isTaken ? newId('config') : proposedId;
	await db
		.insertInto('configs')
		.values(encode({ ...values, id, projectId, createdAt: now, updatedAt: now }))
		.onConflict((conflict) => conflict.columns(['projectId', 'hash']).doNothing())
		.execute();
	const config = (await configByHash(db, projectId, wanted.hash)) as ConfigRecord;
	await db
		.updateTable('projects')
		.set((eb) => ({ updatedAt: now, activeConfigId: eb.fn.coalesce('activeConfigId', eb.val(config.id)) }))
		.where('id', '=', projectId)
		.execute();
	return config;
}

function selectUse(db: Database) {
	return selectConfigs(db).select((eb) => {
		const logs = eb.selectFrom('logs').whereRef('logs.configId', '=', 'configs.id');
		return [
			logs.select((inner) => inner.fn.countAll<number>().as('logs')).as('logCount'),
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
