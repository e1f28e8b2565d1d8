import { resolve } from 'node:path';
import { dataFileIn } from '../storage/openDatabase.ts';
import { restoreSqliteFile } from '../storage/copy/restore.ts';
import { defineCommand } from './command.ts';
import { print } from './output.ts';

export const restore = defineCommand({
	name: 'restore',
	summary: 'Make a database from a backup. There must be none yet.',
	argument: { name: '<file>', about: 'A file that "backup" or an upgrade has made.' },
	details: 'Checks that the file is whole before it writes anything. The file stays as it\nis.',
	settings: ['dataDir'],
	async run({ settings: { dataDir }, values }) {
		const dataFile = dataFileIn(dataDir);
		const schema = await restoreSqliteFile(resolve(String(values['file'])), dataFile);
		print(`restored: ${dataFile} (schema ${schema})`);
	},
});
