import { ApiError } from '../domain/apiError.ts';

/** The connection could not be made, or was lost. Callers see the message, so it names neither host nor user. */
export class ConnectionLost extends Error {
	constructor(cause: Error) {
		const code = 'code' in cause ? ` (${String(cause.code)})` : '';
		super(`there is no connection to PostgreSQL${code}`, { cause });
	}
}

/** The five characters with which PostgreSQL says what is wrong. */
export function sqlStateOf(error: unknown): string | undefined {
	const code = error instanceof Error && 'severity' in error && 'code' in error ? String(error.code) : '';
	return /^[0-9A-Z]{5}$/.test(code) ? code : undefined;
}

/**
 * PostgreSQL's classes and codes of failures that can pass: connections (08), out of disk, connections or a configured
 * limit (53), another transaction (40, 55P03), a statement that somebody or a time limit cancelled (57014, 25P03, 25P04),
 * shutdown and start (57P), the system (58), and a server that takes no writes (25006). Out of memory (53200) is not
 * one of them: a row that is always too large would be tried forever, and stop all
 * new calls.
 */
const temporary = /^(08...|53[134]00|40...|55P03|57014|57P0[1235]|58...|25006|25P0[34])$/;

export function isTemporary(error: unknown): boolean {
	return error instanceof ConnectionLost || temporary.test(sqlStateOf(error) ?? '');
}

/** A deadlock, or another transaction that changed the same rows. */
export function isConflict(error: unknown): boolean {
	return /^(40001|40P01)$/.test(sqlStateOf(error) ?? '');
}

/** A row has a value that must be unique, and another row has it. */
export function isUniqueViolation(error: unknown): boolean {
	return sqlStateOf(error) === '23505';
}

/** The connection ended before the reply to a commit came. */
export function isOutcomeUnknown(error: unknown): boolean {
	return error instanceof ConnectionLost || /^(08...|57P0[1235])$/.test(sqlStateOf(error) ?? '');
}

/** What pg's client and pool say of a connection that is gone or cannot be made, if it is not an error of the system. */
const connectionMessages =
	/^(Connection terminated|timeout expired|timeout exceeded when trying to connect|Query read timeout|Client (has encountered a connection error|was closed))/;

/** An error that pg threw. Those of the connection become ConnectionLost. */
export function toDatabaseError(error: unknown): unknown {
	if (!(error instanceof Error) || sqlStateOf(error) !== undefined) return error;
	return 'syscall' in error || connectionMessages.test(error.message) ? new ConnectionLost(error) : error;
}

/**
 * An error of making a connection. None of them says anything about what was to be written, so all of them can pass: a
 * password that was changed can be corrected.
 */
export function toConnectError(error: unknown): unknown {
	return error instanceof Error && !isTemporary(error) ? new ConnectionLost(error) : error;
}

/** An error of a read, with what its caller gets if the database cannot be reached at the moment: 503. */
export function toReadError(error: unknown): unknown {
	if (!isTemporary(error)) return error;
	const { message } = error as Error;
	return new ApiError(503, `The server cannot read its database: ${message}. Try again in a moment.`, {
		retryAfterMs: 5_000,
	});
}
