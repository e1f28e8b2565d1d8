import type { Kysely } from 'kysely';
import type { Migration } from 'kysely/migration';

/** Where the call of a log came from, as JSON. Earlier logs do not know. */
export const callOrigin: Migration = {
	async up(db: Kysely<unknown>) {
		await db.schema.alterTable('logs').addColumn('call_origin', 'text').execute();
	},
};
