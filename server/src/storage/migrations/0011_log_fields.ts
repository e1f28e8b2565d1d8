import { type Kysely, sql } from 'kysely';
import type { Migration } from 'kysely/migration';
import type { DialectName } from '../dialect.ts';

/** The text of a log has changed: the log, and the samples that share its inputs, are indexed again. */
async function createSqliteTrigger(db: Kysely<unknown>): Promise<void> {
	const changed = sql`log_id = new.id or log_id in (select id from logs where call_log_id = new.id)`;
	await sql`
		create trigger log_text_is_changed after update of inputs, output on logs
		when new.inputs is not old.inputs or new.output is not old.output begin
			delete from search_queue where ${changed};
			delete from log_terms where rowid in (select id from log_texts where ${changed});
			delete from log_texts where ${changed};
			insert into search_queue (log_id) select id from logs
			where (id = new.id or call_log_id = new.id) and project_id is not null and save = 1;
		end
	`.execute(db);
}

/**
 * The same. The queue comes first: it makes the trigger wait for a step of the indexer that has the log, and the statement
 * after it then sees the text which that step has added.
 */
async function createPostgresTrigger(db: Kysely<unknown>): Promise<void> {
	const changed = sql`log_id = new.id or log_id in (select id from logs where call_log_id = new.id)`;
	await sql`
		create function log_text_changed() returns trigger language plpgsql as $$
		begin
			delete from search_queue where ${changed};
			delete from log_texts where ${changed};
			insert into search_queue (log_id) select id from logs
			where (id = new.id or call_log_id = new.id) and project_id is not null and save = 1;
			return null;
		end $$
	`.execute(db);
	await sql`
		create trigger log_text_is_changed after update of inputs, output on logs for each row
		when (new.inputs is distinct from old.inputs or new.output is distinct from old.output)
		execute function log_text_changed()
	`.execute(db);
}

/** Indexes for lists that are filtered by model or feedback. A value of feedback can be too long for PostgreSQL's. */
async function createIndexes(db: Kysely<unknown>): Promise<void> {
	await sql`
		create index logs_of_config on logs (config_id, created_at desc, sample_index, id, project_id, source)
	`.execute(db);
	await db.schema.dropIndex('logs_by_config').ifExists().execute();
	await sql`create index feedback_by_value on feedback (type, substr(value, 1, 100), log_id)`.execute(db);
}

/** Further fields of logs; tool configs beside model configs; logs whose output changes. */
export const logFields = (dialect: DialectName): Migration => ({
	async up(db: Kysely<unknown>) {
		for (const column of ['environment', 'judgment', 'tool_choice']) {
			await db.schema.alterTable('logs').addColumn(column, 'text').execute();
		}
		await db.schema
			.alterTable('configs')
			.addColumn('type', 'text', (column) => column.notNull().defaultTo('model'))
			.execute();
		await (dialect === 'postgres' ? createPostgresTrigger : createSqliteTrigger)(db);
		await createIndexes(db);
	},
});
