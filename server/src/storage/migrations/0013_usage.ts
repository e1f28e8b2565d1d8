import { type CreateTableBuilder, type Kysely, sql } from 'kysely';
import type { Migration } from 'kysely/migration';

const counts = [
	'calls',
	'failed_calls',
	'unpriced_calls',
	'prompt_tokens',
	'output_tokens',
	'cached_tokens',
	'cache_write_tokens',
	'reasoning_tokens',
	'prompt_cost_nanos',
	'output_cost_nanos',
];

type Table = CreateTableBuilder<string, string>;

function withCounts(table: Table): Table {
	let builder = table.addColumn('shard', 'integer', (column) => column.notNull());
	for (const name of counts) {
		builder = builder.addColumn(name, 'bigint', (column) => column.notNull());
	}
	return builder;
}

/**
 * What calls cost. The rows of `usage` outlive the logs, so they refer to nothing. `id` is the hash of the columns that calls
 * are counted by: some of them are too long for an index. `shard` is as in `log_counts`. What logs had cost before is not
 * known.
 */
export const usage: Migration = {
	async up(db: Kysely<unknown>) {
		let table: Table = db.schema.createTable('usage').addColumn('id', 'text', (column) => column.notNull());
		for (const name of [
			'day',
			'project_id',
			'config_id',
			'environment',
			'api_key_id',
			'workflow_id',
			'provider',
			'model',
		]) {
			table = table.addColumn(name, 'text', (column) => column.notNull());
		}
		await withCounts(table).addPrimaryKeyConstraint('usage_by_id', ['id', 'shard']).execute();
		await sql`create index usage_by_day on usage (day)`.execute(db);
		await sql`create index usage_of_project on usage (project_id, day)`.execute(db);
		const sessions: Table = db.schema
			.createTable('session_usage')
			.addColumn('session_id', 'text', (column) => column.notNull().references('sessions.id').onDelete('cascade'))
			.addColumn('project_id', 'text', (column) => column.notNull())
			.addColumn('day', 'text', (column) => column.notNull());
		await withCounts(sessions)
			.addPrimaryKeyConstraint('session_usage_by_session', ['session_id', 'project_id', 'day', 'shard'])
			.execute();
		await sql`create index session_usage_by_day on session_usage (day)`.execute(db);
		await sql`create index session_usage_of_project on session_usage (project_id, day)`.execute(db);
	},
};
