import { unprocessable } from '../domain/apiError.ts';
import type { Added, ArchivedConfig } from '../domain/archive.ts';
import { ModelConfig } from '../domain/entities.ts';
import { codecOf, fromJson } from './codec.ts';
import { aliasedId, setAlias } from './configAliases.ts';
import type { Database, Tables } from './tables.ts';

const { encode } = codecOf(ModelConfig);

type ConfigRow = Omit<Tables['configs'], 'type'> & { type: 'model' | 'tool' };

/** A row of a model config or of a tool config. */
export function toArchivedConfig(row: ConfigRow): ArchivedConfig {
	return { ...row, parameters: fromJson(row.parameters) } as ArchivedConfig;
}

async function configWithId(db: Database, id: string): Promise<ArchivedConfig | undefined> {
	const row = await db.selectFrom('configs').selectAll().where('id', '=', id).executeTakeFirst();
	return row && toArchivedConfig(row);
}

async function isDeleted(db: Database, projectId: string): Promise<boolean> {
	const project = await db.selectFrom('projects').select('deletedAt').where('id', '=', projectId).executeTakeFirst();
	return project?.deletedAt !== null;
}

/** The config that has the ID, or that the ID is an alias of, in a project that is not deleted. */
async function usableConfig(db: Database, id: string): Promise<ArchivedConfig | undefined> {
	for (const one of [id, await aliasedId(db, id)]) {
		const config = one === undefined ? undefined : await configWithId(db, one);
		if (config !== undefined && !(await isDeleted(db, config.projectId))) return config;
	}
	return undefined;
}

/** Stores a config. The row of its ID can be there: some IDs follow from what they stand for, and its project was deleted. */
async function store(db: Database, { type, ...config }: ArchivedConfig): Promise<void> {
	const row = { ...encode(config as ModelConfig), type };
	if ((await configWithId(db, config.id)) !== undefined)
		await db.updateTable('configs').set(row).where('id', '=', config.id).execute();
	else
		await db
			.insertInto('configs')
			.values(row)
			.onConflict((conflict) => conflict.doNothing())
			.execute();
}

/**
 * Stores a config. If its project has one with the same parameters, its ID becomes an alias of that one. Throws a 422 if the
 * ID belongs to another config.
 */
export async function addConfig(db: Database, config: ArchivedConfig): Promise<Added<ArchivedConfig>> {
	const known = await usableConfig(db, config.id);
	if (known?.projectId === config.projectId && known.hash === config.hash) return { stored: known, isNew: false };
	if (known !== undefined)
		throw unprocessable(`${config.id} is the ID of another version here, in the project ${known.projectId}.`);
	const equal = await db
		.selectFrom('configs')
		.selectAll()
		.where('projectId', '=', config.projectId)
		.where('hash', '=', config.hash)
		.executeTakeFirst();
	if (equal === undefined) {
		await store(db, config);
		return { stored: config, isNew: true };
	}
	// An imported project can be one that is deleted, with the config that its logs have.
	if (equal.id !== config.id) await setAlias(db, { alias: config.id, configId: equal.id });
	return { stored: toArchivedConfig(equal), isNew: false };
}
