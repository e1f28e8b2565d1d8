import type { Project } from '../domain/entities.ts';
import { newId } from '../domain/ids.ts';
import type { PageOf, ProjectListing, ProjectRecord } from '../domain/store.ts';
import type { Dialect, DialectName } from './dialect.ts';
import { sumOfCounts } from './logCounts.ts';
import { isUniqueViolation } from './postgresErrors.ts';
import { firstRow, prepared } from './prepared.ts';
import { expectRows } from './sqlite/executeLater.ts';
import type { Database } from './tables.ts';

function selectProject(column: 'id' | 'name') {
	return prepared<{ value: string }, Project>((db, value) =>
		db.selectFrom('projects').selectAll().where('deletedAt', 'is', null).where(column, '=', value('value')),
	);
}

const projectSelects = { id: selectProject('id'), name: selectProject('name') };

export async function projectBy(db: Database, column: 'id' | 'name', value: string): Promise<Project | undefined> {
	return firstRow(db, projectSelects[column](db, { value }));
}

export async function hasProjects(db: Database): Promise<boolean> {
	const projects = db.selectFrom('projects').select('id').where('deletedAt', 'is', null);
	return (await projects.limit(1).executeTakeFirst()) !== undefined;
}

/** The ID of the project with that name. If there is none, creates it, even if another process does so too. */
export async function findOrCreateProject(db: Database, name: string, reservedId: string): Promise<string> {
	const known = await projectBy(db, 'name', name);
	if (known !== undefined) return known.id;
	const now = new Date().toISOString();
	const project = { name, createdAt: now, updatedAt: now, deletedAt: null };
	await addProject(db, { ...project, id: reservedId });
	const stored = await projectBy(db, 'name', name);
	if (stored !== undefined) return stored.id;
	// A project that had the name before, and was renamed or deleted, has the reserved ID.
	await addProject(db, { ...project, id: newId('pr') });
	return ((await projectBy(db, 'name', name)) as Project).id;
}

/** Stores a project. Returns false if another one has its name or its ID, even if another process stores it meanwhile. */
export async function addProject(db: Database, project: Project): Promise<boolean> {
	const { numInsertedOrUpdatedRows: rows } = await db
		.insertInto('projects')
		.values(project)
		.onConflict((conflict) => conflict.doNothing())
		.executeTakeFirstOrThrow();
	return (rows ?? 0n) > 0n;
}

/** The project with that ID. In PostgreSQL, others who lock it wait until the transaction ends. */
export async function lockProject(dialect: DialectName, db: Database, id: string): Promise<Project | undefined> {
	return db
		.selectFrom('projects')
		.selectAll()
		.where('id', '=', id)
		.where('deletedAt', 'is', null)
		.$if(dialect === 'postgres', (query) => query.forNoKeyUpdate())
		.executeTakeFirst();
}

/** Returns false if another project has that name. Nothing else can be done in the transaction then. */
export async function renameProject(db: Database, id: string, name: string): Promise<boolean> {
	const known = await projectBy(db, 'name', name);
	if (known !== undefined) return known.id === id;
	const updatedAt = new Date().toISOString();
	try {
		await db.updateTable('projects').set({ name, updatedAt }).where('id', '=', id).execute();
		return true;
	} catch (error) {
		// Another process has given it to another project meanwhile.
		if (isUniqueViolation(error)) return false;
		throw error;
	}
}

function selectKept(dialect: DialectName) {
	return prepared<{ id: string }>((db, value) =>
		db
			.selectFrom('projects')
			.select('id')
			.where('id', '=', value('id'))
			.where('deletedAt', 'is', null)
			.$if(dialect === 'postgres', (query) => query.forKeyShare()),
	);
}

const projectKeeps = { sqlite: selectKept('sqlite'), postgres: selectKept('postgres') };

/**
 * Whether a project is there. Nobody deletes it until the transaction ends, so a deletion finds what the transaction stores
 * there.
 */
export async function keepProject(dialect: DialectName, db: Database, id: string): Promise<boolean> {
	return (await expectRows(db, projectKeeps[dialect](db, { id }), 1)) === 1;
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
		)
		.select((eb) =>
			eb
				.selectFrom('deployedConfigs')
				.innerJoin('environments', 'environments.id', 'deployedConfigs.environmentId')
				.whereRef('deployedConfigs.projectId', '=', 'projects.id')
				.where('environments.tag', '=', 'default')
				.select('deployedConfigs.configId')
				.as('activeConfigId'),
		)
		.where('deletedAt', 'is', null);
}

export async function projectRecord(db: Database, id: string): Promise<ProjectRecord | undefined> {
	return selectRecords(db).where('id', '=', id).executeTakeFirst();
}

/** A page of projects with the number of their logs. */
export async function listProjects(dialect: Dialect, listing: ProjectListing): Promise<PageOf<ProjectRecord>> {
	let matching = dialect.reader.selectFrom('projects').where('deletedAt', 'is', null);
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
