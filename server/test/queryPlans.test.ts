import assert from 'node:assert/strict';
import { join } from 'node:path';
import test from 'node:test';
import { CompiledQuery, type KyselyPlugin, type RootOperationNode } from 'kysely';
import type { LogListing } from '../src/domain/store.ts';
import { configsInUse, configsOfProject } from '../src/storage/configs.ts';
import { deployedConfigId, listDeployments } from '../src/storage/deployments.ts';
import type { Dialect } from '../src/storage/dialect.ts';
import { feedbackTypesOf } from '../src/storage/feedbackTypes.ts';
import { listLogs, logRecord } from '../src/storage/logs.ts';
import { migrate } from '../src/storage/migrations.ts';
import { reusableSamples } from '../src/storage/reuse.ts';
import { listProjects, projectRecord } from '../src/storage/projects.ts';
import { listSessions, sessionRecord } from '../src/storage/sessions.ts';
import { openSqlite } from '../src/storage/sqlite.ts';
import { countColumns } from '../src/storage/usage.ts';
import { usageTotals } from '../src/storage/usageTotals.ts';
import type { UsageQuery } from '../src/domain/usage.ts';
import { addConfigs, fillDatabase, sources, words } from './reads/generate.ts';
import { tempDir } from './setup.ts';
import { openTestDatabase } from './storage/storage.ts';

/** What comes before a statement to learn how the database would run it. */
const explain = { sqlite: 'explain query plan', postgres: 'explain (costs off)' } as const;

/** Returns the statements of a read. */
function recorder(dialect: Dialect): (read: (dialect: Dialect) => Promise<unknown>) => Promise<CompiledQuery[]> {
	const recorded: RootOperationNode[] = [];
	const plugin: KyselyPlugin = {
		transformQuery: ({ node }) => {
			recorded.push(node);
			return node;
		},
		transformResult: async ({ result }) => result,
	};
	return async (read) => {
		recorded.length = 0;
		await read({ ...dialect, reader: dialect.reader.withPlugin(plugin) });
		return recorded.map((node) => dialect.reader.getExecutor().compileQuery(node, { queryId: 'plan' }));
	};
}

/** Returns how the database runs the statements of a read, line by line. */
function planner(dialect: Dialect): (read: (dialect: Dialect) => Promise<unknown>) => Promise<string[]> {
	const statementsOf = recorder(dialect);
	return async (read) => {
		const lines: string[] = [];
		for (const { sql, parameters } of await statementsOf(read)) {
			const plan = CompiledQuery.raw(`${explain[dialect.name]} ${sql}`, [...parameters]);
			const { rows } = await dialect.reader.executeQuery<Record<string, unknown>>(plan);
			lines.push(...rows.map((row) => String(row['detail'] ?? Object.values(row)[0])));
		}
		return lines;
	};
}

/**
 * What may be read from its beginning to its end: parts of a statement that have a limit, the queue, which is short when it
 * is read, FTS5, which has its own index, and projects in the order of an index. What
 * logs are counted by has a row for each version.
 */
const mayBeScanned =
	/^SCAN (CONSTANT ROW|(keys|some|part|chosen|models|candidates|matches|found|records|totals|search_queue)\b|log_\w+ VIRTUAL|projects USING|log_counts\b)/;

