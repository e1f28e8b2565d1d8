import { type Kysely, sql } from 'kysely';
import type { Migration } from 'kysely/migration';
import { contentId } from '../../domain/ids.ts';

/** The ID of the environment that every database has, the same in each. */
const production = contentId('env', 'production');

async function createEnvironments(db: Kysely<unknown>): Promise<void> {
	await db.schema
		.createTable('environments')
		.addColumn('id', 'text', (column) => column.primaryKey())
		.addColumn('name', 'text', (column) => column.notNull().unique())
		.addColumn('tag', 'text', (column) => column.notNull())
		.execute();
	await sql`create unique index one_default_environment on environments (tag) where tag = 'default'`.execute(db);
	await sql`insert into environments (id, name, tag) values (${production}, 'production', 'default')`.execute(db);
}

async function createDeployedConfigs(db: Kysely<unknown>): Promise<void> {
	await db.schema
		.createTable('deployed_configs')
		.addColumn('project_id', 'text', (column) => column.notNull().references('projects.id'))
		.addColumn('environment_id', 'text', (column) => column.notNull().references('environments.id'))
		.addColumn('config_id', 'text', (column) => column.notNull().references('configs.id'))
		.addPrimaryKeyConstraint('deployed_in_project', ['project_id', 'environment_id'])
		.execute();
	// For the checks of the foreign keys, and for deleting an environment.
	await sql`create index deployed_in_environment on deployed_configs (environment_id)`.execute(db);
}

/** Environments can be deleted, so the history keeps their names and does not refer to them. */
async function createDeployments(db: Kysely<unknown>): Promise<void> {
	await db.schema
		.createTable('deployments')
		.addColumn('id', 'text', (column) => column.primaryKey())
		.addColumn('project_id', 'text', (column) => column.notNull().references('projects.id'))
		.addColumn('number', 'integer', (column) => column.notNull())
		.addColumn('environment_id', 'text', (column) => column.notNull())
		.addColumn('environment_name', 'text', (column) => column.notNull())
		.addColumn('config_id', 'text')
		.addColumn('replaced_config_id', 'text')
		.addColumn('rollback_of', 'text')
		.addColumn('actor_key_id', 'text')
		.addColumn('actor_name', 'text')
		.addColumn('created_at', 'text', (column) => column.notNull())
		.execute();
	await sql`create unique index deployments_in_project on deployments (project_id, number)`.execute(db);
	await sql`create index deployments_in_environment on deployments (project_id, environment_id, number)`.execute(db);
}

/** Up to now, the active config of a project was its first one. It is deployed in the default environment. */
async function deployActiveConfigs(db: Kysely<unknown>): Promise<void> {
	await sql`
		insert into deployed_configs (project_id, environment_id, config_id)
		select project_id, ${production}, configs.id
		from projects join configs on configs.id = projects.active_config_id
	`.execute(db);
	await sql`
		insert into deployments (id, project_id, number, environment_id, environment_name, config_id, created_at)
		select 'dep_' || replace(projects.id, 'pr_', ''), projects.id, 1, ${production}, 'production', configs.id,
			configs.created_at
		from projects join configs on configs.id = projects.active_config_id
	`.execute(db);
	await sql`alter table projects drop column active_config_id`.execute(db);
}

async function createFeedbackTypes(db: Kysely<unknown>): Promise<void> {
	await db.schema
		.createTable('feedback_types')
		.addColumn('project_id', 'text', (column) => column.notNull().references('projects.id'))
		.addColumn('type', 'text', (column) => column.notNull())
		.addColumn('class', 'text', (column) => column.notNull())
		.addColumn('values', 'text', (column) => column.notNull())
		.addPrimaryKeyConstraint('feedback_types_of_project', ['project_id', 'type'])
		.execute();
}

/**
 * A deleted project keeps its row, because logs can refer to it: those that are not deleted yet, and those of calls that
 * were in flight. Lists have an index without such rows.
 */
async function markDeletedProjects(db: Kysely<unknown>): Promise<void> {
	await db.schema.alterTable('projects').addColumn('deleted_at', 'text').execute();
	await db.schema.dropIndex('projects_by_creation').execute();
	await db.schema.dropIndex('projects_by_update').execute();
	await sql`create index projects_by_creation on projects (created_at, id) where deleted_at is null`.execute(db);
	await sql`create index projects_by_update on projects (updated_at, id) where deleted_at is null`.execute(db);
	await sql`create index projects_by_name on projects (name, id) where deleted_at is null`.execute(db);
}

/** Environments, what is deployed in them and what was; types of feedback; projects that are deleted. */
export const environments: Migration = {
	async up(db: Kysely<unknown>) {
		await createEnvironments(db);
		await createDeployedConfigs(db);
		await createDeployments(db);
		await deployActiveConfigs(db);
		await createFeedbackTypes(db);
		await markDeletedProjects(db);
	},
};
