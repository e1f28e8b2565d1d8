import { statSync } from 'node:fs';
import { resolve } from 'node:path';
import type { Settings } from '../config.ts';
import type { Checksum } from '../storage/copy/checksums.ts';
import { copyPostgresToFile } from '../storage/copy/fromPostgres.ts';
import { copySqliteFile } from '../storage/copy/sqliteFile.ts';
import { dataFileIn } from '../storage/openDatabase.ts';
import { checksumLines } from './checksumLines.ts';
import { defineCommand } from './command.ts';
import { print } from './output.ts';
import { databaseSettings, requireDatabase, withDatabase } from './withDatabase.ts';

/** A name that sorts by time and works on every file system. */
function defaultName(): string {
	return `humanloop-${new Date()
		.toISOString()
		.replace(/\.\d+Z$/, 'Z')
		.replaceAll(':', '')}.db`;
}

async function copyDataFolder({ dataDir }: Pick<Settings, 'dataDir'>, file: string): Promise<Checksum[]> {
	await copySqliteFile(dataFileIn(dataDir), file, 'The backup');
	return [];
}

export const backup = defineCommand({
	name: 'backup',
	summary: 'Copy the database to a new file. The server may go on meanwhile.',
	argument: { name: '[file]', about: 'The file. It must not exist. Default: humanloop-<time>.db in this folder' },
	details:
		'The file is an SQLite database with one state of all data, also if the data is\n' +
		'in PostgreSQL. It holds prompts and logs in plain text, so only you can read it.\n' +
		'"restore" reads it.',
	settings: databaseSettings,
	async run({ settings, values }) {
		requireDatabase(settings);
		const file = resolve(String(values['file'] ?? defaultName()));
		const checksums =
			settings.databaseUrl === undefined
				? await copyDataFolder(settings, file)
				: await withDatabase(settings, ({ database }) => copyPostgresToFile(database, file));
		for (const line of checksumLines(checksums)) print(line);
		print(`backup: ${file} (${statSync(file).size.toLocaleString('en')} bytes)`);
	},
});
