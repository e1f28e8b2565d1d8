import { type Kysely, sql } from 'kysely';
import type { Migration } from 'kysely/migration';

/**
 * Lets the samples of a call refer to the log that has their common values; see ../sharedValues.ts. Logs of earlier versions
 * keep their own values and refer to none. The indexes are for deleting logs, and hold the later samples only.
 */
export const sharedValues: Migration = {
	async up(db: Kysely<unknown>) {
		for (const [column, index] of [
			['call_log_id', 'logs_of_call'],
			['response_log_id', 'logs_of_response'],
		] as const) {
			await db.schema
				.alterTable('logs')
				.addColumn(column, 'text', (definition) => definition.references('logs.id'))
				.execute();
			await db.schema.createIndex(index).on('logs').column(column).where(sql.ref(column), 'is not', null).execute();
		}
	},
};
