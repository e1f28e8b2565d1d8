import { existsSync, rmSync } from 'node:fs';
import { OperatorError } from '../domain/operatorError.ts';
import { copySqliteFile } from './copy/sqliteFile.ts';
import type { Dialect } from './dialect.ts';
import { migrate, migrationState } from './migrations.ts';

export type Upgrade = {
	/** The migrations that were run, in order. */
	ran: string[];
	/** The file with the database as it was before. Undefined if nothing was in it, or if nothing was run. */
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
export async function upgrade(database: Dialect, dataFile: string, isAllowed = true): Promise<Upgrade> {
	const { done, pending } = await migrationState(database.writer);
	const schema = [...done, ...pending].at(-1) ?? '';
	if (pending.length === 0) return { ran: [], backup: undefined, schema };
	if (!isAllowed) {
		throw new OperatorError(
			`The database lacks ${pending.join(', ')}, and MIGRATE_ON_START is false. ` +
				'Make a backup, then run "humanloop-server migrate", or set MIGRATE_ON_START to true.',
		);
	}
	const before = done.at(-1);
	const backup = before === undefined ? undefined : backupFileOf(dataFile, before);
	if (backup !== undefined) await copySqliteFile(dataFile, backup, 'The backup before the upgrade');
	try {
		return { ran: await migrate(database.writer), backup, schema };
	} catch (error) {
		// The database is as it was. A start that is tried again and again must not fill the disk with copies of it.
		if (backup !== undefined) rmSync(backup);
		throw error;
	}
}

/** What the operator should know about an upgrade, one line each. Nothing if the database was new or up to date. */
export function upgradeLines({ ran, backup, schema }: Upgrade): string[] {
	if (ran.length === 0 || backup === undefined) return [];
	return [`The database was upgraded to ${schema}. It is as it was before in ${backup}.`];
}
