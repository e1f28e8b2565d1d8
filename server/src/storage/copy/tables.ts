import type { DatabaseSync } from 'node:sqlite';

/** The tables whose rows a copy into another database has, in the order in which they refer to each other. */
const copiedTables: readonly string[] = [
	'projects',
	'feedback_types',
	'configs',
	'config_aliases',
	'environments',
	'deployed_configs',
	'deployments',
	'sessions',
	'logs',
	'session_projects',
	'session_usage',
	'usage',
	'feedback',
	'saved_responses',
	'api_keys',
	'audit_entries',
	'deletions',
	'budgets',
	'budget_reservations',
];

/** The tables that migrations, triggers and the server fill from those: a copy has them without being told. */
const derivedTables: readonly string[] = [
	'kysely_migration',
	'kysely_migration_lock',
	'schema_versions',
	'log_counts',
	'log_texts',
	'search_queue',
];

/** The rows that migrations have put into an empty database. A copy replaces them. */
const seededRows: Readonly<Record<string, string>> = { environments: "tag = 'default'" };

export type Table = {
	name: string;
	columns: string[];
	/** The columns of the primary key. */
	key: string[];
	/** A condition for the rows that an empty database has. Undefined: it has none. */
	seeded: string | undefined;
};

function tableNames(connection: DatabaseSync): string[] {
	// Shadow tables are those that a full-text index consists of.
	const rows = connection.prepare("select name from pragma_table_list where schema = 'main' and type = 'table'").all();
	return rows.map(({ name }) => String(name)).filter((name) => !name.startsWith('sqlite_'));
}

/** The tables of a SQLite database that are neither copied nor derived. There must be none. */
export function unknownTables(connection: DatabaseSync): string[] {
	return tableNames(connection).filter((name) => !copiedTables.includes(name) && !derivedTables.includes(name));
}

function columnsOf(connection: DatabaseSync, name: string): Table {
	const rows = connection.prepare('select name, pk from pragma_table_info(?) order by cid').all(name);
	const columns = rows.map((row) => ({ name: String(row['name']), place: Number(row['pk']) }));
	const key = columns.filter(({ place }) => place > 0).sort((one, other) => one.place - other.place);
	return {
		name,
		columns: columns.map((column) => column.name),
		key: key.map((column) => column.name),
		seeded: seededRows[name],
	};
}

/** The tables that a copy has, in the order in which they are copied. Earlier schemas lack some. */
export function tablesIn(connection: DatabaseSync): Table[] {
	const names = tableNames(connection);
	return copiedTables.filter((name) => names.includes(name)).map((name) => columnsOf(connection, name));
}
