import type { Settings } from '../config.ts';
import { messageOf } from '../domain/apiError.ts';
import { OperatorError } from '../domain/operatorError.ts';
import { databaseProblem } from '../storage/databaseProblem.ts';
import { dataFileIn, openDatabase, type OpenDatabase } from '../storage/openDatabase.ts';
import { hasDatabase } from '../storage/sqliteFiles.ts';
import { printError } from './output.ts';

/** The settings of every command that opens the database. */
export const databaseSettings = [
	'dataDir',
	'databaseUrl',
	'databasePoolSize',
	'databaseWaitMs',
	'busyTimeoutMs',
] as const;

/** Says in one line that PostgreSQL is not there yet. */
export function printWait(error: unknown): void {
	printError(`Waiting for the database: ${messageOf(error)}.`);
}

/** Throws OperatorError if there is no database. An empty new one would hide that the settings are those of another. */
export function requireDatabase({ dataDir, databaseUrl }: Pick<Settings, 'dataDir' | 'databaseUrl'>): void {
	if (databaseUrl !== undefined || hasDatabase(dataFileIn(dataDir))) return;
	throw new OperatorError(
		`There is no database in DATA_DIR (${dataDir}). A command works on the database of its own settings: ` +
			'give it the DATA_DIR or the DATABASE_URL of the server.',
	);
}

/** Opens the database for the work and closes it after that. Throws OperatorError if it cannot be used. */
export async function withDatabase<T>(
	settings: Pick<Settings, (typeof databaseSettings)[number]>,
	work: (opened: OpenDatabase) => Promise<T>,
): Promise<T> {
	try {
		const opened = await openDatabase(settings, printWait);
		try {
			for (const line of opened.warnings) printError(line);
			return await work(opened);
		} finally {
			await opened.database.close();
		}
	} catch (error) {
		throw databaseProblem(error, settings);
	}
}
