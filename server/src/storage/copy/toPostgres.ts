import type { DatabaseSync } from 'node:sqlite';
import { type Kysely, sql } from 'kysely';
import { OperatorError } from '../../domain/operatorError.ts';
import type { Dialect } from '../dialect.ts';
import { checkCopy, type Checksum, checksumsOf, differences, RowSum } from './checksums.ts';
import { insertRows, postgresRows, type ReadRows, sqliteRows } from './rows.ts';
import { type Table, tablesIn } from './tables.ts';

export type Copy = {
	checksums: Checksum[];
	/** Whether the database had the very same rows already, so that nothing was copied. */
	wasThere: boolean;
};

/** Nobody else writes until the transaction ends. */
async function lockTables(db: Kysely<unknown>, tables: Table[]): Promise<void> {
	await sql`lock table ${sql.join(tables.map(({ name }) => sql.table(name)))} in exclusive mode`.execute(db);
}

/** Whether there are rows that no migration has put there. */
async function hasRows(db: Kysely<unknown>, tables: Table[]): Promise<boolean> {
	for (const { name, seeded = 'false' } of tables) {
		const { rows } = await sql`select 1 from ${sql.table(name)} where not (${sql.raw(seeded)}) limit 1`.execute(db);
		if (rows.length > 0) return true;
	}
	return false;
}

type Constraint = { table: string; name: string };

async function foreignKeys(db: Kysely<unknown>, tables: Table[]): Promise<Constraint[]> {
	const names = tables.map(({ name }) => name);
	const { rows } = await sql<Constraint>`
		select conrelid::regclass::text as table, conname as name from pg_constraint
		where contype = 'f' and connamespace = current_schema()::regnamespace and not condeferrable
	`.execute(db);
	return rows.filter(({ table }) => names.includes(table));
}

/** Rows can refer to rows that come later, so foreign keys are checked when all are there. */
async function withDeferredKeys(db: Kysely<unknown>, tables: Table[], work: () => Promise<void>): Promise<void> {
	const keys = await foreignKeys(db, tables);
	const alter = async ({ table, name }: Constraint, when: string) => {
		await sql`alter table ${sql.table(table)} alter constraint ${sql.id(name)} ${sql.raw(when)}`.execute(db);
	};
	for (const key of keys) await alter(key, 'deferrable initially deferred');
	await work();
	await sql`set constraints all immediate`.execute(db);
	for (const key of keys) await alter(key, 'not deferrable');
}

async function copyRows(db: Kysely<unknown>, tables: Table[], read: ReadRows): Promise<Checksum[]> {
	const sums: Checksum[] = [];
	await withDeferredKeys(db, tables, async () => {
		for (const table of tables) {
			const sum = new RowSum();
			await insertRows(db, table, read(table), (row) => sum.add(row));
			sums.push(sum.resultFor(table));
		}
	});
	checkCopy(sums, await checksumsOf(tables, postgresRows(db)));
	return sums;
}

async function copyOrCompare(db: Kysely<unknown>, tables: Table[], read: ReadRows): Promise<Copy> {
	await lockTables(db, tables);
	if (!(await hasRows(db, tables))) return { checksums: await copyRows(db, tables, read), wasThere: false };
	const checksums = await checksumsOf(tables, postgresRows(db));
	if (differences(await checksumsOf(tables, read), checksums).length === 0) return { checksums, wasThere: true };
	const used = checksums.filter(({ rows }) => rows > 0).map(({ table }) => table);
	throw new OperatorError(
		`The database in DATABASE_URL has other data already (in ${used.join(', ')}). Nothing was changed. ` +
			'Use an empty database. If a server has used this one by mistake, drop it and create it again.',
	);
}

/**
 * Copies all rows of a SQLite database into a PostgreSQL database with the same schema, in one transaction, and compares
 * counts and checksums before the commit. If the rows are there already, changes nothing. Throws OperatorError if other
 * rows are there, or if the copy differs.
 */
export async function copyToPostgres(source: DatabaseSync, { maintenance, statements }: Dialect): Promise<Copy> {
	const plain = maintenance.withoutPlugins() as Kysely<unknown>;
	return plain.connection().execute(async (db) => {
		await sql.raw(statements.begin).execute(db);
		try {
			const copy = await copyOrCompare(db, tablesIn(source), sqliteRows(source));
			await sql.raw(statements.commit).execute(db);
			if (!copy.wasThere) await sql`analyze`.execute(db);
			return copy;
		} catch (error) {
			await sql
				.raw(statements.rollback)
				.execute(db)
				.catch(() => undefined);
			throw error;
		}
	});
}
