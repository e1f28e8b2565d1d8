import { type Expression, type RawBuilder, sql, type SqlBool } from 'kysely';
import type { FeedbackFilter } from '../domain/store.ts';

/** The JSON of the values that a text in a query can stand for: the text itself, a number, true or false. */
function asJson(text: string): string[] {
	const others = text === 'true' || text === 'false' ? [text] : [];
	if (text.trim() !== '' && Number.isFinite(Number(text))) others.push(String(Number(text)));
	return [JSON.stringify(text), ...others];
}

const valuesOf = ({ values }: FeedbackFilter) => sql.join([...new Set(values.flatMap(asJson))]);

/**
 * Whether the latest feedback of a type on a log has one of the values. Without the index by type: a log has few entries, and a
 * type has many.
 */
export function latestFeedbackIs(filter: FeedbackFilter, logId: Expression<unknown>): RawBuilder<SqlBool> {
	return sql<boolean>`exists (
		select 1 from feedback as given
		where given.log_id = ${logId} and given.type || '' = ${filter.type} and given.value in (${valuesOf(filter)})
		and not exists (
			select 1 from feedback as later where later.log_id = given.log_id and later.type || '' = given.type
			and (later.created_at > given.created_at or later.created_at = given.created_at and later.id > given.id)
		)
	)`;
}

/** A select of the IDs of at most `limit` logs that have such feedback, of any project and any age. */
export function logsWithFeedback(filter: FeedbackFilter, limit: number): RawBuilder<unknown> {
	const starts = [...new Set(filter.values.flatMap(asJson))].map((value) => sql`substr(${value}, 1, 100)`);
	return sql`
		select distinct log_id as id from feedback
		where type = ${filter.type} and substr(value, 1, 100) in (${sql.join(starts)}) and value in (${valuesOf(filter)})
		limit ${limit}
	`;
}
