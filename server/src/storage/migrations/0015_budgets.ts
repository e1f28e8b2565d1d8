import { type Kysely, sql } from 'kysely';
import type { Migration } from 'kysely/migration';

/** Budgets of API keys and projects, and what is set aside in them for calls. Amounts are billionths of a US dollar. */
export const budgets: Migration = {
	async up(db: Kysely<unknown>) {
		await db.schema
			.createTable('budgets')
			.addColumn('id', 'text', (column) => column.primaryKey())
			.addColumn('kind', 'text', (column) => column.notNull())
			.addColumn('subject', 'text', (column) => column.notNull())
			.addColumn('period', 'text', (column) => column.notNull())
			.addColumn('limit_nanos', 'bigint', (column) => column.notNull())
			.addColumn('period_start', 'text', (column) => column.notNull())
			.addColumn('spent_nanos', 'bigint', (column) => column.notNull())
			.addColumn('reserved_nanos', 'bigint', (column) => column.notNull())
			.addColumn('created_at', 'text', (column) => column.notNull())
			.addColumn('updated_at', 'text', (column) => column.notNull())
			.addUniqueConstraint('budgets_by_subject', ['kind', 'subject', 'period'])
			.execute();
		await db.schema
			.createTable('budget_reservations')
			.addColumn('id', 'text', (column) => column.notNull())
			.addColumn('budget_id', 'text', (column) => column.notNull().references('budgets.id').onDelete('cascade'))
			.addColumn('period_start', 'text', (column) => column.notNull())
			.addColumn('nanos', 'bigint', (column) => column.notNull())
			.addColumn('settled_nanos', 'bigint')
			.addColumn('expires_at', 'text', (column) => column.notNull())
			.addPrimaryKeyConstraint('budget_reservations_by_id', ['id', 'budget_id'])
			.execute();
		await sql`create index reservations_of_budget on budget_reservations (budget_id, expires_at)`.execute(db);
	},
};
