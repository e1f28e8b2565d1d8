import { upgrade } from '../storage/upgrade.ts';
import { defineCommand } from './command.ts';
import { print } from './output.ts';
import { databaseSettings, withDatabase } from './withDatabase.ts';

export const migrate = defineCommand({
	name: 'migrate',
	summary: 'Bring the database to the schema of this version.',
	details:
		'Copies an SQLite database to a file beside it first, if it has data and a\n' +
		'migration is pending. For PostgreSQL, run "backup" before. A start migrates too,\n' +
		'unless MIGRATE_ON_START is false.',
	settings: databaseSettings,
	async run({ settings }) {
		const { ran, backup, schema } = await withDatabase(settings, (opened) => upgrade(opened));
		for (const name of ran) print(`migrated: ${name}`);
		if (backup !== undefined) print(`backup: ${backup}`);
		if (ran.length === 0) print(`Nothing to do: the database has the schema ${schema} already.`);
	},
});
