import { messageOf } from '../domain/apiError.ts';
import { OperatorError } from '../domain/operatorError.ts';

/** The code of an error of Node.js, or an empty text. */
export function codeOf(error: unknown): string {
	return error instanceof Error && 'code' in error ? String(error.code) : '';
}

/** Why a command failed, in one line for the operator. */
export function problemOf(error: unknown, name: string, dataDir: string): string {
	if (error instanceof OperatorError) return error.message;
	if (codeOf(error) === 'ERR_SQLITE_ERROR')
		return `The database in DATA_DIR (${dataDir}) cannot be used: ${messageOf(error)}.`;
	return name === 'start' ? `The server cannot start: ${messageOf(error)}.` : `${name} failed: ${messageOf(error)}.`;
}
