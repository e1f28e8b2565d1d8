import { type RawBuilder, type SelectQueryBuilder, sql, type SqlBool } from 'kysely';
import type { LogListing } from '../domain/store.ts';
import { hasModel } from './configModels.ts';
import type { Dialect } from './dialect.ts';
import { latestFeedbackIs } from './feedbackFilter.ts';
import { isInProjects } from './inProjects.ts';
import { fold } from './search/searchText.ts';
import type { Tables } from './tables.ts';

/** Lists with filters are counted up to here. Beyond that, their total is a lower bound. */
export const maxCounted = 10_000;

export type Filters = LogListing & {
	/** The configs of the filter, or those that have its models. */
	configIds?: string[];
	/** In a list of all projects: those whose index by source is asked. */
	projectIds?: string[];
	/** In a list of so many projects that logs have to be looked at one by one: one of these sources. */
	soughtSources?: string[];
	/** If so many configs have the models of the filter that logs have to be looked at one by one: one of these models. */
	soughtModels?: string[];
};

/** What a list is sorted by. The samples of a call have one time. */
export type LogKey = { id: string; createdAt: string; sampleIndex: number };

/** With more configs or projects than this, logs are looked at one by one. SQLite's statements have at most 500 parts. */
export const maxStreams = 100;

/** The total that a page proves: what is before it and on it. `rows` has one row more than the page if there is more. */
export function totalFrom(offset: number, rows: number): number {
	return rows === 0 ? 0 : offset + rows;
}

/** Whether the oldest logs are first. */
function isOldestFirst({ sort = [] }: LogListing): boolean {
	return sort.some(({ column, isDescending }) => column === 'createdAt' && !isDescending);
}

/** The direction of the times in a list. */
export function directionOf(listing: LogListing): 'asc' | 'desc' {
	return isOldestFirst(listing) ? 'asc' : 'desc';
}

type Logs = SelectQueryBuilder<Tables, 'logs', object>;

/**
 * The logs that a list's filters leave, but for what `rowConditions` says. Each of the queries has an index with the order of
 * the list, and no log is in two of them.
 */
function streamsOf({ reader }: Dialect, filters: Filters): Logs[] {
	const { projectId, projectIds, sessionId, sources, configIds, failed, from, before } = filters;
	const project = sql.ref<string>('logs.projectId');
	let logs: Logs = reader.selectFrom('logs');
	if (failed !== undefined) logs = logs.where('error', failed ? 'is not' : 'is', null);
	if (from !== undefined) logs = logs.where('createdAt', '>=', from);
	// Each log has a time. Without this, SQLite would read the whole table instead of the index by time.
	else if (projectId === undefined) logs = logs.where('createdAt', '>', '');
	if (before !== undefined) logs = logs.where('createdAt', '<', before);
	if (failed === true && sessionId === undefined) {
		// There are few, in an index of their own. An empty text is added so that no other index is used.
		if (sources !== undefined) logs = logs.where(sql`source || ''`, 'in', sources);
		if (configIds !== undefined) logs = logs.where(sql`config_id || ''`, 'in', configIds);
		return [logs.where(isInProjects(project, projectId))];
	}
	if (sessionId !== undefined || configIds !== undefined) {
		if (sources !== undefined) logs = logs.where('source', 'in', sources);
		// Without the index by project: the others answer faster.
		logs = logs.where(isInProjects(sql`${project} || ''`, projectId));
		// A session has few logs, so its index is faster than the others.
		if (sessionId !== undefined) {
			if (configIds !== undefined) logs = logs.where('configId', 'in', configIds);
			return [logs.where('sessionId', '=', sessionId)];
		}
		return (configIds as string[]).map((id) => logs.where('configId', '=', id));
	}
	if (sources === undefined) return [logs.where(isInProjects(project, projectId))];
	const projects = projectId === undefined ? (projectIds ?? []) : [projectId];
	return projects.flatMap((id) =>
		sources.map((source) => logs.where('projectId', '=', id).where('source', '=', source)),
	);
}

/** The number of logs that the filters leave, but for what `rowConditions` says. It stops counting at `limit`. */
export async function countLogs(dialect: Dialect, filters: Filters, limit: number): Promise<number> {
	const { reader } = dialect;
	const parts = streamsOf(dialect, filters).map((logs) =>
		reader.selectFrom(logs.select('id').limit(limit).as('some')).select('id'),
	);
	const [first, ...others] = parts as [(typeof parts)[number], ...typeof parts];
	const some = others.reduce((all, one) => all.unionAll(one), first).limit(limit);
	const { total } = await reader
		.selectFrom(some.as('some'))
		.select((eb) => eb.fn.countAll<number>().as('total'))
		.executeTakeFirstOrThrow();
	return total;
}

