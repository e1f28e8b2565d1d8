import { type Expression, type ExpressionBuilder, sql, type SqlBool } from 'kysely';
import type { ArchivedConfig, ArchivedLog, ArchiveReads } from '../domain/archive.ts';
import { Log, type Project } from '../domain/entities.ts';
import { toArchivedConfig } from './archivedConfigs.ts';
import { codecOf } from './codec.ts';
import type { Dialect } from './dialect.ts';
import { feedbackOn } from './feedback.ts';
import { feedbackTypesOf } from './feedbackTypes.ts';
import { logSizes } from './logSizes.ts';
import { restoreValues } from './sharedValues.ts';
import type { Database, Tables } from './tables.ts';

const logCodec = codecOf(Log);

/** How many rows are read at a time, and about how many bytes of logs. */
const rowsPerPage = 500;
const maxBytes = 8 * 1024 * 1024;

/** All rows of a list that `read` returns page by page, each after the last row of the one before. */
async function* allRows<T>(read: (after: T | undefined) => Promise<T[]>): AsyncGenerator<T> {
	for (let last: T | undefined; ;) {
		const rows = await read(last);
		yield* rows;
		last = rows.at(-1);
		if (rows.length < rowsPerPage) return;
	}
}

/** Whether a config of `configs` is that of a log whose project is not deleted. */
function isOfLog(eb: ExpressionBuilder<Tables, 'configs'>): Expression<SqlBool> {
	const logs = eb
		.selectFrom('logs')
		.leftJoin('projects as logProjects', 'logProjects.id', 'logs.projectId')
		.select('logs.id')
		.whereRef('logs.configId', '=', 'configs.id')
		.where('logProjects.deletedAt', 'is', null);
	return eb.exists(logs);
}

/** The next projects that are not deleted, or have a config that other projects' logs have. */
async function nextProjects(db: Database, after: Project | undefined): Promise<Project[]> {
	return db
		.selectFrom('projects')
		.selectAll()
		.where('id', '>', after?.id ?? '')
		.where((eb) => {
			const configs = eb.selectFrom('configs').select('configs.id').whereRef('configs.projectId', '=', 'projects.id');
			return eb.or([eb('deletedAt', 'is', null), eb.exists(configs.where(isOfLog))]);
		})
		.orderBy('id')
		.limit(rowsPerPage)
		.execute();
}

async function configsOf(db: Database, { id, deletedAt }: Project): Promise<ArchivedConfig[]> {
	let configs = db.selectFrom('configs').selectAll().where('projectId', '=', id);
	if (deletedAt !== null) configs = configs.where(isOfLog);
	return (await configs.orderBy('id').execute()).map(toArchivedConfig);
}

type LogKey = Pick<Log, 'id' | 'createdAt' | 'sampleIndex'>;

/** The keys of the next logs of a project, or of those without one. */
async function nextKeys(db: Database, projectId: string | null, after: LogKey | undefined): Promise<LogKey[]> {
	let query = db.selectFrom('logs').select(['id', 'createdAt', 'sampleIndex']);
	query = projectId === null ? query.where('projectId', 'is', null) : query.where('projectId', '=', projectId);
	if (after !== undefined) {
		// The first condition is for the index, which has the two others in the opposite order.
		query = query.where('createdAt', '>=', after.createdAt).where((eb) => {
			const isLater: Expression<SqlBool>[] = [
				eb('createdAt', '>', after.createdAt),
				eb('sampleIndex', '>', after.sampleIndex),
				eb.and([eb('sampleIndex', '=', after.sampleIndex), eb('id', '>', after.id)]),
			];
			return eb.or(isLater);
		});
	}
	return query.orderBy('createdAt').orderBy('sampleIndex').orderBy('id').limit(rowsPerPage).execute();
}

/** Logs in groups that together have not too many bytes. */
function groupsOf(ids: string[], sizes: number[]): string[][] {
	const groups: string[][] = [];
	let room = 0;
	for (const [index, id] of ids.entries()) {
		const size = sizes[index] ?? 0;
		if (size > room || groups.length === 0) {
			groups.push([]);
			room = maxBytes;
		}
		groups.at(-1)?.push(id);
		room -= size;
	}
	return groups;
}

async function logsWithIds(db: Database, ids: string[]): Promise<ArchivedLog[]> {
	const rows = await db.selectFrom('logs').selectAll().where('id', 'in', ids).execute();
	const logs = rows.map((row) => logCodec.decode(row));
	await restoreValues(db, logs);
	const feedback = await feedbackOn(db, ids);
	const byId = new Map(logs.map((log) => [log.id, { ...log, feedback: feedback.get(log.id) ?? [] }]));
	return ids.flatMap((id) => byId.get(id) ?? []);
}

async function* logsOf(db: Database, projectId: string | null): AsyncGenerator<ArchivedLog> {
	for (let after: LogKey | undefined; ;) {
		const keys = await nextKeys(db, projectId, after);
		const ids = keys.map(({ id }) => id);
		for (const group of groupsOf(ids, await logSizes(db, ids))) yield* await logsWithIds(db, group);
		after = keys.at(-1);
		if (keys.length < rowsPerPage) return;
	}
}

/** Reads all of what the transaction of `db` sees. */
function archiveReads(db: Database): ArchiveReads {
	return {
		environments: () => db.selectFrom('environments').selectAll().orderBy('id').execute(),
		projects: () => allRows((after) => nextProjects(db, after)),
		feedbackTypes: (projectId) => feedbackTypesOf(db, [projectId]),
		configs: (project) => configsOf(db, project),
		deployed: (projectId) =>
			db
				.selectFrom('deployedConfigs')
				.selectAll()
				.where('projectId', '=', projectId)
				.orderBy('environmentId')
				.execute(),
		deployments: (projectId) =>
			allRows((after) =>
				db
					.selectFrom('deployments')
					.selectAll()
					.where('projectId', '=', projectId)
					.where('number', '>', after?.number ?? 0)
					.orderBy('number')
					.limit(rowsPerPage)
					.execute(),
			),
		aliases: () =>
			allRows((after) =>
				db
					.selectFrom('configAliases')
					.selectAll()
					.where('alias', '>', after?.alias ?? '')
					.orderBy('alias')
					.limit(rowsPerPage)
					.execute(),
			),
		sessions: () =>
			allRows((after) =>
				db
					.selectFrom('sessions')
					.selectAll()
					.where('id', '>', after?.id ?? '')
					.orderBy('id')
					.limit(rowsPerPage)
					.execute(),
			),
		logs: (projectId) => logsOf(db, projectId),
	};
}

/** Runs the work on one state of all data. It holds up neither reads nor writes of others. */
export async function snapshot<T>({ name, lists }: Dialect, work: (reads: ArchiveReads) => Promise<T>): Promise<T> {
	return lists()
		.connection()
		.execute(async (db) => {
			await sql.raw(name === 'postgres' ? 'begin isolation level repeatable read read only' : 'begin').execute(db);
			try {
				return await work(archiveReads(db));
			} finally {
				await sql`rollback`.execute(db).catch(() => undefined);
			}
		});
}
