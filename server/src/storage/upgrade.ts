import { existsSync, rmSync } from 'node:fs';
import { messageOf } from '../domain/apiError.ts';
import { OperatorError } from '../domain/operatorError.ts';
import { copySqliteFile } from './copy/sqliteFile.ts';
import { migrate, migrationState } from './migrations.ts';
import type { OpenDatabase } from './openDatabase.ts';
import { NewerSchemaError } from './schemaVersions.ts';

export type Upgrade = {
	/** The newest migration that was there already. Undefined if the database was new. */
	before: string | undefined;
	/** The migrations that were run, in order. */
	ran: string[];
	/** The file with the database as it was before. Undefined for PostgreSQL, and if there was nothing to copy. */
	backup: string | undefined;
	/** The newest migration, which is the name of the schema. */
	schema: string;
};

/** A name for the backup of a schema, such as `humanloop.db.schema-0005`. Backups of earlier upgrades are kept. */
function backupFileOf(dataFile: string, schema: string): string {
	const name = `${dataFile}.schema-${schema.split('_')[0]}`;
	let file = name;
	for (let count = 2; existsSync(file); count += 1) file = `${name}-${count}`;
	return file;
}

/**
 * Runs the pending migrations. Before that, copies a SQLite database with data in it to a file beside it. Throws
 * OperatorError if `isAllowed` is false and a migration is pending, or if there is no room for the copy.
 */
export async function upgrade({ database, file }: OpenDatabase, isAllowed = true): Promise<Upgrade> {
	const { done, pending } = await migrationState(database);
	const before = done.at(-1);
	const schema = [...done, ...pending].at(-1) ?? '';
	if (pending.length === 0) return { before, ran: [], backup: undefined, schema };
	if (!isAllowed) {
		throw new OperatorError(
			`The database lacks ${pending.join(', ')}, and MIGRATE_ON_START is false. ` +
				'Make a backup, then run "humanloop-server migrate", or set MIGRATE_ON_START to true.',
		);
	}
	const backup = before === undefined || file === undefined ? undefined : backupFileOf(file, before);
	if (backup !== undefined) await copySqliteFile(file!, backup, 'The backup before the upgrade');
	try {
		return { before, ran: await migrate(database), backup, schema };
	} catch (error) {
		// The database is as it was. A start that is tried again and again must not fill the disk with copies of it.
		if (backup !== undefined) rmSync(backup);
		if (file === undefined || error instanceof NewerSchemaError) throw error;
		const words = `The upgrade to ${schema} failed: ${messageOf(error)}. The database is as it was before.`;
		throw new OperatorError(words, { cause: error });
	}
}

/** What the operator should know about an upgrade, one line each. Nothing if the database was new or up to date. */
export function upgradeLines({ before, ran, backup, schema }: Upgrade): string[] {
	if (ran.length === 0 || before === undefined) return [];
	const way = backup === undefined ? '' : ` It is as it was before in ${backup}.`;
	return [`The database was upgraded from ${before} to ${schema}.${way}`];
}
