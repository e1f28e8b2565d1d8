import { statSync } from 'node:fs';
import { OperatorError } from '../domain/operatorError.ts';

function sizeOf(file: string): number | undefined {
	return statSync(file, { throwIfNoEntry: false })?.size;
}

/**
 * Whether there is a database in the file. Throws OperatorError if only its write-ahead log has content: after a crash,
 * that holds everything, and SQLite deletes it when it opens a database that is missing or empty.
 */
export function hasDatabase(dataFile: string): boolean {
	const size = sizeOf(dataFile);
	if (size !== undefined && size > 0) return true;
	const log = `${dataFile}-wal`;
	if ((sizeOf(log) ?? 0) > 0) {
		throw new OperatorError(
			`${log} is there, but ${dataFile} is ${size === undefined ? 'not' : 'empty'}. Put both files back together.`,
		);
	}
	return false;
}