test('no list, filter, page or search reads a whole table or index', async (t) => {
	const dialect = openSqlite(join(tempDir(t), 'x.db'));
	t.after(() => dialect.close());
	await migrate(dialect);
	await fillDatabase(dialect, 2_500, { projects: 1 });
	const { projectId, sessionId } = await dialect.reader
		.selectFrom('sessionProjects')
		.selectAll()
		.executeTakeFirstOrThrow();
	const { id, configId } = await dialect.reader.selectFrom('logs').select(['id', 'configId']).executeTakeFirstOrThrow();
	await dialect.writer.updateTable('logs').set({ answerHash: 'h' }).where('id', '=', id).execute();
	const logs = (filters: Partial<LogListing>) => (db: Dialect) =>
		listLogs(db, { projectId, page: 3, size: 20, ...filters }, () => undefined);
	const ofAll = (filters: Partial<LogListing>) => (db: Dialect) =>
		listLogs(db, { page: 3, size: 20, ...filters }, () => undefined);
	const times = { from: '2024-01-01', before: '2024-01-03' };
	const projects = (sortBy: 'createdAt' | 'updatedAt' | 'name') => (db: Dialect) =>
		listProjects(db, { page: 0, size: 10, sortBy, order: 'desc' });
	/** Each read, and the index that it needs. */
	const reads: [string, (db: Dialect) => Promise<unknown>][] = [
		['logs_in_project (project_id=?)', logs({})],
		['logs_in_project (project_id=? AND created_at>? AND created_at<?)', logs(times)],
		['logs_by_source (project_id=? AND source=?)', logs({ sources: [sources.rare] })],
		['logs_in_project (project_id=?)', logs({ otherSources: [sources.rare, sources.most] })],
		[
			'logs_by_source (project_id=? AND source=? AND created_at>? AND created_at<?)',
			logs({ sources: [sources.most], ...times }),
		],
		['logs_of_session (session_id=?)', logs({ sessionId })],
		['logs_of_session (session_id=?)', logs({ sessionId, sources: [sources.most] })],
		['logs_of_session (session_id=? AND created_at>? AND created_at<?)', logs({ sessionId, ...times })],
		['logs_by_source (project_id=? AND source=?)', logs({ sources: [sources.rare, sources.most] })],
		['logs_of_config (config_id=?)', logs({ models: ['mock-1'] })],
		['logs_of_config (config_id=? AND created_at>? AND created_at<?)', logs({ models: ['mock-1'], ...times })],
		['logs_of_config (config_id=?)', logs({ models: ['mock-1'], sources: [sources.most] })],
		['logs_in_project (project_id=?)', logs({ sort: [{ column: 'createdAt', isDescending: false }] })],
		['logs_in_project (project_id=?)', logs({ metadata: 'x' })],
		['logs_of_config (config_id=?)', logs({ configs: [configId] })],
		['failed_logs (project_id=?)', logs({ failed: true })],
		['failed_logs (project_id=? AND created_at>? AND created_at<?)', logs({ failed: true, ...times })],
		['failed_logs (project_id=?)', logs({ failed: true, configs: [configId], sources: [sources.most] })],
		['failed_logs (project_id=?)', logs({ failed: true, configs: [configId] })],
		['failed_logs (project_id=?)', logs({ failed: true, environments: ['production'] })],
		['logs_of_session (session_id=?)', logs({ failed: true, sessionId })],
		['logs_in_project (project_id=?)', logs({ failed: false })],
		['logs_in_project (project_id=?)', logs({ environments: ['production'] })],
		['feedback_by_value (type=? AND <expr>=?)', logs({ feedback: [{ type: 'rating', values: ['good', 'bad'] }] })],
		['feedback_by_log (log_id=?)', logs({ search: words.rare, feedback: [{ type: 'rating', values: ['good'] }] })],
		['logs USING INDEX sqlite_autoindex_logs_1 (id=?)', logs({ sort: [{ column: 'source', isDescending: true }] })],
		['log_terms VIRTUAL TABLE', logs({ search: words.rare })],
		['log_terms VIRTUAL TABLE', logs({ search: words.every })],
		['log_terms VIRTUAL TABLE', logs({ search: words.onePercent, from: '2024-01-01' })],
		['log_vocabulary VIRTUAL TABLE', logs({ search: 'zq' })],
		['logs_of_call (call_log_id=?)', logs({ search: words.absent })],
		['logs_of_session (session_id=?)', logs({ search: words.rare, sessionId })],
		['logs_by_source (project_id=? AND source=?)', logs({ search: words.rare, sources: [sources.rare] })],
		['logs USING COVERING INDEX logs_by_time (created_at>?)', ofAll({})],
		['projects USING INDEX deleted_projects', ofAll({})],
		[
			'logs USING COVERING INDEX logs_by_time (created_at>?)',
			ofAll({ sort: [{ column: 'createdAt', isDescending: false }] }),
		],
		['logs USING COVERING INDEX logs_by_time (created_at>? AND created_at<?)', ofAll(times)],
		['logs USING INDEX failed_logs_by_time (created_at>?)', ofAll({ failed: true })],
		['logs USING INDEX failed_logs_by_time (created_at>?)', ofAll({ failed: true, configs: [configId] })],
		['failed_logs_by_time (created_at>? AND created_at<?)', ofAll({ failed: true, ...times })],
		['logs USING INDEX logs_by_time (created_at>?)', ofAll({ failed: false })],
		['logs_by_source (project_id=? AND source=? AND created_at>?)', ofAll({ sources: [sources.rare, sources.most] })],
		['logs_of_session (session_id=? AND created_at>?)', ofAll({ sessionId })],
		['logs_of_config (config_id=? AND created_at>?)', ofAll({ configs: [configId] })],
		['logs_of_config (config_id=? AND created_at>?)', ofAll({ models: ['mock-1'] })],
		['logs USING COVERING INDEX logs_by_time (created_at>?)', ofAll({ environments: ['production'] })],
		['feedback_by_value (type=? AND <expr>=?)', ofAll({ feedback: [{ type: 'rating', values: ['good'] }] })],
		['log_terms VIRTUAL TABLE', ofAll({ search: words.rare })],
		['log_vocabulary VIRTUAL TABLE', ofAll({ search: 'zq' })],
		[
			'logs_by_source (project_id=? AND source=? AND created_at>?)',
			ofAll({ search: words.rare, sources: [sources.rare] }),
		],
		['session_projects USING COVERING INDEX', (db) => listSessions(db.reader, { projectId, page: 2, size: 20 })],
		['logs_of_session (session_id=?)', (db) => sessionRecord(db.reader, sessionId)],
		['projects USING INDEX projects_by_creation', projects('createdAt')],
		['projects USING INDEX projects_by_update', projects('updatedAt')],
		['projects USING INDEX', projects('name')],
		['log_counts USING INDEX', (db) => projectRecord(db.reader, projectId)],
		['deployments_in_project (project_id=?)', (db) => listDeployments(db.reader, { projectId, page: 2, size: 20 })],
		[
			'deployments_in_environment (project_id=? AND environment_id=?)',
			(db) => listDeployments(db.reader, { projectId, environmentId: 'env_1', page: 2, size: 20 }),
		],
		['deployed_configs USING INDEX', (db) => deployedConfigId(db.reader, projectId, undefined)],
		['deployed_configs USING INDEX', (db) => deployedConfigId(db.reader, projectId, 'production')],
		['feedback_types USING INDEX', (db) => feedbackTypesOf(db.reader, [projectId])],
		['configs USING INDEX configs_in_project', (db) => configsOfProject(db.reader, projectId)],
		['logs USING COVERING INDEX logs_of_config (config_id=?)', (db) => configsInUse(db.reader, [configId])],
		['logs USING INDEX', (db) => logRecord(db.reader, id, () => undefined)],
		[
			'logs_of_answer (answer_hash=? AND created_at>?)',
			(db) => reusableSamples(db.reader, { hash: 'h', numSamples: 1, notBefore: '2020' }, () => undefined),
		],
	];
	const plansOf = planner(dialect);
	for (const [index, read] of reads) {
		const plan = await plansOf(read);
		const text = plan.join('\n');
		assert.ok(text.includes(index), `${index}:\n${text}`);
		assert.deepEqual(
			plan.filter((line) => line.startsWith('SCAN') && !mayBeScanned.test(line)),
			[],
			text,
		);
	}
});