type Keys = SelectQueryBuilder<Tables, 'logs', LogKey>;

/** A part of a list: how many logs, after how many others or after a certain one. */
type Part = { limit: number; offset?: number; after?: LogKey | undefined };

/** The logs that the filters leave, in the order of their times: a part of them. */
export function nextLogs(dialect: Dialect, filters: Filters, { limit, offset = 0, after }: Part): Keys {
	const { reader } = dialect;
	const direction = directionOf(filters);
	const streams = streamsOf(dialect, filters).map((logs) => {
		const keys = logs.select(['id', 'createdAt', 'sampleIndex']);
		const ordered = keys.orderBy('createdAt', direction).orderBy('sampleIndex').orderBy('id');
		if (after === undefined) return ordered;
		return ordered
			.where('createdAt', direction === 'asc' ? '>=' : '<=', after.createdAt)
			.where((eb) =>
				eb.or([
					eb('createdAt', direction === 'asc' ? '>' : '<', after.createdAt),
					eb('sampleIndex', '>', after.sampleIndex),
					eb.and([eb('sampleIndex', '=', after.sampleIndex), eb('id', '>', after.id)]),
				]),
			);
	});
	const [first, ...others] = streams as [(typeof streams)[number], ...typeof streams];
	if (others.length === 0) return first.limit(limit).offset(offset);
	const parts = streams.map((logs) => reader.selectFrom(logs.limit(offset + limit).as('part')).selectAll());
	const [part, ...more] = parts as [(typeof parts)[number], ...typeof parts];
	const all = more.reduce((some, one) => some.unionAll(one), part);
	return all
		.orderBy('createdAt', direction)
		.orderBy('sampleIndex')
		.orderBy('id')
		.limit(limit)
		.offset(offset) as unknown as Keys;
}

/** Whether logs have to be looked at one by one, because no index has what a filter asks for. */
export function hasRowConditions(filters: Filters): boolean {
	const { metadata, feedback, environments, otherSources, soughtSources, soughtModels } = filters;
	const all = [metadata, feedback, environments, otherSources, soughtSources, soughtModels];
	return all.some((filter) => filter !== undefined);
}

/**
 * What no index of logs has, as conditions on a table or alias with the columns `id`, `metadata`, `environment`, `source` and
 * `configId`.
 */
export function rowConditions(
	dialect: Dialect,
	{ metadata, feedback = [], environments, otherSources, soughtSources, soughtModels }: Filters,
	table: string,
): RawBuilder<SqlBool>[] {
	const conditions = feedback.map((filter) => latestFeedbackIs(filter, sql.ref(`${table}.id`)));
	if (metadata !== undefined) conditions.push(dialect.valuesContain(sql.ref(`${table}.metadata`), fold(metadata)));
	if (environments !== undefined) {
		conditions.push(sql`coalesce(${sql.ref(`${table}.environment`)}, '') in (${sql.join(environments)})`);
	}
	const source = sql`coalesce(${sql.ref(`${table}.source`)}, '')`;
	// An index has the logs of a source, but not all the others in the order of the list.
	if (otherSources !== undefined) conditions.push(sql`${source} not in (${sql.join(otherSources)})`);
	if (soughtSources !== undefined) conditions.push(sql`${source} in (${sql.join(soughtSources)})`);
	if (soughtModels !== undefined) conditions.push(hasModel(dialect, sql.ref(`${table}.configId`), soughtModels));
	return conditions;
}

/** All filters of a list, as a condition on the table of logs or an alias of it. */
export function logConditions(dialect: Dialect, filters: Filters, table: string): RawBuilder<SqlBool> {
	const { configIds, failed } = filters;
	const all = [...columnConditions(filters, table), ...rowConditions(dialect, filters, table)];
	if (configIds !== undefined) all.push(sql<boolean>`${sql.ref(`${table}.configId`)} in (${sql.join(configIds)})`);
	if (failed !== undefined) all.push(sql`${sql.ref(`${table}.error`)} ${sql.raw(failed ? 'is not null' : 'is null')}`);
	return sql`${sql.join(all, sql` and `)}`;
}

/** Those that the search index has too, as conditions on a table with these columns. */
export function columnConditions(
	{ projectId, sessionId, sources, from, before }: LogListing,
	table: string,
): RawBuilder<SqlBool>[] {
	const column = (name: string) => sql.ref(`${table}.${name}`);
	const all = [isInProjects(column('projectId'), projectId)];
	if (sessionId !== undefined) all.push(sql`${column('sessionId')} = ${sessionId}`);
	if (sources !== undefined) all.push(sql`${column('source')} in (${sql.join(sources)})`);
	if (from !== undefined) all.push(sql`${column('createdAt')} >= ${from}`);
	if (before !== undefined) all.push(sql`${column('createdAt')} < ${before}`);
	return all;
}
