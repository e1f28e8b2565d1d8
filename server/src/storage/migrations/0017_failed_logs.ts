import { type Kysely, sql } from 'kysely';
import type { Migration } from 'kysely/migration';

/** Lists of the logs that have an error. There are few, so the index takes hardly any room, and no time of other calls. */
export const failedLogs: Migration = {
	async up(db: Kysely<unknown>) {
		await sql`
			create index failed_logs on logs (project_id, created_at desc, sample_index, id, config_id, source)
			where error is not null
		`.execute(db);
	},
};
