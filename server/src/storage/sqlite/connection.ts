import { DatabaseSync, type SQLInputValue, type StatementSync } from 'node:sqlite';
import { mentions } from '../search/searchText.ts';

export type Statement = {
	sql: string;
	parameters: readonly unknown[];
	/** How many rows it returns or changes. With another number, it fails. By default, any. */
	expectedRows?: number;
};

export type Row = Record<string, unknown>;

/** What a statement returned. A statement that returns no rows has changed some, perhaps none. */
export type Result = { rows: Row[]; changes?: number | bigint };

/** How many statements stay prepared. Beyond that, all are dropped. Usage alone has a statement for each time a call can take. */
const maxPrepared = 400;

type Prepared = { statement: StatementSync; hasRows: boolean };

type Limits = {
	/** Asked for every row that a statement returns or searches. If it returns true, the statement fails. */
	isCancelled?: () => boolean;
	/** How many UTF-16 code units the texts of a result may have. A statement whose result is longer fails. */
	maxResultLength?: number;
};

function lengthOf(row: Row): number {
	let length = 0;
	for (const name in row) length += typeof row[name] === 'string' ? row[name].length : 1;
	return length;
}

/** A connection to a database file. Its statements run in the thread that calls it, and stop that thread meanwhile. */
export class SqliteConnection {
	readonly #db: DatabaseSync;
	readonly #prepared = new Map<string, Prepared>();
	readonly #isCancelled: () => boolean;
	readonly #maxResultLength: number;

	/**
	 * Opens the file, or creates it. A statement waits at most `busyTimeoutMs` milliseconds for another process's lock.
	 * Throws SQLite's error if the file cannot be opened.
	 */
	constructor(
		file: string,
		busyTimeoutMs: number,
		{ isCancelled = () => false, maxResultLength = Infinity }: Limits = {},
	) {
		this.#isCancelled = isCancelled;
		this.#maxResultLength = maxResultLength;
		this.#db = new DatabaseSync(file);
		// FULL: when a commit returns, it is on the disk, even if the machine loses power at that moment. What is
		// deleted is overwritten.
		this.#db.exec(`
			pragma busy_timeout = ${busyTimeoutMs};
			pragma journal_mode = wal;
			pragma synchronous = full;
			pragma foreign_keys = on;
			pragma secure_delete = on;
		`);
		// SQLite's own lower() only knows A to Z.
		this.#db.function('mentions', { deterministic: true }, (inputs, output, folded) => {
			this.#check();
			return Number(mentions(inputs as string | null, output as string | null, String(folded)));
		});
	}

	/** Throws SQLite's error if the file cannot be written. SQLite opens a read-only file without an error. */
	checkWritable(): void {
		this.#db.exec('begin immediate; create table probe (x); rollback');
	}

	execute({ sql, parameters, expectedRows }: Statement): Result {
		const result = this.#execute(sql, parameters);
		const { rows, changes = rows.length } = result;
		if (expectedRows === undefined || Number(changes) === expectedRows) return result;
		throw new Error(`a statement was expected to return or change ${expectedRows} rows, and it was ${changes}`);
	}

	/** Executes a statement that returns rows, and returns the first one, whatever its length. */
	first({ sql, parameters }: Statement): Row | undefined {
		return this.#prepare(sql).statement.get(...(parameters as SQLInputValue[]));
	}

	close(): void {
		this.#db.close();
	}

	#execute(sql: string, parameters: readonly unknown[]): Result {
		const { statement, hasRows } = this.#prepare(sql);
		const values = parameters as SQLInputValue[];
		if (!hasRows) return { rows: [], changes: statement.run(...values).changes };
		const rows: Row[] = [];
		let length = 0;
		for (const row of statement.iterate(...values)) {
			this.#check();
			length += lengthOf(row);
			if (length > this.#maxResultLength) throw new Error('the result takes too much memory');
			rows.push(row);
		}
		return { rows };
	}

	#check(): void {
		if (this.#isCancelled()) throw new Error('The statement was cancelled.');
	}

	#prepare(sql: string): Prepared {
		let prepared = this.#prepared.get(sql);
		if (prepared === undefined) {
			if (this.#prepared.size >= maxPrepared) this.#prepared.clear();
			const statement = this.#db.prepare(sql);
			prepared = { statement, hasRows: statement.columns().length > 0 };
			this.#prepared.set(sql, prepared);
		}
		return prepared;
	}
}
