import type { Environment } from '../domain/entities.ts';
import type { Dialect, DialectName } from './dialect.ts';
import { toStored } from './names.ts';
import type { Database } from './tables.ts';

/** The environment with that name, or the default one. */
export async function environmentByName(db: Database, name: string | undefined): Promise<Environment | undefined> {
	const environments = db.selectFrom('environments').selectAll();
	const wanted = name === undefined ? environments.where('tag', '=', 'default') : environments.where('name', '=', name);
	return wanted.executeTakeFirst();
}

export async function listEnvironments(db: Database): Promise<Environment[]> {
	return db.selectFrom('environments').selectAll().orderBy('tag').orderBy('name').execute();
}

/** What two names of environments must not have in common. */
function comparable(name: string): string {
	return String(toStored(name)).trim().toLowerCase();
}

/**
 * Stores an environment. Returns the one that has such a name, if there is one: names that differ only in case or in white
 * space around them are the same.
 */
export async function addEnvironment(
	dialect: DialectName,
	db: Database,
	environment: Environment,
): Promise<Environment | undefined> {
	if (dialect === 'postgres') {
		// Waits for a transaction that adds one. The next statement sees it.
		await db.selectFrom('environments').select('id').where('tag', '=', 'default').forNoKeyUpdate().execute();
	}
	const wanted = comparable(environment.name);
	const known = (await listEnvironments(db)).find(({ name }) => comparable(name) === wanted);
	if (known === undefined) await db.insertInto('environments').values(environment).execute();
	return known;
}

/** The environment with that ID. In PostgreSQL, a request that deletes it waits until this transaction ends. */
export async function keepEnvironment(
	dialect: DialectName,
	db: Database,
	id: string,
): Promise<Environment | undefined> {
	return db
		.selectFrom('environments')
		.selectAll()
		.where('id', '=', id)
		.$if(dialect === 'postgres', (query) => query.forKeyShare())
		.executeTakeFirst();
}

/** Deletes an environment, unless something is deployed there. Returns in how many projects. */
export async function deleteEnvironment({ name }: Dialect, db: Database, id: string): Promise<number> {
	if (name === 'postgres') {
		// Waits for a transaction that deploys there. The next statement sees what it deployed.
		await db.selectFrom('environments').select('id').where('id', '=', id).forUpdate().execute();
	}
	const { projects } = await db
		.selectFrom('deployedConfigs')
		.select((eb) => eb.fn.countAll<number>().as('projects'))
		.where('environmentId', '=', id)
		.executeTakeFirstOrThrow();
	if (projects === 0) await db.deleteFrom('environments').where('id', '=', id).execute();
	return projects;
}
