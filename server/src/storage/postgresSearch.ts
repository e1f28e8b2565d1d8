import { type Expression, sql, type SqlBool } from 'kysely';

/**
 * The collation whose lower() knows every alphabet, as JavaScript's toLowerCase does. The database's own may only know A to
 * Z: the columns are compared byte by byte, as in SQLite.
 */
const everyAlphabet = sql`collate "und-x-icu"`;

/** Whether the text contains the part, which is in lower case. */
function includes(text: Expression<unknown>, part: string): Expression<SqlBool> {
	return sql<boolean>`position(${part} in lower(${text} ${everyAlphabet})) > 0`;
}

/** The values of the JSON in `inputs`, however deep. JSON can have NUL characters, which PostgreSQL cannot read from it. */
const values = sql`
	with recursive nodes (node) as (
		select replace(inputs, '\\u0000', '\\ufffd')::json
		union all
		select inner_nodes.value from nodes, lateral (
			select value from json_each(case json_typeof(node) when 'object' then node end)
			union all
			select value from json_array_elements(case json_typeof(node) when 'array' then node end)
		) as inner_nodes
	)
	select node #>> '{}' as value from nodes where json_typeof(node) not in ('object', 'array', 'null')
`;

/** Whether the output of a log, or a value of its inputs, contains the text. */
export function logContains(text: string): Expression<SqlBool> {
	const part = text.toLowerCase();
	// Parsing JSON takes much longer than searching its text, which rules out most logs.
	const asJson = JSON.stringify(part).slice(1, -1);
	return sql<boolean>`(
		coalesce(${includes(sql`output`, part)}, false)
		or coalesce(${includes(sql`inputs`, asJson)}, false)
			and exists (select 1 from (${values}) as found where ${includes(sql`found.value`, part)})
	)`;
}

/** Whether the name of a project contains the text. */
export function projectNameContains(text: string): Expression<SqlBool> {
	return includes(sql`name`, text.toLowerCase());
}
