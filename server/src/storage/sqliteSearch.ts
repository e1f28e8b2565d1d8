import { createHash } from 'node:crypto';
import { CompiledQuery, type RawBuilder, sql } from 'kysely';
import { toSnakeCase, toStored } from './names.ts';
import { executeLater } from './sqlite/executeLater.ts';
import { inParts } from './statementSizes.ts';
import type { Database, LogText } from './tables.ts';

/*
 * The search index in SQLite: FTS5 with the trigram tokenizer, which finds any part of a text that has three characters or
 * more. A row's ID begins with a number that follows from its project. So a search reads the rows of its project only.
 */

/** How many rows a project can have: together with the number of the project, 53 bits, as JavaScript's integers. */
const rowsOfProject = 2 ** 33;

/** Where the row IDs of a project begin. Few projects share that, and their rows are told apart by `project_id`. */
function firstRow(projectId: string): number {
	return (createHash('sha256').update(projectId).digest().readUIntBE(0, 3) % 2 ** 20) * rowsOfProject;
}

type TextRow = LogText & { id: number; text: string };

const columns = ['id', 'logId', 'isCall', 'projectId', 'sessionId', 'source', 'createdAt', 'sampleIndex'] as const;

/** A statement that inserts rows. Kysely would build and compile it each time, which takes longer than to execute it. */
function insertion(table: string, names: readonly string[]) {
	const before = `insert into ${table} (${names.join(', ')}) values `;
	const row = `(${names.map(() => '?').join(', ')})`;
	return (rows: number, parameters: unknown[]) =>
		CompiledQuery.raw(before + Array.from({ length: rows }, () => row).join(', '), parameters.map(toStored));
}

const textInsertion = insertion('log_texts', columns.map(toSnakeCase));
const termInsertion = insertion('log_terms', ['rowid', 'text']);

function insertRows(rows: TextRow[]): CompiledQuery {
	return textInsertion(
		rows.length,
		rows.flatMap((row) => columns.map((column) => row[column])),
	);
}

function insertTerms(rows: TextRow[]): CompiledQuery {
	return termInsertion(
		rows.length,
		rows.flatMap(({ id, text }) => [id, text]),
	);
}

/** Adds texts to the index, in the order of their rows: FTS5 writes to the disk each time that the order goes back. */
export async function addTexts(db: Database, texts: (LogText & { text: string })[]): Promise<void> {
	const byProject = [...Map.groupBy(texts, ({ projectId }) => firstRow(projectId))].sort(([a], [b]) => a - b);
	for (const [first, ofProject] of byProject) {
		const { last } = await db
			.selectFrom('logTexts')
			.select((eb) => eb.fn.max('id').as('last'))
			.where('id', '>=', first)
			.where('id', '<', first + rowsOfProject)
			.executeTakeFirstOrThrow();
		const next = (last ?? first) + 1;
		const rows = ofProject.map((row, index) => ({ ...row, id: next + index }));
		for (const part of inParts(rows)) {
			await executeLater(db, insertRows(part));
			await executeLater(db, insertTerms(part));
		}
	}
}

const quoted = (text: string) => `"${text.replaceAll('"', '""')}"`;

/** A text of one or two characters is sought as these many terms that begin with it. With more, the walk is faster. */
const maxTerms = 200;

/** The terms of three characters that begin with a shorter text, or undefined if there are too many. */
async function termsWith(db: Database, start: string): Promise<string[] | undefined> {
	const lastPoint = [...start].at(-1) as string;
	const end = start.slice(0, -lastPoint.length) + String.fromCodePoint((lastPoint.codePointAt(0) as number) + 1);
	const { rows } = await sql<{ term: string }>`
    select term from log_vocabulary where term >= ${start} and term < ${end} limit ${maxTerms + 1}
  `.execute(db);
	return rows.length > maxTerms ? undefined : rows.map(({ term }) => term);
}

/**
 * A select of the IDs of at most `limit` rows of `log_texts` that have the text, which may include some of another project.
 * Undefined if the index cannot say.
 */
export async function rowsWithText(
	db: Database,
	projectId: string | undefined,
	text: string,
	limit: number,
): Promise<RawBuilder<unknown> | undefined> {
	const isShort = [...text].length < 3;
	const terms = isShort ? await termsWith(db, text) : [text];
	if (terms === undefined) return undefined;
	if (terms.length === 0) return sql`select id from log_texts where id < 0`;
	const found = sql`select rowid as id from log_terms where log_terms match ${terms.map(quoted).join(' OR ')}`;
	if (projectId === undefined) return sql`${found} limit ${limit}`;
	const first = firstRow(projectId);
	// Numbers arrive in SQLite as floating point, with which FTS5 would read the rows of all projects.
	const integer = (value: number) => sql`cast(${value} as integer)`;
	return sql`
    ${found}
    and rowid between ${integer(first)} and ${integer(first + rowsOfProject - 1)} limit ${limit}
  `;
}
