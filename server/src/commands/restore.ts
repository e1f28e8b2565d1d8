import { resolve } from 'node:path';
import { OperatorError } from '../domain/operatorError.ts';
import { restoreToPostgres } from '../storage/copy/move.ts';
import { restoreSqliteFile } from '../storage/copy/restore.ts';
import { dataFileIn } from '../storage/openDatabase.ts';
import { upgrade } from '../storage/upgrade.ts';
import { checksumLines } from './checksumLines.ts';
import { type CommandInput, defineCommand } from './command.ts';
import { print } from './output.ts';
import { databaseSettings, withDatabase } from './withDatabase.ts';

async function intoPostgres(settings: CommandInput<(typeof databaseSettings)[number]>['settings'], file: string) {
	await withDatabase(settings, async (target) => {
		await upgrade(target);
		const { checksums, wasThere } = await restoreToPostgres(file, target.database);
		if (wasThere) throw new OperatorError(`The database in DATABASE_URL has all of ${file} already.`);
		for (const line of checksumLines(checksums)) print(line);
		print(`restored: ${target.location}`);
	});
}

export const restore = defineCommand({
	name: 'restore',
	summary: 'Make a database from a backup. There must be none yet.',
	argument: { name: '<file>', about: 'A file that "backup" or an upgrade has made.' },
	details:
		'Checks that the file is whole before it writes anything. The file stays as it\n' +
		'is. With DATABASE_URL, the database there must be empty.',
	settings: databaseSettings,
	async run({ settings, values }) {
		const file = resolve(String(values['file']));
		if (settings.databaseUrl !== undefined) return intoPostgres(settings, file);
		const dataFile = dataFileIn(settings.dataDir);
		const schema = await restoreSqliteFile(file, dataFile);
		print(`restored: ${dataFile} (schema ${schema})`);
	},
});
