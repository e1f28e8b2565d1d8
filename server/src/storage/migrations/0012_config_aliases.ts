import type { Kysely } from 'kysely';
import type { Migration } from 'kysely/migration';

/** IDs under which a config is found beside its own: those of equal versions that were imported, and older ones. */
export const configAliases: Migration = {
	async up(db: Kysely<unknown>) {
		await db.schema
			.createTable('config_aliases')
			.addColumn('alias', 'text', (column) => column.primaryKey())
			.addColumn('config_id', 'text', (column) => column.notNull().references('configs.id').onDelete('cascade'))
			.execute();
		// Without it, deleting a config would read all aliases.
		await db.schema.createIndex('aliases_of_config').on('config_aliases').column('config_id').execute();
	},
};
