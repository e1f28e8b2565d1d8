import { type Kysely, sql } from 'kysely';
import { type Migration, Migrator } from 'kysely/migration';
import { earlyMigrations } from './migrations/early.ts';
import { sharedValues } from './migrations/0005_shared_values.ts';
import { migrationsIn, recordVersion, rejectNewerSchema } from './schemaVersions.ts';
import type { Database } from './tables.ts';

/** All migrations, in order. A released one must never change. */
const migrations: Record<string, Migration> = {
	...earlyMigrations,
	'0005_shared_values': sharedValues,
};

/**
 * Runs the work in a transaction that excludes other processes, so that a killed process leaves either all of it or
 * nothing. Kysely itself does not do this for SQLite.
 */
async function inTransaction<T>(db: Kysely<unknown>, work: (db: Kysely<unknown>) => Promise<T>): Promise<T> {
	return db.connection().execute(async (connection) => {
		await sql`begin immediate`.execute(connection);
		try {
			const result = await work(connection);
			await sql`commit`.execute(connection);
			return result;
		} catch (error) {
			// SQLite may have rolled back already, for example because the disk is full.
			await sql`rollback`.execute(connection).catch(() => undefined);
			throw error;
		}
	});
}

/**
 * Which migrations the database has and which it lacks, in order. Throws NewerSchemaError for a database of a newer
 * server.
 */
export async function migrationState(db: Database): Promise<{ done: string[]; pending: string[] }> {
	const plain = db.withoutPlugins() as Kysely<unknown>;
	const known = Object.keys(migrations);
	await rejectNewerSchema(plain, known);
	const done = await migrationsIn(plain);
	return { done, pending: known.filter((name) => !done.includes(name)) };
}

async function runMigrations(db: Kysely<unknown>, upTo: string | undefined): Promise<string[]> {
	await rejectNewerSchema(db, Object.keys(migrations));
	const migrator = new Migrator({ db, provider: { getMigrations: async () => migrations } });
	const { error, results = [] } = await (upTo === undefined ? migrator.migrateToLatest() : migrator.migrateTo(upTo));
	if (error !== undefined) throw error instanceof Error ? error : new Error('migration failed', { cause: error });
	const ran = results.map(({ migrationName }) => migrationName);
	await recordVersion(db, ran);
	return ran;
}

/**
 * Brings the schema up to date, or to the migration `upTo`, in one transaction. Throws NewerSchemaError for a database
 * of a newer server, and otherwise what the failing migration threw. Returns the migrations that were run.
 */
export async function migrate(db: Database, upTo?: string): Promise<string[]> {
	return inTransaction(db.withoutPlugins() as Kysely<unknown>, (connection) => runMigrations(connection, upTo));
}
