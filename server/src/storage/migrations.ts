import { type Kysely, sql } from 'kysely';
import { type Migration, Migrator } from 'kysely/migration';
import type { Database } from './tables.ts';

/** The first schema. Every log has a config; a project, a session and a parent only where the call named one. */
const first: Migration = {
  async up(db: Kysely<unknown>) {
    await db.schema
      .createTable('api_keys')
      .addColumn('hash', 'text', (column) => column.primaryKey())
      .addColumn('created_at', 'text', (column) => column.notNull())
      .execute();
    await db.schema
      .createTable('projects')
      .addColumn('id', 'text', (column) => column.primaryKey())
      .addColumn('name', 'text', (column) => column.notNull().unique())
      .addColumn('active_config_id', 'text')
      .addColumn('created_at', 'text', (column) => column.notNull())
      .addColumn('updated_at', 'text', (column) => column.notNull())
      .execute();
    await db.schema
      .createTable('configs')
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
      .addColumn('id', 'text', (column) => column.primaryKey())
      .addColumn('reference_id', 'text', (column) => column.unique())
      .addColumn('created_at', 'text', (column) => column.notNull())
      .addColumn('updated_at', 'text', (column) => column.notNull())
      .execute();
    await createLogs(db);
  },
};

async function createLogs(db: Kysely<unknown>) {
  await db.schema
    .createTable('logs')
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
    .addColumn('prompt_tokens', 'integer')
    .addColumn('output_tokens', 'integer')
    .addColumn('prompt_cost', sql`double precision`)
    .addColumn('output_cost', sql`double precision`)
    .addColumn('provider_request', 'text')
    .addColumn('provider_response', 'text')
    .addColumn('created_at', 'text', (column) => column.notNull())
    .addColumn('updated_at', 'text', (column) => column.notNull())
    .execute();
  await db.schema.createIndex('logs_by_project').on('logs').columns(['project_id', 'created_at']).execute();
  await db.schema.createIndex('logs_by_config').on('logs').columns(['config_id', 'created_at']).execute();
  await db.schema.createIndex('logs_by_session').on('logs').column('session_id').execute();
}

/** Answers for repeats with the same Idempotency-Key; the scope is the hash of an API key. */
const replays: Migration = {
  async up(db: Kysely<unknown>) {
    await db.schema
      .createTable('replays')
      .addColumn('scope', 'text', (column) => column.notNull())
      .addColumn('key', 'text', (column) => column.notNull())
      .addColumn('fingerprint', 'text', (column) => column.notNull())
      .addColumn('answer', 'text', (column) => column.notNull())
      .addColumn('created_at', 'text', (column) => column.notNull())
      .addPrimaryKeyConstraint('replays_by_key', ['scope', 'key'])
      .execute();
    await db.schema.createIndex('replays_by_age').on('replays').column('created_at').execute();
  },
};

const migrations: Record<string, Migration> = { '0001_first': first, '0002_replays': replays };

/** Brings the schema up to date; throws what the failing migration threw. */
export async function migrate(db: Database): Promise<void> {
  const migrator = new Migrator({ db, provider: { getMigrations: async () => migrations } });
  const { error } = await migrator.migrateToLatest();
  if (error !== undefined) throw error instanceof Error ? error : new Error('migration failed', { cause: error });
}
