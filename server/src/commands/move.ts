import { OperatorError } from '../domain/operatorError.ts';
import { checkAlone, moveToPostgres } from '../storage/copy/move.ts';
import { dataFileIn } from '../storage/openDatabase.ts';
import { upgrade } from '../storage/upgrade.ts';
import { checksumLines } from './checksumLines.ts';
import { defineCommand } from './command.ts';
import { print } from './output.ts';
import { databaseSettings, requireDatabase, withDatabase } from './withDatabase.ts';

export const move = defineCommand({
	name: 'move',
	summary: 'Copy everything from SQLite (DATA_DIR) to PostgreSQL (DATABASE_URL).',
	details:
		'Stop the server first. Everything is copied in one transaction, and counts and\n' +
		'checksums are compared. If it is broken off, run it again. The SQLite file stays\n' +
		'as it is.',
	settings: databaseSettings,
	async run({ settings }) {
		const file = dataFileIn(settings.dataDir);
		if (settings.databaseUrl === undefined)
			throw new OperatorError('Set DATABASE_URL to the PostgreSQL database that the data goes to.');
		const source = { ...settings, databaseUrl: undefined };
		requireDatabase(source);
		// An upgrade would stop a server of an earlier version that still uses the file.
		checkAlone(file);
		await withDatabase(source, (opened) => upgrade(opened));
		const { copy, location } = await withDatabase(settings, async (target) => {
			await upgrade(target);
			return { copy: await moveToPostgres(file, target.database), location: target.location };
		});
		for (const line of checksumLines(copy.checksums)) print(line);
		print(copy.wasThere ? `Nothing to do: ${location} has all of it already.` : `moved: ${file} to ${location}`);
		print(`From now on, start the server with DATABASE_URL. Nothing reads ${file} then: keep it as a backup.`);
	},
});
