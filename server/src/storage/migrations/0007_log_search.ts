import { type Kysely, sql } from 'kysely';
import type { Migration } from 'kysely/migration';

/** How many logs there are of each project and config. A log without a project counts under an empty project ID. */
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

/** The logs that search finds, and those that are not in its index yet; see ../searchIndex.ts. */
async function createSearch(db: Kysely<unknown>) {
	await db.schema
		.createTable('log_texts')
		.addColumn('id', 'integer', (column) => column.primaryKey())
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
		.addColumn('id', 'integer', (column) => column.primaryKey().autoIncrement())
		.addColumn('log_id', 'text', (column) => column.notNull())
		.addColumn('pieces', 'integer', (column) => column.notNull().defaultTo(0))
		.execute();
	// No content: the texts are in the logs. The terms are folded before they get here (search/searchText.ts).
	await sql`
    create virtual table log_terms using fts5 (
      text, content = '', contentless_delete = 1, tokenize = 'trigram case_sensitive 1'
    )
  `.execute(db);
	await sql`create virtual table log_vocabulary using fts5vocab (log_terms, row)`.execute(db);
	await sql`insert into search_queue (log_id) select id from logs where project_id is not null and save = 1`.execute(
		db,
	);
}

/** Triggers, because they cost a fraction of what statements of their own do, and nothing can forget them. */
async function createTriggers(db: Kysely<unknown>) {
	await sql`
    create trigger log_is_stored after insert on logs begin
      insert into log_counts (project_id, config_id, shard, count)
      values (coalesce(new.project_id, ''), new.config_id, 0, 1)
      on conflict (project_id, config_id, shard) do update set count = count + 1;
      insert into search_queue (log_id) select new.id where new.project_id is not null and new.save = 1;
    end
  `.execute(db);
	await sql`
    create trigger log_is_deleted after delete on logs begin
      update log_counts set count = count - 1
      where project_id = coalesce(old.project_id, '') and config_id = old.config_id and shard = 0;
      delete from log_terms where rowid in (select id from log_texts where log_id = old.id);
      delete from log_texts where log_id = old.id;
    end
  `.execute(db);
}

/** An index for each filter and order of the lists, which has all columns that the list needs to find a page. */
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

/** What makes lists, counts and searches fast with a million logs. */
export const logSearch: Migration = {
	async up(db: Kysely<unknown>) {
		await createCounts(db);
		await createSearch(db);
		await createTriggers(db);
		await createIndexes(db);
	},
};