test('with many configs of a model, a filter by it reads no whole table, and no more logs than it looks at', async (t) => {
	const dialect = openSqlite(join(tempDir(t), 'x.db'));
	t.after(() => dialect.close());
	await migrate(dialect);
	await fillDatabase(dialect, 2_500, { projects: 1 });
	const { id: projectId } = await dialect.reader.selectFrom('projects').select('id').executeTakeFirstOrThrow();
	await addConfigs(dialect, projectId, 101);
	const plansOf = planner(dialect);
	for (const [index, filters] of [
		['logs USING COVERING INDEX logs_by_time (created_at>?)', {}],
		['logs USING COVERING INDEX logs_in_project (project_id=?)', { projectId }],
		['logs_by_source (project_id=? AND source=?', { sources: [sources.rare] }],
		['failed_logs_by_time (created_at>?)', { failed: true }],
		['log_terms VIRTUAL TABLE', { search: words.rare }],
	] as [string, Partial<LogListing>][]) {
		const plan = await plansOf((db) =>
			listLogs(db, { page: 3, size: 20, models: ['mock-1'], ...filters }, () => undefined),
		);
		const text = plan.join('\n');
		assert.ok(text.includes(index), `${index}:\n${text}`);
		assert.deepEqual(
			plan.filter((line) => line.startsWith('SCAN') && !mayBeScanned.test(line)),
			[],
			text,
		);
		assert.doesNotMatch(text, /logs_of_config/, 'all logs of these configs would be read and sorted');
	}
});

