import { dataFileIn, openDatabase } from '../storage/openDatabase.ts';
import { upgrade } from '../storage/upgrade.ts';
import { defineCommand } from './command.ts';
import { print, printError } from './output.ts';

export const migrate = defineCommand({
	name: 'migrate',
	summary: 'Bring the database to the schema of this version.',
	details:
		'Copies an SQLite database to a file beside it first, if it has data and a\n' +
		'migration is pending. A start does the same, unless MIGRATE_ON_START is false.',
	settings: ['dataDir', 'busyTimeoutMs'],
	async run({ settings }) {
		const { database, warnings } = openDatabase(settings);
		try {
			for (const line of warnings) printError(line);
			const { ran, backup, schema } = await upgrade(database, dataFileIn(settings.dataDir));
			for (const name of ran) print(`migrated: ${name}`);
			if (backup !== undefined) print(`backup: ${backup}`);
			if (ran.length === 0) print(`Nothing to do: the database has the schema ${schema} already.`);
		} finally {
			await database.close();
		}
	},
});
