import { newId } from '../domain/ids.ts';
import type { ConfigInUse, NewConfig, Project, StoredConfig } from '../domain/store.ts';
import type { Database, Tables } from './tables.ts';

type ConfigRow = Tables['configs'] & { project_name: string };

function toConfig(row: ConfigRow): StoredConfig {
	return {
		id: row.id,
		projectId: row.project_id,
		projectName: row.project_name,
		name: row.name,
		description: row.description,
		parameters: JSON.parse(row.parameters) as StoredConfig['parameters'],
		createdAt: row.created_at,
		updatedAt: row.updated_at,
	};
}

function selectConfigs(db: Database) {
	return db
		.selectFrom('configs')
		.innerJoin('projects', 'projects.id', 'configs.project_id')
		.selectAll('configs')
		.select('projects.name as project_name');
}

export async function configById(db: Database, id: string): Promise<StoredConfig | undefined> {
	const row = await selectConfigs(db).where('configs.id', '=', id).executeTakeFirst();
	return row && toConfig(row);
}

async function equalConfig(db: Database, projectId: string, hash: string): Promise<StoredConfig | undefined> {
	const row = await selectConfigs(db)
		.where('configs.project_id', '=', projectId)
		.where('configs.hash', '=', hash)
		.executeTakeFirst();
	return row && toConfig(row);
}

/** The project's config with these parameters, made when there is none; its first one becomes the active one. */
export async function findOrCreateConfig(db: Database, project: Project, wanted: NewConfig): Promise<StoredConfig> {
	const known = await equalConfig(db, project.id, wanted.hash);
	if (known !== undefined) return known;
	// The ID that follows from name and parameters may be taken: by a project that has been renamed since.
	const taken = (await configById(db, wanted.proposedId)) !== undefined;
	const now = new Date().toISOString();
	await db
		.insertInto('configs')
		.values({
			id: taken ? newId('config') : wanted.proposedId,
			project_id: project.id,
			hash: wanted.hash,
			name: wanted.name,
			description: wanted.description,
			parameters: JSON.stringify(wanted.parameters),
			created_at: now,
			updated_at: now,
		})
		.onConflict((conflict) => conflict.columns(['project_id', 'hash']).doNothing())
		.execute();
	const config = (await equalConfig(db, project.id, wanted.hash)) as StoredConfig;
	await db
		.updateTable('projects')
		.set((eb) => ({ updated_at: now, active_config_id: eb.fn.coalesce('active_config_id', eb.val(config.id)) }))
		.where('id', '=', project.id)
		.execute();
	return config;
}

function selectInUse(db: Database) {
	return selectConfigs(db).select((eb) => [
		eb
			.selectFrom('logs')
			.whereRef('logs.config_id', '=', 'configs.id')
			.select((inner) => inner.fn.countAll<number>().as('logs'))
			.as('log_count'),
		eb
			.selectFrom('logs')
			.whereRef('logs.config_id', '=', 'configs.id')
			.select((inner) => inner.fn.max('logs.created_at').as('last'))
			.as('last_used'),
	]);
}

type InUseRow = ConfigRow & { log_count: number | null; last_used: string | null };

function toConfigInUse(row: InUseRow): ConfigInUse {
	return { ...toConfig(row), logCount: row.log_count ?? 0, lastUsed: row.last_used ?? row.created_at };
}

/** All configs of a project, newest first. */
export async function configsOfProject(db: Database, projectId: string): Promise<ConfigInUse[]> {
	const rows = await selectInUse(db)
		.where('configs.project_id', '=', projectId)
		.orderBy('configs.created_at', 'desc')
		.orderBy('configs.id')
		.execute();
	return rows.map(toConfigInUse);
}

export async function configsInUse(db: Database, ids: string[]): Promise<ConfigInUse[]> {
	if (ids.length === 0) return [];
	const rows = await selectInUse(db).where('configs.id', 'in', ids).execute();
	return rows.map(toConfigInUse);
}
