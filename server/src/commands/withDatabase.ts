import type { Settings } from '../config.ts';
import { messageOf } from '../domain/apiError.ts';
import { databaseProblem } from '../storage/databaseProblem.ts';
import { openDatabase, type OpenDatabase } from '../storage/openDatabase.ts';
import { printError } from './output.ts';

/** The settings of every command that opens the database. */
export const databaseSettings = [
	'dataDir',
	'databaseUrl',
	'databasePoolSize',
	'databaseWaitMs',
	'busyTimeoutMs',
] as const;

/** Opens the database for the work and closes it after that. Throws OperatorError if it cannot be used. */
export async function withDatabase<T>(
	settings: Pick<Settings, (typeof databaseSettings)[number]>,
	work: (opened: OpenDatabase) => Promise<T>,
): Promise<T> {
	try {
		const opened = await openDatabase(settings, (error) =>
			printError(`Waiting for the database: ${messageOf(error)}.`),
		);
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
