import { sql } from 'kysely';
import type { PageOf, Project, ProjectListing, ProjectRecord } from '../domain/store.ts';
import type { Database, Tables } from './tables.ts';

function toProject(row: Tables['projects']): Project {
	return {
		id: row.id,
		name: row.name,
		activeConfigId: row.active_config_id,
		createdAt: row.created_at,
		updatedAt: row.updated_at,
	};
}

export async function projectBy(db: Database, column: 'id' | 'name', value: string): Promise<Project | undefined> {
	const row = await db.selectFrom('projects').selectAll().where(column, '=', value).executeTakeFirst();
	return row && toProject(row);
}

/** The project of that name, made when there is none; also right when another process makes it at the same time. */
export async function findOrCreateProject(db: Database, name: string, proposedId: string): Promise<Project> {
	const known = await projectBy(db, 'name', name);
	if (known !== undefined) return known;
	const now = new Date().toISOString();
	await db
		.insertInto('projects')
		.values({ id: proposedId, name, active_config_id: null, created_at: now, updated_at: now })
		.onConflict((conflict) => conflict.column('name').doNothing())
		.execute();
	return (await projectBy(db, 'name', name)) as Project;
}

function selectRecords(db: Database) {
	return db
		.selectFrom('projects')
		.selectAll('projects')
		.select((eb) =>
			eb
				.selectFrom('logs')
				.whereRef('logs.project_id', '=', 'projects.id')
				.select((inner) => inner.fn.countAll<number>().as('logs'))
				.as('log_count'),
		);
}

function toRecord(row: Tables['projects'] & { log_count: number | null }): ProjectRecord {
	return { ...toProject(row), logCount: row.log_count ?? 0 };
}

export async function projectRecord(db: Database, id: string): Promise<ProjectRecord | undefined> {
	const row = await selectRecords(db).where('id', '=', id).executeTakeFirst();
	return row && toRecord(row);
}

/** A page of projects with the number of logs of each. The filter is part of the name, in any case. */
export async function listProjects(db: Database, listing: ProjectListing): Promise<PageOf<ProjectRecord>> {
	let matching = db.selectFrom('projects');
	let records = selectRecords(db);
	if (listing.filter !== undefined) {
		const isMatch = sql<boolean>`mentions(null, name, ${listing.filter.toLowerCase()})`;
		matching = matching.where(isMatch);
		records = records.where(isMatch);
	}
	const count = await matching.select((eb) => eb.fn.countAll<number>().as('total')).executeTakeFirstOrThrow();
	const rows = await records
		.orderBy(listing.sortBy, listing.order)
		.orderBy('id')
		.limit(listing.size)
		.offset(listing.page * listing.size)
		.execute();
	return { records: rows.map(toRecord), total: count.total };
}