test('what no index has is asked of a limited number of logs in each statement', async (t) => {
	const dialect = await openTestDatabase(t);
	await migrate(dialect);
	await fillDatabase(dialect, 2_500, { projects: 1 });
	const { id: projectId } = await dialect.reader.selectFrom('projects').select('id').executeTakeFirstOrThrow();
	const statementsOf = recorder(dialect);
	// No log has these, so each of them is looked at.
	for (const [column, filters] of [
		['source', { otherSources: [sources.rare, sources.most, 'api'] }],
		['metadata', { metadata: 'absent' }],
		['environment', { environments: ['absent'] }],
	] as [string, Partial<LogListing>][]) {
		const hasColumn = new RegExp(`\\b${column}\\b`);
		const read = (db: Dialect) => listLogs(db, { projectId, page: 0, size: 20, ...filters }, () => undefined);
		assert.deepEqual(await read(dialect), { records: [], total: 0 });
		const asking = (await statementsOf(read)).filter(({ sql }) => hasColumn.test(sql));
		assert.ok(asking.length > 0, column);
		let looked = 0;
		for (const { sql, parameters } of asking) {
			// The logs that the statement looks at are chosen by an index alone.
			const chosen = sql.split(') as "keys"', 1)[0]!.split(' from (').at(-1)!;
			assert.match(chosen, /^select .* limit \S+ offset \S+$/, sql);
			assert.doesNotMatch(chosen, hasColumn);
			const limit = Math.max(...parameters.filter((value) => typeof value === 'number'));
			assert.ok(limit <= dialect.logsPerSearch, `${limit}`);
			looked += limit;
		}
		assert.ok(looked >= 2_500, `${column}: ${looked}`);
	}
});

/** Totals of 40 projects on 500 days: enough for PostgreSQL to prefer an index for a few of them. */
async function fillUsage(dialect: Dialect): Promise<void> {
	const { writer } = dialect;
	const columns = ['shard', ...countColumns.map(({ column }) => column), 'latency_to_1000'].join(', ');
	const counts = '0, 1, 0, 0, 10, 10, 0, 0, 0, 1000, 1000, 1';
	const numbers = (count: number) =>
		`with recursive n (i) as (select 0 union all select i + 1 from n where i < ${count - 1})`;
	const day =
		dialect.name === 'sqlite' ? `date('2024-01-01', (i / 40) || ' days')` : `(date '2024-01-01' + i / 40)::text`;
	const project = `'pr_' || (i % 40)`;
	const statements = [
		`insert into sessions (id, reference_id, created_at, updated_at)
			${numbers(20_000)} select 'sesh_' || i, null, '2024-01-01', '2024-01-01' from n`,
		`insert into usage (id, day, project_id, config_id, environment, api_key_id, workflow_id, provider, model, ${columns})
			${numbers(20_000)}
			select 'u' || i, ${day}, ${project}, 'config', '', '', '', 'mock', 'mock-1', ${counts} from n`,
		`insert into session_usage (session_id, project_id, day, ${columns})
			${numbers(20_000)} select 'sesh_' || i, ${project}, ${day}, ${counts} from n`,
		// SQLite has no statistics in practice: the server does not run it there.
		...(dialect.name === 'postgres' ? ['analyze'] : []),
	];
	for (const statement of statements) await writer.executeQuery(CompiledQuery.raw(statement));
}

test('totals of a project or of some days do not read a whole table, on each database', async (t) => {
	const dialect = await openTestDatabase(t);
	await migrate(dialect);
	await fillUsage(dialect);
	const plansOf = planner(dialect);
	const week = { from: '2024-03-04', to: '2024-03-10' };
	const project = { projectIds: ['pr_7'] };
	// PostgreSQL chooses one of the two indexes by what they cost.
	const either = dialect.name === 'sqlite' ? 'of_project' : '(of_project|by_day)';
	for (const [filters, index] of [
		[week, 'by_day'],
		[project, 'of_project'],
		[{ projectIds: ['pr_7', 'pr_8'], ...week }, either],
		[{ ...project, ...week }, either],
		[{ ...project, from: '2025-05-01' }, either],
	] as [Partial<UsageQuery>, string][]) {
		for (const groupBy of [[], ['day'], ['project', 'model'], ['session', 'day']] as UsageQuery['groupBy'][]) {
			const read = (db: Dialect) => usageTotals(db.reader, { groupBy, page: 0, size: 50, ...filters });
			const text = (await plansOf(read)).join('\n');
			const about = `${JSON.stringify({ groupBy, ...filters })}:\n${text}`;
			assert.match(
				text,
				new RegExp(`${groupBy.includes('session') ? 'session_usage' : '\\busage'}_${index}\\b`),
				about,
			);
			assert.doesNotMatch(text, /SCAN (session_)?usage|Seq Scan on (session_)?usage/, about);
		}
	}
});
