import { hash } from 'node:crypto';
import { type CompiledQuery, type RawBuilder, sql } from 'kysely';
import { latencyLimits } from '../domain/costs/usageLatency.ts';
import { noCounts, type UsageCounts, type UsageKey } from '../domain/usage.ts';
import type { DialectName } from './dialect.ts';
import { prepared } from './prepared.ts';
import { executeLater } from './sqlite/executeLater.ts';
import type { Database } from './tables.ts';

/** The columns of what is counted, by their names in entities. */
export const countColumns = Object.keys(noCounts).map((name) => ({
	name: name as keyof UsageCounts,
	column: name.replace(/[A-Z]/g, (letter) => `_${letter.toLowerCase()}`),
}));

/** The columns of the buckets that latencies are counted in. The last one has no upper limit. */
export const latencyColumns = [...latencyLimits.map((limit) => `latency_to_${limit * 1000}`), 'latency_above'];

/** The largest whole number that both databases store. */
const mostCounted = 2n ** 63n - 1n;

/** The sum of a count and of a call's. A count that is full stays so: a call must be stored also where prices are absurd. */
function sumOf(count: string, added: string): string {
	return `case when ${count} > ${mostCounted} - ${added} then ${mostCounted} else ${count} + ${added} end`;
}

/** On PostgreSQL, each transaction adds to rows that no other one adds to, so none waits for another. */
const shards: Record<DialectName, RawBuilder<number>> = { sqlite: sql`0`, postgres: sql`log_counts_shard()` };

type Addition = (db: Database, values: Record<string, string | number>) => CompiledQuery;

/** A table, the columns that calls are counted by, and those that tell its rows apart, beside the shard. */
type Counted = { table: string; key: string[]; unique: string[] };

/** A statement that adds calls. It changes the column of one bucket only. Without a bucket, it changes none. */
function addition(dialect: DialectName, { table, key, unique }: Counted, bucket: string | undefined): Addition {
	const counts = countColumns.map(({ column }) => column);
	const columns = [...key, 'shard', ...counts, ...(bucket === undefined ? [] : [bucket])];
	const additions = counts.map((column) => `${column} = ${sumOf(`${table}.${column}`, `excluded.${column}`)}`);
	// What a bucket has not counted yet is null.
	if (bucket !== undefined) additions.push(`${bucket} = coalesce(${table}.${bucket}, 0) + excluded.${bucket}`);
	const before = sql.raw(`insert into ${table} (${columns.join(', ')}) values (`);
	const after = sql.raw(`) on conflict (${unique.join(', ')}, shard) do update set ${additions.join(', ')}`);
	return prepared((db, value) => {
		const counted = countColumns.map(({ name }) => value(name));
		const inBucket = bucket === undefined ? [] : [value('inBucket')];
		const values = sql.join([...key.map((name) => value(name)), shards[dialect], ...counted, ...inBucket]);
		const statement = sql`${before}${values}${after}`;
		return { compile: () => statement.compile(db) };
	});
}

/** By the dialect and the position of the bucket, and at last without one. */
function additionsTo(counted: Counted): Record<DialectName, Addition[]> {
	const of = (dialect: DialectName) =>
		[...latencyColumns, undefined].map((bucket) => addition(dialect, counted, bucket));
	return { sqlite: of('sqlite'), postgres: of('postgres') };
}

const usageKey = ['day', 'project_id', 'config_id', 'environment', 'api_key_id', 'workflow_id', 'provider', 'model'];
const sessionKey = ['session_id', 'project_id', 'day'];
const usageAdditions = additionsTo({ table: 'usage', key: ['id', ...usageKey], unique: ['id'] });
const sessionAdditions = additionsTo({ table: 'session_usage', key: sessionKey, unique: sessionKey });

/** PostgreSQL's text has no NUL characters. */
function asText(text: string): string {
	return text.includes('\0') ? text.replaceAll('\0', '\ufffd') : text;
}

function idOf(key: string[]): string {
	return hash('sha256', JSON.stringify(key), 'base64url');
}

/** What a call is counted by, in the order that its hash has. */
function keyOf({ day, projectId, configId, environment, apiKeyId, workflowId, provider, model }: UsageKey) {
	return {
		day: asText(day),
		project_id: asText(projectId),
		config_id: asText(configId),
		environment: asText(environment),
		api_key_id: asText(apiKeyId),
		workflow_id: asText(workflowId),
		provider: asText(provider),
		model: asText(model),
	};
}

/** What calls add to the same numbers of the totals. `bucket` is a position in `latencyColumns`, or behind the last: none. */
export type UsageSum = {
	key: UsageKey & { sessionId: string | null };
	bucket: number;
	inBucket: number;
	counts: UsageCounts;
};

/** Adds calls to the totals. */
export async function addToTotals(
	dialect: DialectName,
	db: Database,
	{ key: { sessionId, ...usage }, bucket, inBucket, counts }: UsageSum,
): Promise<void> {
	const key = keyOf(usage);
	const add = ({ [dialect]: additions }: typeof usageAdditions, values: Record<string, string>) =>
		executeLater(db, (additions[bucket] as Addition)(db, { ...values, ...counts, inBucket }));
	await add(usageAdditions, { id: idOf(Object.values(key)), ...key });
	if (sessionId !== null) await add(sessionAdditions, { ...key, session_id: sessionId });
}
