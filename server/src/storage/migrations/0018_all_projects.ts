import { type Kysely, sql } from 'kysely';
import type { Migration } from 'kysely/migration';

/** Lists of the logs of all projects. Each index has all columns that such a list needs to find a page. */
export const allProjects: Migration = {
	async up(db: Kysely<unknown>) {
		await sql`create index logs_by_time on logs (created_at desc, sample_index, id, project_id)`.execute(db);
		// The new index finds old logs too.
		await db.schema.dropIndex('logs_by_age').execute();
		await sql`
			create index failed_logs_by_time on logs (created_at desc, sample_index, id, project_id, config_id, source)
			where error is not null
		`.execute(db);
		await sql`create index deleted_projects on projects (id) where deleted_at is not null`.execute(db);
	},
};
