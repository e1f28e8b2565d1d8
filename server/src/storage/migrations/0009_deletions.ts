import { type Kysely, sql } from 'kysely';
import type { Migration } from 'kysely/migration';

/**
 * Requests to delete what belongs to a person or a session, and the indexes that deleting needs. Without the one on
 * parents, the check of the foreign key would read all logs for each log that is deleted.
 */
export const deletions: Migration = {
	async up(db: Kysely<unknown>) {
		await db.schema
			.createTable('deletions')
			.addColumn('id', 'text', (column) => column.primaryKey())
			.addColumn('kind', 'text', (column) => column.notNull())
			.addColumn('subject', 'text')
			.addColumn('subject_hash', 'text', (column) => column.notNull())
			.addColumn('deleted_logs', 'integer', (column) => column.notNull())
			.addColumn('deleted_feedback', 'integer', (column) => column.notNull())
			.addColumn('deleted_responses', 'integer', (column) => column.notNull())
			.addColumn('created_at', 'text', (column) => column.notNull())
			.addColumn('finished_at', 'text')
			.execute();
		await sql`create index deletions_by_time on deletions (created_at desc, id)`.execute(db);
		await sql`create index logs_by_age on logs (created_at)`.execute(db);
		await sql`create index logs_of_user on logs ("user", updated_at) where "user" is not null`.execute(db);
		await sql`create index logs_of_parent on logs (parent_id) where parent_id is not null`.execute(db);
		await sql`create index feedback_of_user on feedback ("user", created_at) where "user" is not null`.execute(db);
	},
};
