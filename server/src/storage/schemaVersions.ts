import { readFileSync } from 'node:fs';
import { type Kysely, sql } from 'kysely';

const { version: ownVersion } = JSON.parse(readFileSync(new URL('../../package.json', import.meta.url), 'utf8')) as {
	version: string;
};

/** A newer server has changed the schema of this database. The message goes on from a name of the database. */
export class NewerSchemaError extends Error {}

/** Whether there is such a table. Other programs may have theirs in other schemas of the database. */
async function hasTable(db: Kysely<unknown>, schema: string | undefined, name: string): Promise<boolean> {
	const tables = await db.introspection.getTables({ withInternalKyselyTables: true });
	return tables.some((table) => table.name === name && table.schema === schema);
}

/** The migrations that were run, in order. `schema` is where the tables are. */
export async function migrationsIn(db: Kysely<unknown>, schema: string | undefined): Promise<string[]> {
	if (!(await hasTable(db, schema, 'kysely_migration'))) return [];
	const { rows } = await sql<{ name: string }>`select name from kysely_migration order by name`.execute(db);
	return rows.map(({ name }) => name);
}

/** The version of the server that ran a migration. Undefined if it did not record that. */
async function versionThatRan(
	db: Kysely<unknown>,
	schema: string | undefined,
	migration: string,
): Promise<string | undefined> {
	if (!(await hasTable(db, schema, 'schema_versions'))) return undefined;
	const { rows } = await sql<{ version: string }>`
		select version from schema_versions where migration = ${migration}
	`.execute(db);
	return rows[0]?.version;
}

/** Throws NewerSchemaError if the database has a migration that is not one of `known`. `schema` is where its tables are. */
export async function rejectNewerSchema(
	db: Kysely<unknown>,
	schema: string | undefined,
	known: string[],
): Promise<void> {
	const newest = (await migrationsIn(db, schema)).findLast((name) => !known.includes(name));
	if (newest === undefined) return;
	const version = await versionThatRan(db, schema, newest);
	const maker = version === undefined ? 'a newer version of humanloop-server' : `humanloop-server ${version}`;
	throw new NewerSchemaError(
		`was last used by ${maker}. This is version ${ownVersion}, which does not know the schema ${newest}. ` +
			'Start that version, or a later one. The data is intact: do not delete anything.',
	);
}

/** Creates the table of versions, unless it exists. Throws the database's error if its user may not create tables. */
export async function createVersions(db: Kysely<unknown>): Promise<void> {
	await sql`create table if not exists schema_versions (migration text primary key, version text not null)`.execute(db);
}

/** Records that this version ran these migrations, so that an older one can say who made a schema that it does not know. */
export async function recordVersion(db: Kysely<unknown>, migrations: string[]): Promise<void> {
	for (const migration of migrations) {
		await sql`
			insert into schema_versions (migration, version) values (${migration}, ${ownVersion})
			on conflict (migration) do update set version = excluded.version
		`.execute(db);
	}
}
