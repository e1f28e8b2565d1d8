import { type Kysely, sql } from 'kysely';
import type { Migration } from 'kysely/migration';
import type { DialectName } from '../dialect.ts';
import { createPostgresIndex, createPostgresTriggers } from './0007_postgres.ts';
import { createSqliteIndex, createSqliteTriggers } from './0007_sqlite.ts';

/**
 * How many logs there are of each project and config. A log without a project counts under an empty project ID. The sum over
 * the shards counts: transactions of PostgreSQL that run at the same time have a shard each.
 */
async function createCounts(db: Kysely<unknown>) {
	await db.schema
		.createTable('log_counts')
		.addColumn('project_id', 'text', (column) => column.notNull())
		.addColumn('config_id', 'text', (column) => column.notNull())
		.addColumn('shard', 'integer', (column) => column.notNull())
		.addColumn('count', 'bigint', (column) => column.notNull())
		.addPrimaryKeyConstraint('log_counts_by_project', ['project_id', 'config_id', 'shard'])
		.execute();
	await db.schema.createIndex('log_counts_by_config').on('log_counts').column('config_id').execute();
	await sql`
		insert into log_counts (project_id, config_id, shard, count)
		select coalesce(project_id, ''), config_id, 0, count(*) from logs group by 1, 2
	`.execute(db);
}

/** What a search finds, and the logs that are not in its index yet; see ../searchIndex.ts. */
async function createSearch(db: Kysely<unknown>, dialect: DialectName) {
	const isPostgres = dialect === 'postgres';
	await db.schema
		.createTable('log_texts')
		.addColumn('id', isPostgres ? 'bigserial' : 'integer', (column) => column.primaryKey())
		.addColumn('log_id', 'text', (column) => column.notNull())
		.addColumn('is_call', 'integer', (column) => column.notNull())
		.addColumn('project_id', 'text', (column) => column.notNull())
		.addColumn('session_id', 'text')
		.addColumn('source', 'text')
		.addColumn('created_at', 'text', (column) => column.notNull())
		.addColumn('sample_index', 'integer', (column) => column.notNull())
		.execute();
	await db.schema.createIndex('log_texts_by_log').on('log_texts').column('log_id').execute();
	await db.schema
		.createTable('search_queue')
		.addColumn('id', isPostgres ? 'bigserial' : 'integer', (column) => {
			return isPostgres ? column.primaryKey() : column.primaryKey().autoIncrement();
		})
		.addColumn('log_id', 'text', (column) => column.notNull())
		.addColumn('pieces', 'integer', (column) => column.notNull().defaultTo(0))
		.execute();
	await sql`insert into search_queue (log_id) select id from logs where project_id is not null and save = 1`.execute(
		db,
	);
	await (isPostgres ? createPostgresIndex : createSqliteIndex)(db);
}

/** An index for each filter and order of the lists. It has all columns that the list needs to find a page. */
async function createIndexes(db: Kysely<unknown>) {
	await sql`
		create index logs_by_source on logs (project_id, source, created_at desc, sample_index, id)
		where source is not null
	`.execute(db);
	await sql`
		create index logs_of_session on logs (session_id, created_at desc, sample_index, id, project_id, source)
		where session_id is not null
	`.execute(db);
	await db.schema.dropIndex('logs_in_session').ifExists().execute();
	await db.schema.createIndex('projects_by_creation').on('projects').columns(['created_at', 'id']).execute();
	await db.schema.createIndex('projects_by_update').on('projects').columns(['updated_at', 'id']).execute();
	await sql`create index configs_in_project on configs (project_id, created_at desc, id)`.execute(db);
}

/**
 * What makes lists, counts and searches fast with a million logs. Triggers keep counts and queue: they cost a fraction of
 * what statements of their own do, and nothing can forget them.
 */
export const logSearch = (dialect: DialectName): Migration => ({
	async up(db: Kysely<unknown>) {
		await createCounts(db);
		await createSearch(db, dialect);
		await (dialect === 'postgres' ? createPostgresTriggers : createSqliteTriggers)(db);
		await createIndexes(db);
	},
});
