import type { Project } from '../domain/entities.ts';
import type { PageOf, ProjectListing, ProjectRecord } from '../domain/store.ts';
import type { Dialect } from './dialect.ts';
import { sumOfCounts } from './logCounts.ts';
import type { Database } from './tables.ts';

export async function projectBy(db: Database, column: 'id' | 'name', value: string): Promise<Project | undefined> {
	return db.selectFrom('projects').selectAll().where(column, '=', value).executeTakeFirst();
}

export async function hasProjects(db: Database): Promise<boolean> {
	return (await db.selectFrom('projects').select('id').limit(1).executeTakeFirst()) !== undefined;
}

/** The ID of the project with that name. If there is none, creates it, even if another process does so too. */
export async function findOrCreateProject(db: Database, name: string, reservedId: string): Promise<string> {
	const known = await projectBy(db, 'name', name);
	if (known !== undefined) return known.id;
	const now = new Date().toISOString();
	await db
		.insertInto('projects')
		.values({ id: reservedId, name, activeConfigId: null, createdAt: now, updatedAt: now })
		.onConflict((conflict) => conflict.column('name').doNothing())
		.execute();
	return ((await projectBy(db, 'name', name)) as Project).id;
}

function selectRecords(db: Database) {
	return db
		.selectFrom('projects')
		.selectAll('projects')
		.select((eb) =>
			eb
				.selectFrom('logCounts')
				.whereRef('logCounts.projectId', '=', 'projects.id')
				.select(sumOfCounts.as('logs'))
				.$asScalar()
				.$notNull()
				.as('logCount'),
		);
}

export async function projectRecord(db: Database, id: string): Promise<ProjectRecord | undefined> {
	return selectRecords(db).where('id', '=', id).executeTakeFirst();
}

/** A page of projects with the number of their logs. */
export async function listProjects(dialect: Dialect, listing: ProjectListing): Promise<PageOf<ProjectRecord>> {
	let matching = dialect.reader.selectFrom('projects');
	let records = selectRecords(dialect.reader);
	if (listing.filter !== undefined) {
		const isMatch = dialect.projectNameContains(listing.filter);
		matching = matching.where(isMatch);
		records = records.where(isMatch);
	}
	const { total } = await matching.select((eb) => eb.fn.countAll<number>().as('total')).executeTakeFirstOrThrow();
	const rows = await records
		.orderBy(listing.sortBy, listing.order)
		.orderBy('id')
		.limit(listing.size)
		.offset(listing.page * listing.size)
		.execute();
	return { records: rows, total };
}
