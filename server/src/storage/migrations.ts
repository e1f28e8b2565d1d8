import { type Kysely, sql } from 'kysely';
import { type Migration, Migrator } from 'kysely/migration';
import type { Dialect, DialectName } from './dialect.ts';
import { earlyMigrations } from './migrations/early.ts';
import { sharedValues } from './migrations/0005_shared_values.ts';
import { apiKeys } from './migrations/0006_api_keys.ts';
import { logSearch } from './migrations/0007_log_search.ts';
import { callOrigin } from './migrations/0008_call_origin.ts';
import { deletions } from './migrations/0009_deletions.ts';
import { environments } from './migrations/0010_environments.ts';
import { logFields } from './migrations/0011_log_fields.ts';
import { configAliases } from './migrations/0012_config_aliases.ts';
import { usage } from './migrations/0013_usage.ts';
import { reuse } from './migrations/0014_reuse.ts';
import { budgets } from './migrations/0015_budgets.ts';
import { usageLatency } from './migrations/0016_usage_latency.ts';
import { failedLogs } from './migrations/0017_failed_logs.ts';
import { allProjects } from './migrations/0018_all_projects.ts';
import { createVersions, migrationsIn, recordVersion, rejectNewerSchema } from './schemaVersions.ts';

/** All migrations, in order. A released one must never change. One that is not the same in every database is a function. */
const migrations: Record<string, Migration | ((dialect: DialectName) => Migration)> = {
	...earlyMigrations,
	'0005_shared_values': sharedValues,
	'0006_api_keys': apiKeys,
	'0007_log_search': logSearch,
	'0008_call_origin': callOrigin,
	'0009_deletions': deletions,
	'0010_environments': environments,
	'0011_log_fields': logFields,
	'0012_config_aliases': configAliases,
	'0013_usage': usage,
	'0014_reuse': reuse,
	'0015_budgets': budgets,
	'0016_usage_latency': usageLatency,
	'0017_failed_logs': failedLogs,
	'0018_all_projects': allProjects,
};

function migrationsFor(dialect: DialectName): Record<string, Migration> {
	return Object.fromEntries(
		Object.entries(migrations).map(([name, migration]) => [
			name,
			typeof migration === 'function' ? migration(dialect) : migration,
		]),
	);
}

/**
 * Runs the work in a transaction that excludes other processes, so that a killed process leaves either all of it or
 * nothing. Kysely itself does not do this for SQLite.
 */
async function inTransaction<T>(
	{ maintenance, maintenanceSettings, statements, lockSchema }: Dialect,
	work: (db: Kysely<unknown>) => Promise<T>,
): Promise<T> {
	return (maintenance.withoutPlugins() as Kysely<unknown>).connection().execute(async (connection) => {
		if (maintenanceSettings) await sql.raw(maintenanceSettings.before).execute(connection);
		try {
			await sql.raw(statements.begin).execute(connection);
			await lockSchema(connection);
			const result = await work(connection);
			await sql.raw(statements.commit).execute(connection);
			return result;
		} catch (error) {
			// The database may have rolled back already, for example because the disk is full.
			await sql
				.raw(statements.rollback)
				.execute(connection)
				.catch(() => undefined);
			throw error;
		} finally {
			const after = maintenanceSettings && sql.raw(maintenanceSettings.after).execute(connection);
			// It may fail after the thread of the database was lost, which the caller has to learn.
			await after?.catch(() => undefined);
		}
	});
}

/**
 * Which migrations the database has and which it lacks, in order, as the connection `db` sees it. Throws NewerSchemaError
 * for a database of a newer server.
 */
export async function migrationState(
	dialect: Dialect,
	db = dialect.maintenance.withoutPlugins() as Kysely<unknown>,
): Promise<{ done: string[]; pending: string[] }> {
	const schema = await dialect.currentSchema(db);
	const known = Object.keys(migrations);
	await rejectNewerSchema(db, schema, known);
	const done = await migrationsIn(db, schema);
	return { done, pending: known.filter((name) => !done.includes(name)) };
}

async function runMigrations(db: Kysely<unknown>, dialect: Dialect, upTo: string | undefined): Promise<string[]> {
	const schema = await dialect.currentSchema(db);
	await rejectNewerSchema(db, schema, Object.keys(migrations));
	// Kysely hides why it cannot create its tables. This says it.
	await createVersions(db);
	const migrator = new Migrator({
		db,
		provider: { getMigrations: async () => migrationsFor(dialect.name) },
		// They run in the transaction that is open already.
		disableTransactions: true,
		...(schema === undefined ? {} : { migrationTableSchema: schema }),
	});
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
export async function migrate(dialect: Dialect, upTo?: string): Promise<string[]> {
	return inTransaction(dialect, (connection) => runMigrations(connection, dialect, upTo));
}
