import { type RawBuilder, sql } from 'kysely';
import type { PageOf } from '../domain/store.ts';
import type { UsageCounts, UsageGroup, UsageQuery, UsageTotals } from '../domain/usage.ts';
import type { Database } from './tables.ts';
import { countColumns, latencyColumns } from './usage.ts';

/** The columns that say which group a row belongs to. */
const groupColumns: Record<UsageGroup, string> = {
	project: 'project_id',
	config: 'config_id',
	environment: 'environment',
	session: 'session_id',
	api_key: 'api_key_id',
	workflow: 'workflow_id',
	day: 'day',
	provider: 'provider',
	model: 'model',
};

/** The names that the columns of groups have in a result: the keys of a result are changed to camel case. */
const aliases = ['first', 'second', 'third'] as const;

/** The name of a bucket's sum in a result. */
const bucketAlias = (position: number) => `bucket${position}` as const;

type Sums = UsageCounts & Record<`bucket${number}`, number>;
type Row = Record<(typeof aliases)[number], string> & Sums;

/**
 * A sum of floating-point numbers never overflows. It is exact up to 2^53, which is 9 million dollars in billionths, and
 * has 15 digits beyond that.
 */
function sumOf(column: string): RawBuilder<unknown> {
	return sql`coalesce(sum(cast(${sql.ref(column)} as double precision)), 0)`;
}

/** The sums of all counts, and of all buckets. */
const sums = sql.join([
	...countColumns.map(({ column }) => sql`${sumOf(column)} as ${sql.ref(column)}`),
	...latencyColumns.map((column, position) => sql`${sumOf(column)} as ${sql.ref(bucketAlias(position))}`),
]);

function conditions({ projectIds, from, to }: UsageQuery): RawBuilder<unknown> {
	const all = [
		...(projectIds === undefined ? [] : [sql`project_id in (${sql.join(projectIds)})`]),
		...(from === undefined ? [] : [sql`day >= ${from}`]),
		...(to === undefined ? [] : [sql`day <= ${to}`]),
	];
	return all.length === 0 ? sql`1 = 1` : sql.join(all, sql` and `);
}

/** The latest day first, then what cost most. The groups' own values make the order complete. */
function orderOf(groupBy: UsageGroup[]): RawBuilder<unknown> {
	return sql.join([
		...(groupBy.includes('day') ? [sql`day desc`] : []),
		sql`${sumOf('prompt_cost_nanos')} + ${sumOf('output_cost_nanos')} desc`,
		sql`sum(calls) desc`,
		...groupBy.filter((group) => group !== 'day').map((group) => sql.ref(groupColumns[group])),
	]);
}

/** The names of IDs, for the groups whose values are IDs of what has a name. */
const nameReads: Partial<
	Record<UsageGroup, (db: Database, ids: string[]) => Promise<{ id: string; name: string | null }[]>>
> = {
	project: (db, ids) =>
		db
			.selectFrom('projects')
			.select(['id', 'name'])
			.where('id', 'in', ids)
			// A deleted project has lost its name.
			.where('deletedAt', 'is', null)
			.execute(),
	config: (db, ids) => db.selectFrom('configs').select(['id', 'name']).where('id', 'in', ids).execute(),
	session: (db, ids) =>
		db.selectFrom('sessions').select(['id', 'referenceId as name']).where('id', 'in', ids).execute(),
	api_key: (db, ids) => db.selectFrom('apiKeys').select(['id', 'name']).where('id', 'in', ids).execute(),
};

async function namesOf(
	db: Database,
	group: UsageGroup,
	values: string[],
): Promise<Map<string, string | null> | undefined> {
	const read = nameReads[group];
	if (read === undefined) return undefined;
	const ids = [...new Set(values)].filter((id) => id !== '');
	return new Map(ids.length === 0 ? [] : (await read(db, ids)).map(({ id, name }) => [id, name]));
}

function sumsIn(row: Sums): Pick<UsageTotals, 'counts' | 'latencies'> {
	return {
		counts: Object.fromEntries(countColumns.map(({ name }) => [name, row[name]])) as UsageCounts,
		latencies: latencyColumns.map((_, position) => row[bucketAlias(position)] as number),
	};
}

async function toRecords(db: Database, groupBy: UsageGroup[], rows: Row[]): Promise<UsageTotals[]> {
	const records = rows.map((row): UsageTotals => ({ values: {}, names: {}, ...sumsIn(row) }));
	for (const [index, group] of groupBy.entries()) {
		const values = rows.map((row) => row[aliases[index] as (typeof aliases)[number]]);
		const names = await namesOf(db, group, values);
		for (const [position, record] of records.entries()) {
			const value = values[position] as string;
			record.values[group] = value === '' ? null : value;
			if (names !== undefined) record.names[group] = names.get(value) ?? null;
		}
	}
	return records;
}

/** Reads totals; see `UsageReads`. */
export async function usageTotals(db: Database, query: UsageQuery): Promise<PageOf<UsageTotals>> {
	const { groupBy, page, size } = query;
	const table = sql.table(groupBy.includes('session') ? 'session_usage' : 'usage');
	const where = conditions(query);
	if (groupBy.length === 0) {
		const { rows } = await sql<Sums>`select ${sums} from ${table} where ${where}`.execute(db);
		const record = { values: {}, names: {}, ...sumsIn(rows[0] as Sums) };
		return { records: page === 0 ? [record] : [], total: 1 };
	}
	const columns = groupBy.map((group) => sql.ref(groupColumns[group]));
	const groups = sql.join(columns);
	const named = sql.join(columns.map((column, index) => sql`${column} as ${sql.ref(aliases[index] as string)}`));
	const counted = await sql<{ total: number }>`
		select count(*) as total from (select 1 from ${table} where ${where} group by ${groups}) as all_groups
	`.execute(db);
	const { rows } = await sql<Row>`
		select ${named}, ${sums} from ${table} where ${where} group by ${groups}
		order by ${orderOf(groupBy)} limit ${size} offset ${page * size}
	`.execute(db);
	return { total: counted.rows[0]?.total ?? 0, records: await toRecords(db, groupBy, rows) };
}
