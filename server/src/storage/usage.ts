import { createHash } from 'node:crypto';
import { type RawBuilder, sql } from 'kysely';
import { type CallUsage, noCounts, type UsageCounts, type UsageKey } from '../domain/usage.ts';
import type { DialectName } from './dialect.ts';
import { executeLater } from './sqlite/executeLater.ts';
import type { Database } from './tables.ts';

/** The columns of what is counted, by their names in entities. */
export const countColumns = Object.keys(noCounts).map((name) => ({
	name: name as keyof UsageCounts,
	column: name.replace(/[A-Z]/g, (letter) => `_${letter.toLowerCase()}`),
}));

const columnList = sql.raw(countColumns.map(({ column }) => column).join(', '));

/** What adds to the counts of a row that is there. */
function additions(table: string): RawBuilder<unknown> {
	return sql.raw(countColumns.map(({ column }) => `${column} = ${table}.${column} + excluded.${column}`).join(', '));
}

const addToUsage = additions('usage');
const addToSession = additions('session_usage');

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
	const shard = shards[dialect];
	const counts = sql.join(countColumns.map(({ name }) => usage.counts[name]));
	const statement = sql`
		insert into usage (id, day, project_id, config_id, environment, api_key_id, workflow_id, provider, model, shard, ${columnList})
		values (${idOf(key)}, ${sql.join(key)}, ${shard}, ${counts}) on conflict (id, shard) do update set ${addToUsage}
	`;
	await executeLater(db, { compile: () => statement.compile(db) });
	const { sessionId, projectId, day } = usage;
	if (sessionId === null) return;
	const ofSession = sql`
		insert into session_usage (session_id, project_id, day, shard, ${columnList})
		values (${sessionId}, ${projectId}, ${day}, ${shard}, ${counts})
		on conflict (session_id, project_id, day, shard) do update set ${addToSession}
	`;
	await executeLater(db, { compile: () => ofSession.compile(db) });
}
