import type { Environment } from '../domain/entities.ts';
import type { Dialect, DialectName } from './dialect.ts';
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

/** Stores an environment. Returns false if another one has that name, even if another process stores it meanwhile. */
export async function addEnvironment(db: Database, environment: Environment): Promise<boolean> {
	const { numInsertedOrUpdatedRows: rows } = await db
		.insertInto('environments')
		.values(environment)
		.onConflict((conflict) => conflict.column('name').doNothing())
		.executeTakeFirstOrThrow();
	return (rows ?? 0n) > 0n;
}

/** The environment with that ID. In PostgreSQL, whoever deletes it waits until the transaction ends. */
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
		// Whoever deploys there at the moment is waited for. The next statement sees what was deployed.
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
