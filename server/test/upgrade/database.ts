import { migrationState } from '../../src/storage/migrations.ts';
import { openDatabase } from '../../src/storage/openDatabase.ts';
import { upgrade, type Upgrade } from '../../src/storage/upgrade.ts';
import { databaseUrlFor, execute, storage } from '../storage/storage.ts';
import { type StoredRow, type Value } from './rows.ts';

const schema = storage === 'sqlite' ? 'main' : 'current_schema()';

/** Opens the database of a folder for as long as the work takes. */
export async function withDatabase<T>(
	dataDir: string,
	work: (open: Awaited<ReturnType<typeof openDatabase>>) => Promise<T>,
): Promise<T> {
	const open = await openDatabase({ dataDir, databaseUrl: databaseUrlFor(dataDir) }, () => undefined);
	try {
		return await work(open);
	} finally {
		await open.database.close();
	}
}

/** The names of all migrations, in order. */
export function allMigrations(dataDir: string): Promise<string[]> {
	return withDatabase(dataDir, async ({ database }) => {
		const { done, pending } = await migrationState(database);
		return [...done, ...pending];
	});
}

/** Upgrades as a start does. */
export function upgradeFolder(dataDir: string): Promise<Upgrade> {
	return withDatabase(dataDir, (open) => upgrade(open));
}

/** The columns of each table, by its name. */
export async function columnsIn(dataDir: string): Promise<Map<string, string[]>> {
	const text =
		storage === 'sqlite'
			? `select tables.name as table_name, columns.name as column_name
				from pragma_table_list as tables, pragma_table_info(tables.name) as columns
				where tables.schema = '${schema}' and tables.type = 'table' and tables.name not like 'sqlite_%'`
			: `select table_name, column_name from information_schema.columns where table_schema = ${schema}`;
	const columns = new Map<string, string[]>();
	for (const { table_name: table, column_name: column } of await execute(dataDir, text))
		columns.set(String(table), [...(columns.get(String(table)) ?? []), String(column)]);
	return columns;
}

/** How many rows each table has, or the tables that are named. */
export async function countsIn(dataDir: string, tables?: Iterable<string>): Promise<Map<string, number>> {
	const counts = new Map<string, number>();
	for (const table of tables ?? (await columnsIn(dataDir)).keys())
		counts.set(table, Number((await execute(dataDir, `select count(*) as n from ${table}`))[0]?.['n']));
	return counts;
}

const literal = (value: Value) =>
	typeof value === 'string' ? `'${value.replaceAll("'", "''")}'` : String(value ?? 'null');

/** Writes what the schema of the database knows of the rows. Returns those of which it knows something. */
export async function insertKnown(
	dataDir: string,
	rows: readonly StoredRow[],
	schemaName: string,
): Promise<StoredRow[]> {
	const columns = await columnsIn(dataDir);
	const written: StoredRow[] = [];
	for (const row of rows) {
		const known = columns.get(row.table);
		if (known === undefined || schemaName < (row.since ?? '')) continue;
		const values = Object.entries(row.values).filter(([name]) => known.includes(name));
		const names = values.map(([name]) => `"${name}"`).join(', ');
		await execute(
			dataDir,
			`insert into ${row.table} (${names}) values (${values.map(([, value]) => literal(value)).join(', ')})`,
		);
		written.push({ ...row, values: Object.fromEntries(values) });
	}
	return written;
}

export type TextRow = Record<string, string | null>;

/** All rows of a table. PostgreSQL's numbers of eight bytes come as text, so all values are compared as text. */
export async function rowsOf(dataDir: string, table: string): Promise<TextRow[]> {
	const rows = await execute(dataDir, `select * from ${table}`);
	return rows.map((row) => textRow(row));
}

export function textRow(row: Record<string, Value>): TextRow {
	return Object.fromEntries(Object.entries(row).map(([name, value]) => [name, value === null ? null : String(value)]));
}

/** Those of the rows that the table does not have. Columns that only the table has do not count. */
export async function missingRows(dataDir: string, table: string, expected: TextRow[]): Promise<TextRow[]> {
	const there = await rowsOf(dataDir, table);
	return expected.filter(
		(row) => !there.some((other) => Object.entries(row).every(([name, value]) => other[name] === value)),
	);
}

/** Everything that makes up the schema, one line each, in an order of its own. */
export async function schemaOf(dataDir: string): Promise<string[]> {
	if (storage === 'sqlite') {
		const rows = await execute(dataDir, 'select type, name, sql from sqlite_master order by type, name');
		return rows.map((row) => Object.values(row).join(' '));
	}
	const texts = [
		`select table_name, column_name, data_type, collation_name, is_nullable, column_default
			from information_schema.columns where table_schema = ${schema}`,
		`select indexdef from pg_indexes where schemaname = ${schema}`,
		`select conrelid::regclass::text, conname, pg_get_constraintdef(oid) from pg_constraint
			where connamespace = ${schema}::regnamespace`,
		`select tgrelid::regclass::text, pg_get_triggerdef(pg_trigger.oid) from pg_trigger
			join pg_class on pg_class.oid = tgrelid where not tgisinternal and relnamespace = ${schema}::regnamespace`,
		`select proname, prosrc from pg_proc where pronamespace = ${schema}::regnamespace and prolang <> 13`,
	];
	const [name] = await execute(dataDir, `select ${schema} as name`);
	const lines: string[] = [];
	for (const text of texts)
		for (const row of await execute(dataDir, text))
			lines.push(
				Object.values(row)
					.join(' ')
					.replaceAll(`${String(name?.['name'])}.`, ''),
			);
	return lines.sort();
}
