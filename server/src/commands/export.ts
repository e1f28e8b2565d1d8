import { existsSync, mkdirSync, readdirSync, renameSync, rmdirSync, rmSync, statSync } from 'node:fs';
import { randomBytes } from 'node:crypto';
import { dirname, resolve } from 'node:path';
import { messageOf } from '../domain/apiError.ts';
import { OperatorError } from '../domain/operatorError.ts';
import { exportAll } from '../export/exportAll.ts';
import { defineCommand } from './command.ts';
import { print, printError } from './output.ts';
import { ProgressBar } from './progress.ts';
import { databaseSettings, requireDatabase } from './withDatabase.ts';
import { withStore } from './withStore.ts';

/** Throws unless the folder can be made, or is there and empty. */
function checkEmpty(folder: string): void {
	const stats = statSync(folder, { throwIfNoEntry: false });
	if (stats === undefined || (stats.isDirectory() && readdirSync(folder).length === 0)) return;
	throw new OperatorError(`${folder} exists already and is not an empty folder. Choose another name.`);
}

/** Fills a new folder beside it, which gets the name when it is whole. Nobody sees an export that lacks something. */
async function makeFolder<T>(folder: string, write: (part: string) => Promise<T>): Promise<T> {
	checkEmpty(folder);
	const part = `${folder}.part-${randomBytes(4).toString('hex')}`;
	try {
		mkdirSync(dirname(folder), { recursive: true });
		mkdirSync(part, { mode: 0o700 });
		const result = await write(part);
		if (existsSync(folder)) rmdirSync(folder);
		renameSync(part, folder);
		return result;
	} catch (error) {
		rmSync(part, { recursive: true, force: true });
		if (error instanceof Error && 'syscall' in error)
			throw new OperatorError(`${folder} cannot be written: ${messageOf(error)}.`);
		throw error;
	}
}

export const exportCommand = defineCommand({
	name: 'export',
	summary: 'Export all prompts and logs as JSON. The server may go on meanwhile.',
	argument: { name: '<folder>', about: 'The folder. It must not exist, or be empty.' },
	details:
		'The folder has one state of all data in plain text, in the form that "import"\n' +
		'reads. Equal data gives equal files. API keys, saved responses and the audit\n' +
		'trail are not in it: "backup" has everything.',
	settings: databaseSettings,
	async run({ settings, values }) {
		requireDatabase(settings);
		const folder = resolve(String(values['folder']));
		const progress = new ProgressBar();
		await withStore(settings, async (store, location) => {
			printError(`data: ${location}`);
			const exported = await makeFolder(folder, (part) =>
				store.snapshot((reads) => exportAll(reads, part, (logs) => progress.show(logs, logs, 'logs'))),
			);
			progress.stop();
			for (const [kind, count] of Object.entries(exported)) print(`${kind.padEnd(12)}  ${count.toLocaleString('en')}`);
		});
		print(`export: ${folder}`);
	},
});
