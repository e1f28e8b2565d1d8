import { statSync } from 'node:fs';
import { resolve } from 'node:path';
import { OperatorError } from '../domain/operatorError.ts';
import { copySqliteFile } from '../storage/copy/sqliteFile.ts';
import { dataFileIn } from '../storage/openDatabase.ts';
import { defineCommand } from './command.ts';
import { print } from './output.ts';

/** A name that sorts by time and works on every file system. */
function defaultName(): string {
	return `humanloop-${new Date()
		.toISOString()
		.replace(/\.\d+Z$/, 'Z')
		.replaceAll(':', '')}.db`;
}

export const backup = defineCommand({
	name: 'backup',
	summary: 'Copy the database to a new file. The server may go on meanwhile.',
	argument: { name: '[file]', about: 'The file. It must not exist. Default: humanloop-<time>.db in this folder' },
	details:
		'The file is an SQLite database with one state of all data. It holds prompts and\n' +
		'logs in plain text, so only you can read it. "restore" reads it.',
	settings: ['dataDir'],
	async run({ settings: { dataDir }, values }) {
		const dataFile = dataFileIn(dataDir);
		if (statSync(dataFile, { throwIfNoEntry: false }) === undefined)
			throw new OperatorError(`DATA_DIR (${dataDir}) has no database, so there is nothing to back up.`);
		const file = resolve(String(values['file'] ?? defaultName()));
		await copySqliteFile(dataFile, file, 'The backup');
		print(`backup: ${file} (${statSync(file).size.toLocaleString('en')} bytes)`);
	},
});
