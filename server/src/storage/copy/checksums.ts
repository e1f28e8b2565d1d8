import { createHash } from 'node:crypto';
import { OperatorError } from '../../domain/operatorError.ts';
import type { ReadRows, Row } from './rows.ts';
import type { Table } from './tables.ts';

/** What two databases have alike if they have the same rows. */
export type Checksum = {
	table: string;
	rows: number;
	/** SHA-256 over the rows in the order of the key, in hex. */
	sha256: string;
};

/** Adds up the rows of a table. */
export class RowSum {
	readonly #hash = createHash('sha256');
	#rows = 0;

	add(row: Row): void {
		this.#rows += 1;
		this.#hash.update(JSON.stringify(row)).update('\n');
	}

	resultFor({ name }: Table): Checksum {
		return { table: name, rows: this.#rows, sha256: this.#hash.digest('hex') };
	}
}

/** The checksums of some tables of a database. */
export async function checksumsOf(tables: Table[], read: ReadRows): Promise<Checksum[]> {
	const sums: Checksum[] = [];
	for (const table of tables) {
		const sum = new RowSum();
		for await (const row of read(table)) sum.add(row);
		sums.push(sum.resultFor(table));
	}
	return sums;
}

/** The tables whose rows are not the same. */
export function differences(ones: Checksum[], others: Checksum[]): string[] {
	const differs = (one: Checksum, index: number) =>
		others[index]?.rows !== one.rows || others[index].sha256 !== one.sha256;
	return ones.filter(differs).map(({ table }) => table);
}

/** Throws OperatorError if a copy does not have what was read. */
export function checkCopy(read: Checksum[], written: Checksum[]): void {
	const tables = differences(read, written);
	if (tables.length === 0) return;
	throw new OperatorError(
		`The copy differs from the original in ${tables.join(', ')}. It was not kept, and the original is as it was. Try again.`,
	);
}
