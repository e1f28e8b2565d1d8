import { existsSync, mkdirSync, readdirSync, renameSync, rmdirSync, rmSync, statSync } from 'node:fs';
import { randomBytes } from 'node:crypto';
import { dirname } from 'node:path';
import { messageOf } from '../domain/apiError.ts';
import { OperatorError } from '../domain/operatorError.ts';
import type { Store } from '../domain/store.ts';
import { exportAll } from '../export/exportAll.ts';
import { exportPrompts } from '../export/exportPrompts.ts';
import { print, printError } from './output.ts';
import { ProgressBar } from './progress.ts';
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

/** Projects that got no .prompt file, in one line. */
function printLeftOut(what: string, names: string[]): void {
	if (names.length === 0) return;
	const shown = names.slice(0, 20).map((name) => JSON.stringify(name));
	const more = names.length > shown.length ? ` and ${names.length - shown.length} more` : '';
	print(`${what}: ${shown.join(', ')}${more}`);
}

async function writePrompts(store: Store, folder: string): Promise<void> {
	const { prompts, withoutVersion, unusableNames } = await makeFolder(folder, (part) =>
		store.snapshot((reads) => exportPrompts(reads, part)),
	);
	print(`prompts       ${prompts.toLocaleString('en')}`);
	printLeftOut('Nothing is deployed in the default environment of', withoutVersion);
	printLeftOut('The name cannot be that of a file', unusableNames);
}

async function writeAll(store: Store, folder: string): Promise<void> {
	const progress = new ProgressBar();
	try {
		const exported = await makeFolder(folder, (part) =>
			store.snapshot((reads) => exportAll(reads, part, (logs) => progress.show(logs, logs, 'logs'))),
		);
		progress.stop();
		for (const [kind, count] of Object.entries(exported)) print(`${kind.padEnd(12)}  ${count.toLocaleString('en')}`);
	} finally {
		progress.stop();
	}
}

/** Exports all data into a folder, or a .prompt file for each project. Prints how much. Throws OperatorError if it cannot. */
export async function runExport(
	settings: Parameters<typeof withStore>[0],
	folder: string,
	onlyPrompts: boolean,
): Promise<void> {
	await withStore(settings, async (store, location) => {
		printError(`data: ${location}`);
		await (onlyPrompts ? writePrompts : writeAll)(store, folder);
	});
	print(`export: ${folder}`);
}
