import { type Kysely, sql } from 'kysely';
import type { Migration } from 'kysely/migration';
import type { DialectName } from '../dialect.ts';

// These can run again where they were broken off: earlier versions ran them without a transaction.

/** Every log has a config. It has a project, a session and a parent only if its call named one. */
const first = (dialect: DialectName): Migration => ({
	async up(db: Kysely<unknown>) {
		await db.schema
			.createTable('api_keys')
			.ifNotExists()
			.addColumn('hash', 'text', (column) => column.primaryKey())
			.addColumn('created_at', 'text', (column) => column.notNull())
			.execute();
		await db.schema
			.createTable('projects')
			.ifNotExists()
			.addColumn('id', 'text', (column) => column.primaryKey())
			.addColumn('name', 'text', (column) => column.notNull().unique())
			.addColumn('active_config_id', 'text')
			.addColumn('created_at', 'text', (column) => column.notNull())
			.addColumn('updated_at', 'text', (column) => column.notNull())
			.execute();
		await db.schema
			.createTable('configs')
			.ifNotExists()
			.addColumn('id', 'text', (column) => column.primaryKey())
			.addColumn('project_id', 'text', (column) => column.notNull().references('projects.id'))
			.addColumn('hash', 'text', (column) => column.notNull())
			.addColumn('name', 'text', (column) => column.notNull())
			.addColumn('description', 'text')
			.addColumn('parameters', 'text', (column) => column.notNull())
			.addColumn('created_at', 'text', (column) => column.notNull())
			.addColumn('updated_at', 'text', (column) => column.notNull())
			.addUniqueConstraint('configs_equal', ['project_id', 'hash'])
			.execute();
		await db.schema
			.createTable('sessions')
			.ifNotExists()
			.addColumn('id', 'text', (column) => column.primaryKey())
			.addColumn('reference_id', 'text', (column) => column.unique())
			.addColumn('created_at', 'text', (column) => column.notNull())
			.addColumn('updated_at', 'text', (column) => column.notNull())
			.execute();
		await createLogs(db, dialect);
	},
});

async function createLogs(db: Kysely<unknown>, dialect: DialectName) {
	// SQLite's integer has up to 8 bytes, PostgreSQL's has 4.
	const tokens = dialect === 'postgres' ? 'bigint' : 'integer';
	await db.schema
		.createTable('logs')
		.ifNotExists()
		.addColumn('id', 'text', (column) => column.primaryKey())
		.addColumn('project_id', 'text', (column) => column.references('projects.id'))
		.addColumn('config_id', 'text', (column) => column.notNull().references('configs.id'))
		.addColumn('session_id', 'text', (column) => column.references('sessions.id'))
		.addColumn('parent_id', 'text', (column) => column.references('logs.id'))
		.addColumn('reference_id', 'text', (column) => column.unique())
		.addColumn('sample_index', 'integer', (column) => column.notNull())
		.addColumn('inputs', 'text')
		.addColumn('messages', 'text')
		.addColumn('output', 'text')
		.addColumn('raw_output', 'text')
		.addColumn('output_message', 'text')
		.addColumn('finish_reason', 'text')
		.addColumn('source', 'text')
		.addColumn('metadata', 'text')
		.addColumn('save', 'integer', (column) => column.notNull())
		.addColumn('source_datapoint_id', 'text')
		.addColumn('user', 'text')
		.addColumn('error', 'text')
		.addColumn('stdout', 'text')
		.addColumn('duration', sql`double precision`)
		.addColumn('provider_latency', sql`double precision`)
		.addColumn('prompt_tokens', tokens)
		.addColumn('output_tokens', tokens)
		.addColumn('prompt_cost', sql`double precision`)
		.addColumn('output_cost', sql`double precision`)
		.addColumn('provider_request', 'text')
		.addColumn('provider_response', 'text')
		.addColumn('created_at', 'text', (column) => column.notNull())
		.addColumn('updated_at', 'text', (column) => column.notNull())
		.execute();
	await db.schema
		.createIndex('logs_by_project')
		.ifNotExists()
		.on('logs')
		.columns(['project_id', 'created_at'])
		.execute();
	await db.schema.createIndex('logs_by_config').ifNotExists().on('logs').columns(['config_id', 'created_at']).execute();
	await db.schema.createIndex('logs_by_session').ifNotExists().on('logs').column('session_id').execute();
}

