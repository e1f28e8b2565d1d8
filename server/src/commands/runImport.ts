import { statSync } from 'node:fs';
import type { Settings } from '../config.ts';
import { EndOfLife } from '../domain/models/endOfLife.ts';
import { shutdownsFor } from '../domain/models/shutdowns.ts';
import { endWarnings } from '../domain/models/warnings.ts';
import { OperatorError } from '../domain/operatorError.ts';
import type { Store } from '../domain/store.ts';
import { addAliases, readAliases } from '../import/aliases.ts';
import { findExport } from '../import/exportTree.ts';
import { importExport } from '../import/importExport.ts';
import { reasonOf } from '../import/importProblem.ts';
import { importPromptFiles } from '../import/importPromptFiles.ts';
import { ImportReport } from '../import/importReport.ts';
import { readModelsFile } from '../import/modelsFile.ts';
import { reportLines } from '../import/reportLines.ts';
import { print, printError } from './output.ts';
import { ProgressBar } from './progress.ts';
import type { databaseSettings } from './withDatabase.ts';
import { withStore } from './withStore.ts';

type ImportSetting = (typeof databaseSettings)[number] | 'modelsFile' | 'openaiBaseUrl';

/** What `read` returns. Turns an error about what it reads into one for the operator. */
function readable<T>(path: string, read: () => T): T {
	try {
		return read();
	} catch (error) {
		const reason = reasonOf(error);
		throw reason === undefined ? error : new OperatorError(`${path}: ${reason}.`);
	}
}

async function importFolder(store: Store, folder: string, report: ImportReport): Promise<void> {
	const tree = readable(folder, () => findExport(folder));
	const progress = new ProgressBar();
	try {
		if (tree === undefined) {
			const hasPrompts = await importPromptFiles(store, folder, report, (done, total) =>
				progress.show(done, total, '.prompt files'),
			);
			if (!hasPrompts)
				throw new OperatorError(
					`${folder} has neither an export (a folder "files" with a folder for each prompt) nor a .prompt file.`,
				);
		} else {
			await importExport(store, {
				tree,
				report,
				now: new Date().toISOString(),
				onProgress: ({ files, totalFiles, logs }) =>
					progress.show(files, totalFiles, `files, ${logs.toLocaleString('en')} logs`),
			});
		}
	} finally {
		progress.stop();
	}
}

/** What to say of the models that imported versions call and that have ended, or end soon. */
function endsOf(report: ImportReport, { modelsFile, openaiBaseUrl: baseUrl }: Pick<Settings, ImportSetting>): string[] {
	const known = shutdownsFor({ openai: baseUrl === undefined ? {} : { baseUrl } });
	const own = modelsFile === undefined ? [] : readModelsFile(modelsFile);
	return endWarnings(report.models, new EndOfLife([...known, ...own]), Date.now());
}

/**
 * Imports a folder, and the older IDs in a file. Prints what it has done. Throws OperatorError if something of it could not
 * be imported.
 */
export async function runImport(
	settings: Pick<Settings, ImportSetting>,
	folder: string,
	aliasFile: string | undefined,
): Promise<void> {
	if (statSync(folder, { throwIfNoEntry: false })?.isDirectory() !== true)
		throw new OperatorError(`There is no folder ${folder}.`);
	const aliases = aliasFile === undefined ? [] : readable(aliasFile, () => readAliases(aliasFile));
	const report = new ImportReport();
	await withStore(settings, async (store, location) => {
		printError(`data: ${location}`);
		await importFolder(store, folder, report);
		await addAliases(store, aliases, aliasFile ?? '', report);
	});
	for (const line of [...reportLines(report), ...endsOf(report, settings)]) print(line);
	if (report.brokenCount > 0)
		throw new OperatorError(
			report.brokenCount === 1
				? '1 part could not be imported. It is listed above.'
				: `${report.brokenCount.toLocaleString('en')} parts could not be imported. They are listed above.`,
		);
}
