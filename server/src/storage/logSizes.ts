import { type RawBuilder, sql } from 'kysely';
import { sharedColumns } from './sharedValues.ts';
import type { Database } from './tables.ts';

/** About how many bytes the names and the short values of a log take as JSON. */
const bytesPerLog = 1_000;
/** The same for feedback. */
const bytesPerFeedback = 200;

/** The columns of a log that can be long and that logs do not share. */
const ownColumns = ['output', 'rawOutput', 'outputMessage', 'metadata', 'judgment', 'error', 'stdout'] as const;

function lengths(table: string, columns: readonly string[]): RawBuilder<number>[] {
	return columns.map(
		(column) => sql<number>`coalesce(octet_length(${sql.ref(`${table}.${column}`)}), cast(0 as bigint))`,
	);
}

/**
 * About how many bytes each of these logs takes as JSON, in their order: with the values that it shares with others, its
 * config and its feedback. Cheap, because the database knows lengths without reading the values.
 */
export async function logSizes(db: Database, ids: string[]): Promise<number[]> {
	if (ids.length === 0) return [];
	const { callLogId, responseLogId } = sharedColumns;
	const own = lengths('logs', [...ownColumns, ...callLogId, ...responseLogId]);
	const shared = [...lengths('callLogs', callLogId), ...lengths('responseLogs', responseLogId)];
	const rows = await db
		.selectFrom('logs')
		.leftJoin('logs as callLogs', 'callLogs.id', 'logs.callLogId')
		.leftJoin('logs as responseLogs', 'responseLogs.id', 'logs.responseLogId')
		.leftJoin('configs', 'configs.id', 'logs.configId')
		.select((eb) => [
			'logs.id',
			sql<number>`${sql.join([...own, ...shared, ...lengths('configs', ['parameters'])], sql` + `)}`.as('bytes'),
			eb
				.selectFrom('feedback')
				.select(sql<number>`sum(octet_length(value) + ${bytesPerFeedback})`.as('bytes'))
				.whereRef('feedback.logId', '=', 'logs.id')
				.as('feedbackBytes'),
		])
		.where('logs.id', 'in', ids)
		.execute();
	const sizes = new Map(rows.map(({ id, bytes, feedbackBytes }) => [id, bytesPerLog + bytes + (feedbackBytes ?? 0)]));
	return ids.map((id) => sizes.get(id) ?? 0);
}