/** Responses for repeats with the same Idempotency-Key. The scope is the hash of the API key. */
const replays: Migration = {
	async up(db: Kysely<unknown>) {
		await db.schema
			.createTable('replays')
			.ifNotExists()
			.addColumn('scope', 'text', (column) => column.notNull())
			.addColumn('key', 'text', (column) => column.notNull())
			.addColumn('fingerprint', 'text', (column) => column.notNull())
			.addColumn('answer', 'text', (column) => column.notNull())
			.addColumn('created_at', 'text', (column) => column.notNull())
			.addPrimaryKeyConstraint('replays_by_key', ['scope', 'key'])
			.execute();
		await db.schema.createIndex('replays_by_age').ifNotExists().on('replays').column('created_at').execute();
	},
};

/** Feedback on logs. Also which projects have logs in a session, so that listing sessions does not read logs. */
const feedbackAndSessions: Migration = {
	async up(db: Kysely<unknown>) {
		await db.schema
			.createTable('feedback')
			.ifNotExists()
			.addColumn('id', 'text', (column) => column.primaryKey())
			.addColumn('log_id', 'text', (column) => column.notNull().references('logs.id'))
			.addColumn('type', 'text', (column) => column.notNull())
			.addColumn('value', 'text', (column) => column.notNull())
			.addColumn('user', 'text')
			.addColumn('created_at', 'text', (column) => column.notNull())
			.execute();
		await db.schema.createIndex('feedback_by_log').ifNotExists().on('feedback').column('log_id').execute();
		await db.schema
			.createTable('session_projects')
			.ifNotExists()
			.addColumn('project_id', 'text', (column) => column.notNull().references('projects.id'))
			.addColumn('session_created_at', 'text', (column) => column.notNull())
			.addColumn('session_id', 'text', (column) => column.notNull().references('sessions.id'))
			.addPrimaryKeyConstraint('sessions_by_project', ['project_id', 'session_created_at', 'session_id'])
			.execute();
		await db.schema
			.createIndex('projects_by_session')
			.ifNotExists()
			.on('session_projects')
			.column('session_id')
			.execute();
		await sql`
      insert into session_projects
      select distinct logs.project_id, sessions.created_at, sessions.id
      from logs join sessions on sessions.id = logs.session_id
      where logs.project_id is not null
      on conflict do nothing
    `.execute(db);
		await db.schema
			.createIndex('logs_in_session')
			.ifNotExists()
			.on('logs')
			.columns(['session_id', 'created_at', 'sample_index'])
			.execute();
		await db.schema.dropIndex('logs_by_session').ifExists().execute();
		// The index has the order and all columns of the list, so a late page costs little more than the first.
		await db.schema
			.createIndex('logs_in_project')
			.ifNotExists()
			.on('logs')
			.columns(['project_id', 'created_at desc', 'sample_index', 'id'])
			.execute();
		await db.schema.dropIndex('logs_by_project').ifExists().execute();
		await sql`
      update sessions set updated_at = coalesce(
        (select max(logs.updated_at) from logs where logs.session_id = sessions.id),
        updated_at
      )
    `.execute(db);
	},
};

/** Renames `replays` and its column `answer`. */
const savedResponses = (dialect: DialectName): Migration => ({
	async up(db: Kysely<unknown>) {
		// The old name of the table shows that it is not done yet. PostgreSQL was never used by those earlier versions.
		const { isThere, hasAnswer } = dialect === 'postgres' ? { isThere: true, hasAnswer: true } : await replaysIn(db);
		if (hasAnswer) await db.schema.alterTable('replays').renameColumn('answer', 'response').execute();
		if (isThere) await db.schema.alterTable('replays').renameTo('saved_responses').execute();
		await db.schema
			.createIndex('saved_responses_by_age')
			.ifNotExists()
			.on('saved_responses')
			.column('created_at')
			.execute();
		await db.schema.dropIndex('replays_by_age').ifExists().execute();
	},
});

async function replaysIn(db: Kysely<unknown>): Promise<{ isThere: boolean; hasAnswer: boolean }> {
	const table = (await db.introspection.getTables()).find(({ name }) => name === 'replays');
	return { isThere: table !== undefined, hasAnswer: table?.columns.some(({ name }) => name === 'answer') ?? false };
}

/** The migrations up to 0004, in order. */
export const earlyMigrations: Record<string, Migration | ((dialect: DialectName) => Migration)> = {
	'0001_first': first,
	'0002_replays': replays,
	'0003_feedback_and_sessions': feedbackAndSessions,
	'0004_saved_responses': savedResponses,
};
