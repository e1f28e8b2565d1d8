import type { DatabaseSync } from 'node:sqlite';
import { type Kysely, sql } from 'kysely';
import { toStored } from '../names.ts';
import type { Table } from './tables.ts';

export type Row = unknown[];

/** Reads all rows of a table in the order of its key. */
export type ReadRows = (table: Table) => AsyncIterable<Row> | Iterable<Row>;

/** How many rows are looked at and at most written at a time, and about how many bytes of them. */
const maxRows = 500;
const maxBytes = 8 * 1024 * 1024;
/** SQLite's limit of values in a statement is 32,766, PostgreSQL's 65,535. */
const maxValues = 30_000;

function quoted(name: string): string {
	return `"${name}"`;
}

function list(names: string[]): string {
	return names.map(quoted).join(', ');
}

/** The rows of a SQLite database. Hold a transaction open, so that all tables are of one state. */
export function sqliteRows(connection: DatabaseSync): ReadRows {
	return function* (table) {
		const statement = connection.prepare(
			`select ${list(table.columns)} from ${quoted(table.name)} order by ${list(table.key)}`,
		);
		statement.setReturnArrays(true);
		for (const row of statement.iterate()) yield (row as unknown as Row).map(toStored);
	};
}

type Sized = Record<string, unknown> & { bytes: number };

/** The last row of each group of rows that together have not too many bytes. */
function endsOfGroups(rows: Sized[]): Sized[] {
	const ends: Sized[] = [];
	let bytes = 0;
	for (const [index, row] of rows.entries()) {
		bytes += row.bytes;
		const next = rows[index + 1];
		if (next !== undefined && bytes + next.bytes <= maxBytes) continue;
		ends.push(row);
		bytes = 0;
	}
	return ends;
}

/**
 * The rows of a PostgreSQL database. Hold a repeatable-read transaction open, so that all tables are of one state. The
 * sizes are read first: a page of large rows could be more than the memory holds.
 */
export function postgresRows(db: Kysely<unknown>): ReadRows {
	return async function* (table) {
		const key = list(table.key);
		const keyOf = (row: Sized) => sql`(${sql.join(table.key.map((name) => row[name]))})`;
		const sizes = table.columns.map((name) => `coalesce(octet_length(${quoted(name)}::text), 0)`).join(' + ');
		const from = (after: Sized | undefined) =>
			sql`from ${sql.table(table.name)} where ${after === undefined ? sql`true` : sql`(${sql.raw(key)}) > ${keyOf(after)}`}`;
		for (let last: Sized | undefined; ;) {
			const page = sql<Sized>`select ${sql.raw(key)}, ${sql.raw(sizes)} as bytes ${from(last)}
				order by ${sql.raw(key)} limit ${sql.lit(maxRows)}`;
			const { rows: sized } = await page.execute(db);
			for (const end of endsOfGroups(sized)) {
				const group = sql<Record<string, unknown>>`select ${sql.raw(list(table.columns))} ${from(last)}
					and (${sql.raw(key)}) <= ${keyOf(end)} order by ${sql.raw(key)}`;
				const { rows } = await group.execute(db);
				for (const row of rows) yield table.columns.map((name) => row[name]);
				last = end;
			}
			if (sized.length < maxRows) return;
		}
	};
}

function bytesOf(row: Row): number {
	return row.reduce<number>((sum, value) => sum + (typeof value === 'string' ? value.length : 8), 0);
}

/** Fills an empty table with rows, in as few statements as the limits of the databases allow. Calls `onRow` with each. */
export async function insertRows(
	db: Kysely<unknown>,
	table: Table,
	rows: ReturnType<ReadRows>,
	onRow: (row: Row) => void,
): Promise<void> {
	const most = Math.min(maxRows, Math.floor(maxValues / table.columns.length));
	if (table.seeded !== undefined) await sql`delete from ${sql.table(table.name)}`.execute(db);
	let batch: Row[] = [];
	let bytes = 0;
	const insert = async () => {
		if (batch.length === 0) return;
		const values = batch.map((row) => sql`(${sql.join(row)})`);
		await sql`insert into ${sql.table(table.name)} (${sql.raw(list(table.columns))}) values ${sql.join(values)}`.execute(
			db,
		);
		batch = [];
		bytes = 0;
	};
	for await (const row of rows) {
		onRow(row);
		bytes += bytesOf(row);
		batch.push(row);
		if (batch.length >= most || bytes >= maxBytes) await insert();
	}
	await insert();
}
