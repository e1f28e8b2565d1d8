import { createHash } from 'node:crypto';
import { type RawBuilder, sql } from 'kysely';
import { latencyBucketOf, latencyLimits } from '../domain/costs/usageLatency.ts';
import { type CallUsage, noCounts, type UsageCounts, type UsageKey } from '../domain/usage.ts';
import type { DialectName } from './dialect.ts';
import { executeLater } from './sqlite/executeLater.ts';
import type { Database } from './tables.ts';

/** The columns of what is counted, by their names in entities. */
export const countColumns = Object.keys(noCounts).map((name) => ({
	name: name as keyof UsageCounts,
	column: name.replace(/[A-Z]/g, (letter) => `_${letter.toLowerCase()}`),
}));

/** The columns of the buckets that latencies are counted in. The last one has no upper limit. */
export const latencyColumns = [...latencyLimits.map((limit) => `latency_to_${limit * 1000}`), 'latency_above'];

/** What comes before and after the values of the statement that adds a call to a table. */
type Insert = { before: RawBuilder<unknown>; after: RawBuilder<unknown> };

/** A call changes the column of one bucket only. Without a bucket, it changes none. */
function insertInto(table: string, key: string[], conflict: string, bucket: string | undefined): Insert {
	const counts = countColumns.map(({ column }) => column);
	const columns = [...key, ...counts, ...(bucket === undefined ? [] : [bucket])].join(', ');
	const additions = counts.map((column) => `${column} = ${table}.${column} + excluded.${column}`);
	// What a bucket has not counted yet is null.
	if (bucket !== undefined) additions.push(`${bucket} = coalesce(${table}.${bucket}, 0) + 1`);
	return {
		before: sql.raw(`insert into ${table} (${columns}) values (`),
		after: sql.raw(
			`${bucket === undefined ? '' : ', 1'}) on conflict (${conflict}) do update set ${additions.join(', ')}`,
		),
	};
}

/** By the position of the bucket, and at last without one. */
function insertsInto(table: string, key: string[], conflict: string): Insert[] {
	return [...latencyColumns, undefined].map((bucket) => insertInto(table, key, conflict, bucket));
}

const usageKey = [
	...['id', 'day', 'project_id', 'config_id', 'environment', 'api_key_id', 'workflow_id', 'provider', 'model', 'shard'],
];
const sessionKey = ['session_id', 'project_id', 'day', 'shard'];
const usageInserts = insertsInto('usage', usageKey, 'id, shard');
const sessionInserts = insertsInto('session_usage', sessionKey, sessionKey.join(', '));

/** On PostgreSQL, each transaction adds to rows that no other one adds to, so none waits for another. */
const shards: Record<DialectName, RawBuilder<number>> = { sqlite: sql`0`, postgres: sql`log_counts_shard()` };

/** PostgreSQL's text has no NUL characters. */
function asText(text: string): string {
	return text.includes('\0') ? text.replaceAll('\0', '\ufffd') : text;
}

function idOf(key: string[]): string {
	return createHash('sha256').update(JSON.stringify(key)).digest('base64url');
}

function keyValues({ day, projectId, configId, environment, apiKeyId, workflowId, provider, model }: UsageKey) {
	return [day, projectId, configId, environment, apiKeyId, workflowId, provider, model].map(asText);
}

/** Adds a call to the totals. */
export async function addUsage(dialect: DialectName, db: Database, usage: CallUsage): Promise<void> {
	const key = keyValues(usage);
	const { sessionId, projectId, day, latency } = usage;
	const bucket = latency === null ? latencyColumns.length : latencyBucketOf(latency);
	const counted = sql`${shards[dialect]}, ${sql.join(countColumns.map(({ name }) => usage.counts[name]))}`;
	const add = async (inserts: Insert[], values: string[]) => {
		const { before, after } = inserts[bucket] as Insert;
		const statement = sql`${before}${sql.join(values)}, ${counted}${after}`;
		await executeLater(db, { compile: () => statement.compile(db) });
	};
	await add(usageInserts, [idOf(key), ...key]);
	if (sessionId !== null) await add(sessionInserts, [sessionId, projectId, day]);
}
