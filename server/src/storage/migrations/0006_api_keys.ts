import { type Kysely, sql } from 'kysely';
import type { Migration } from 'kysely/migration';
import { contentId } from '../../domain/ids.ts';

type EarlierKey = { hash: string; created_at: string };

async function createApiKeys(db: Kysely<unknown>): Promise<void> {
	await db.schema
		.createTable('api_keys')
		.addColumn('id', 'text', (column) => column.primaryKey())
		.addColumn('hash', 'text', (column) => column.notNull().unique())
		.addColumn('scope', 'text', (column) => column.notNull())
		.addColumn('name', 'text', (column) => column.notNull())
		.addColumn('role', 'text', (column) => column.notNull())
		.addColumn('requests_per_minute', 'integer')
		.addColumn('created_at', 'text', (column) => column.notNull())
		.addColumn('created_by', 'text', (column) => column.notNull())
		.addColumn('last_used_at', 'text')
		.addColumn('expires_at', 'text')
		.addColumn('revoked_at', 'text')
		.addColumn('replaced_by', 'text')
		.execute();
	await db.schema
		.createIndex('api_key_names_in_use')
		.unique()
		.on('api_keys')
		.column('name')
		.where(sql.ref('revoked_at'), 'is', null)
		.where(sql.ref('replaced_by'), 'is', null)
		.execute();
}

async function createAuditEntries(db: Kysely<unknown>): Promise<void> {
	await db.schema
		.createTable('audit_entries')
		.addColumn('id', 'text', (column) => column.primaryKey())
		.addColumn('at', 'text', (column) => column.notNull())
		.addColumn('actor_key_id', 'text')
		.addColumn('actor_name', 'text', (column) => column.notNull())
		.addColumn('action', 'text', (column) => column.notNull())
		.addColumn('subject', 'text', (column) => column.notNull())
		.addColumn('details', 'text', (column) => column.notNull())
		.execute();
	await db.schema.createIndex('audit_entries_by_time').on('audit_entries').columns(['at desc', 'id']).execute();
}

/**
 * Keys get an ID, a name and a role. The keys of earlier versions could do everything, so they become admins. Their scope
 * of saved responses stays their own hash.
 */
export const apiKeys: Migration = {
	async up(db: Kysely<unknown>) {
		const earlier = await sql<EarlierKey>`select hash, created_at from api_keys order by created_at, hash`.execute(db);
		await db.schema.dropTable('api_keys').execute();
		await createApiKeys(db);
		for (const [index, { hash, created_at: createdAt }] of earlier.rows.entries()) {
			const name = index === 0 ? 'first key' : `earlier key ${index + 1}`;
			await sql`
				insert into api_keys (id, hash, scope, name, role, created_at, created_by)
				values (${contentId('key', hash)}, ${hash}, ${hash}, ${name}, 'admin', ${createdAt}, 'an earlier version')
			`.execute(db);
		}
		await createAuditEntries(db);
	},
};
