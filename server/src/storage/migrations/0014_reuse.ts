import { type Kysely, sql } from 'kysely';
import type { Migration } from 'kysely/migration';

/**
 * What identifies a call, so that the same call finds its answer, and the ID of the log whose answer a log repeats. The ID
 * stays when that log is deleted. Earlier logs have neither.
 */
export const reuse: Migration = {
	async up(db: Kysely<unknown>) {
		await db.schema.alterTable('logs').addColumn('answer_hash', 'text').execute();
		await db.schema.alterTable('logs').addColumn('reused_log_id', 'text').execute();
		await sql`
			create index logs_of_answer on logs (answer_hash, created_at) where answer_hash is not null
		`.execute(db);
	},
};
