import { ApiError, found, unprocessable } from '../domain/apiError.ts';
import type { ConfigAlias } from '../domain/archive.ts';
import type { StoredConfig } from './configCache.ts';
import { configById } from './configs.ts';
import type { Database } from './tables.ts';

/** The ID of the config that an ID is an alias of. */
export async function aliasedId(db: Database, alias: string): Promise<string | undefined> {
	const row = await db.selectFrom('configAliases').select('configId').where('alias', '=', alias).executeTakeFirst();
	return row?.configId;
}

/** The config with that ID, or the one that the ID is an alias of. What is left of a deleted project comes last. */
export async function configByIdOrAlias(db: Database, id: string): Promise<StoredConfig | undefined> {
	const config = await configById(db, id);
	if (config?.projectDeletedAt === null) return config;
	const target = await aliasedId(db, id);
	return (target === undefined ? undefined : await configById(db, target)) ?? config;
}

/** Stores an alias, in place of one for a config of a deleted project. Returns false if the alias is in use. */
export async function setAlias(db: Database, alias: ConfigAlias): Promise<boolean> {
	const { numInsertedOrUpdatedRows } = await db
		.insertInto('configAliases')
		.values(alias)
		.onConflict((conflict) =>
			conflict
				.column('alias')
				.doUpdateSet({ configId: alias.configId })
				.where('configAliases.configId', 'in', (eb) =>
					eb
						.selectFrom('configs')
						.innerJoin('projects', 'projects.id', 'configs.projectId')
						.select('configs.id')
						.where('projects.deletedAt', 'is not', null),
				),
		)
		.executeTakeFirstOrThrow();
	return Number(numInsertedOrUpdatedRows) > 0;
}

/**
 * Lets a config be found under a second ID. Returns false if it is already. Throws a 404 if there is no such config, and a
 * 422 if the alias is the ID of a config or stands for another one.
 */
export async function addAlias(db: Database, { alias, configId }: ConfigAlias): Promise<boolean> {
	const config = found('config_id', configId, await configByIdOrAlias(db, configId));
	const known = await configByIdOrAlias(db, alias);
	if (known?.id === config.id) return false;
	if (known?.projectDeletedAt === null) throw unprocessable(`${alias} stands for ${known.id} already.`);
	// Another process can have added it meanwhile, for another config.
	if (!(await setAlias(db, { alias, configId: config.id })))
		throw new ApiError(503, `${alias} is being added by another process. Try again.`, { isRetryable: true });
	return true;
}
