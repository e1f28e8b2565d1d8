import { createHash } from 'node:crypto';
import { type RawBuilder, sql } from 'kysely';
import { type CallUsage, noCounts, type UsageCounts, type UsageKey } from '../domain/usage.ts';
import type { DialectName } from './dialect.ts';
import { prepared } from './prepared.ts';
import { executeLater } from './sqlite/executeLater.ts';
import type { Database } from './tables.ts';

/** The columns of what is counted, by their names in entities. */
export const countColumns = Object.keys(noCounts).map((name) => ({
	name: name as keyof UsageCounts,
	column: name.replace(/[A-Z]/g, (letter) => `_${letter.toLowerCase()}`),
}));

/** What adds to the counts of a row that is there. */
function additions(table: string): RawBuilder<unknown> {
	return sql.raw(countColumns.map(({ column }) => `${column} = ${table}.${column} + excluded.${column}`).join(', '));
}

/** On PostgreSQL, each transaction adds to rows that no other one adds to, so none waits for another. */
const shards: Record<DialectName, RawBuilder<number>> = { sqlite: sql`0`, postgres: sql`log_counts_shard()` };

/** PostgreSQL's text has no NUL characters. */
function asText(text: string): string {
	return text.includes('\0') ? text.replaceAll('\0', '\ufffd') : text;
}

function idOf(key: string[]): string {
	return createHash('sha256').update(JSON.stringify(key)).digest('base64url');
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

type Counts = Record<string, unknown>;

/** A statement that adds the counts to the row that has these values in its `keys`. `unique` are those that tell rows apart. */
function addition(dialect: DialectName, table: string, keys: string[], unique: string[]) {
	const names = sql.raw([...keys, 'shard', ...countColumns.map(({ column }) => column)].join(', '));
	const conflict = sql.raw([...unique, 'shard'].join(', '));
	return prepared<Counts>((db, value) => {
		const values = sql.join([...keys.map(value), shards[dialect], ...countColumns.map(({ name }) => value(name))]);
		const statement = sql`
			insert into ${sql.raw(table)} (${names}) values (${values})
			on conflict (${conflict}) do update set ${additions(table)}
		`;
		return { compile: () => statement.compile(db) };
	});
}

const usageKeys = [
	'id',
	'day',
	'project_id',
	'config_id',
	'environment',
	'api_key_id',
	'workflow_id',
	'provider',
	'model',
];
const sessionKeys = ['session_id', 'project_id', 'day'];

const usageAdditions = {
	sqlite: addition('sqlite', 'usage', usageKeys, ['id']),
	postgres: addition('postgres', 'usage', usageKeys, ['id']),
};

const sessionAdditions = {
	sqlite: addition('sqlite', 'session_usage', sessionKeys, sessionKeys),
	postgres: addition('postgres', 'session_usage', sessionKeys, sessionKeys),
};

/** Adds a call to the totals. */
export async function addUsage(dialect: DialectName, db: Database, usage: CallUsage): Promise<void> {
	const { sessionId, counts } = usage;
	const key = keyOf(usage);
	const id = idOf(Object.values(key));
	await executeLater(db, usageAdditions[dialect](db, { id, ...key, ...counts }));
	if (sessionId === null) return;
	const { projectId, day } = usage;
	const ofSession = { session_id: sessionId, project_id: projectId, day };
	await executeLater(db, sessionAdditions[dialect](db, { ...ofSession, ...counts }));
}
