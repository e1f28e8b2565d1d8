import { type Expression, type RawBuilder, sql, type SqlBool } from 'kysely';
import { fold, soughtIn } from './search/searchText.ts';
import type { Database, LogText } from './tables.ts';

/**
 * The collation whose lower() knows every alphabet, as JavaScript's toLowerCase does. The database's own may only know A to
 * Z: the columns are compared byte by byte, as in SQLite.
 */
const everyAlphabet = sql`collate "und-x-icu"`;

/** Whether the text contains the part, which `fold` returned: what it does to a text is done here in SQL. */
function includes(text: Expression<unknown>, part: string): Expression<SqlBool> {
	return sql<boolean>`position(${part} in translate(lower(${text} ${everyAlphabet}), 'ς', 'σ')) > 0`;
}

/** The values of the JSON in a column, however deep. JSON can have NUL characters, which PostgreSQL cannot read from it. */
const valuesOf = (column: Expression<unknown>) => sql`
	with recursive nodes (node) as (
		select replace(${column}, '\\u0000', '\\ufffd')::json
		union all
		select inner_nodes.value from nodes, lateral (
			select value from json_each(case json_typeof(node) when 'object' then node end)
			union all
			select value from json_array_elements(case json_typeof(node) when 'array' then node end)
		) as inner_nodes
	)
	select node #>> '{}' as value from nodes where json_typeof(node) not in ('object', 'array', 'null')
`;

/** Whether a value of the JSON in a column contains a text that `fold` returned. */
export function valuesContain(column: Expression<unknown>, folded: string): RawBuilder<SqlBool> {
	// Parsing JSON takes much longer than searching its text, which rules out most logs.
	const asJson = JSON.stringify(folded).slice(1, -1);
	return sql<boolean>`(
		coalesce(${includes(sql`replace(${column}, '\\u0000', chr(65533))`, asJson)}, false)
		and exists (select 1 from (${valuesOf(column)}) as found where ${includes(sql`found.value`, folded)})
	)`;
}

/** Whether `output`, or a value of `inputs`, contains a text that `fold` returned. */
export function logContains(folded: string): RawBuilder<SqlBool> {
	return sql<boolean>`(coalesce(${includes(sql`output`, folded)}, false) or ${valuesContain(sql`inputs`, folded)})`;
}

/**
 * The same by the texts of the index, which are folded already, for logs that are in it. It counts rows because of a planner
 * that does not know the tables yet: for `exists`, it expects a match soon and reads all of the queue for each log.
 */
export function indexedLogContains(folded: string): RawBuilder<SqlBool> {
	if (soughtIn(folded).part !== folded) return logContains(folded);
	return sql<boolean>`
		case when (select count(*) from search_queue where log_id in (logs.id, logs.call_log_id)) > 0
		then ${logContains(folded)}
		else exists (
			select 1 from log_texts as texts
			where texts.log_id in (logs.id, logs.call_log_id) and (texts.log_id = logs.id or texts.is_call = 1)
			and position(${folded} in texts.text) > 0
		) end
	`;
}

/** Whether the name of a project contains the text. */
export function projectNameContains(text: string): Expression<SqlBool> {
	return includes(sql`name`, fold(text));
}

/** Adds texts to the index. */
export async function addTexts(db: Database, texts: (LogText & { text: string })[]): Promise<void> {
	await db.insertInto('logTexts').values(texts).execute();
}

/** A select of the IDs of at most `limit` rows of `log_texts`, of a project or of all, that have the text. */
export async function rowsWithText(
	_db: Database,
	projectId: string | undefined,
	text: string,
	limit: number,
): Promise<RawBuilder<unknown>> {
	const pattern = `%${text.replace(/[\\%_]/g, '\\$&')}%`;
	const isOfProject = projectId === undefined ? sql`true` : sql`project_id = ${projectId}`;
	return sql`select id from log_texts where ${isOfProject} and text like ${pattern} limit ${limit}`;
}
