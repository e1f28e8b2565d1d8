import { messageOf } from '../domain/apiError.ts';
import { locationOf } from '../domain/databaseLocation.ts';
import { OperatorError } from '../domain/operatorError.ts';
import type { DatabaseSettings } from './openDatabase.ts';
import { startProblem } from './postgresStart.ts';
import { NewerSchemaError } from './schemaVersions.ts';

/** Why the database cannot be used, for the operator. */
export function databaseProblem(error: unknown, { dataDir, databaseUrl }: DatabaseSettings): OperatorError {
	if (error instanceof OperatorError) return error;
	const name = databaseUrl === undefined ? `DATA_DIR (${dataDir})` : `DATABASE_URL (${locationOf(databaseUrl)})`;
	const problem =
		error instanceof NewerSchemaError
			? error.message
			: databaseUrl === undefined
				? `cannot be opened: ${messageOf(error)}.`
				: `cannot be used: ${startProblem(error)}`;
	return new OperatorError(`The database in ${name} ${problem}`, { cause: error });
}
