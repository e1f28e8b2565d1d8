import { existsSync, mkdirSync, statSync } from 'node:fs';
import { dirname } from 'node:path';
import { OperatorError } from '../../domain/operatorError.ts';
import { migrationState } from '../migrations.ts';
import { NewerSchemaError } from '../schemaVersions.ts';
import { openSqlite } from '../sqlite.ts';
import { makeFile } from './newFile.ts';
import { checkSqliteFile, vacuumInto } from './sqliteFile.ts';

/** The schema of a file. Throws OperatorError if a newer server made it, or no server at all. */
async function schemaOf(part: string, name: string): Promise<string> {
	const database = openSqlite(part);
	try {
		const schema = (await migrationState(database)).done.at(-1);
		if (schema === undefined) throw new OperatorError(`${name} is not a backup of humanloop-server: it has no schema.`);
		return schema;
	} catch (error) {
		throw error instanceof NewerSchemaError ? new OperatorError(`${name} ${error.message}`) : error;
	} finally {
		await database.close();
	}
}

/**
 * Makes a database file from a backup. Returns its schema. Throws OperatorError if there is a database already, or if the
 * backup is not whole. A restore that is broken off leaves no database.
 */
export async function restoreSqliteFile(backup: string, dataFile: string): Promise<string> {
	if (statSync(backup, { throwIfNoEntry: false })?.isFile() !== true)
		throw new OperatorError(`There is no file ${backup}.`);
	const found = [dataFile, `${dataFile}-wal`, `${dataFile}-shm`].find((file) => existsSync(file));
	if (found !== undefined) {
		throw new OperatorError(
			`There is a database already: ${found}. Nothing is overwritten. ` +
				'To look at the backup, restore into another DATA_DIR. ' +
				'To go back, stop the server and move humanloop.db, -wal and -shm away.',
		);
	}
	checkSqliteFile(backup);
	mkdirSync(dirname(dataFile), { recursive: true, mode: 0o700 });
	let schema = '';
	await makeFile(dataFile, async (part) => {
		vacuumInto(backup, part, 'The restored database');
		schema = await schemaOf(part, backup);
	});
	return schema;
}
