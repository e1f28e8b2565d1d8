import { join } from 'node:path';
import type { Store } from '../domain/store.ts';
import { addAliases, readAliases } from './aliases.ts';
import { type ExportTree, isThere, jsonLinesIn } from './exportTree.ts';
import { type LogFile, LogImport } from './importLogs.ts';
import { type ImportedPrompt, PromptImport } from './importPrompt.ts';
import type { ImportReport } from './importReport.ts';
import { importSessions } from './importSessions.ts';
import { inOrderOfNames } from './promptOrder.ts';

/** How far an import is. */
export type Progress = { files: number; totalFiles: number; logs: number };

export type ImportOptions = {
	tree: ExportTree;
	report: ImportReport;
	/** The time of what has none, ISO 8601. */
	now: string;
	onProgress: (progress: Progress) => void;
};

/** The files of logs in a folder that can be missing. */
function logFilesIn(folder: string, project: LogFile['project'], report: ImportReport): LogFile[] {
	const path = join(folder, 'logs');
	try {
		return jsonLinesIn(path).map((file) => ({ path: file, project }));
	} catch (error) {
		report.break(path, error);
		return [];
	}
}

/** Parents come last: a log can be in an earlier file than its parent. */
async function importLogs(store: Store, files: LogFile[], options: ImportOptions, totalFiles: number): Promise<void> {
	const { report, now, onProgress } = options;
	const logs = new LogImport(store, report, now);
	const lackParents: LogFile[] = [];
	let count = 0;
	for (const file of files) {
		try {
			const lacksParents = await logs.add(file, (read) => {
				count += read;
				onProgress({ files: totalFiles, totalFiles, logs: count });
			});
			if (lacksParents) lackParents.push(file);
		} catch (error) {
			report.break(file.path, error);
		}
	}
	for (const file of lackParents) await logs.addParents(file);
}

/**
 * Imports an export. What is there already stays as it is, so it can run again, also after it was broken off. Parts that
 * cannot be imported are in the report. Throws what is not about the export, such as a database that cannot be written.
 */
export async function importExport(store: Store, options: ImportOptions): Promise<void> {
	const { tree, report, now, onProgress } = options;
	const { files, root } = tree;
	const prompts = new PromptImport(store, report, now);
	// All prompts before all logs: a log of one project can have a version of another.
	if (root !== undefined) await prompts.addEnvironments(join(root, 'environments.json'));
	const imported: ImportedPrompt[] = [];
	for (const [index, folder] of inOrderOfNames(files).entries()) {
		const prompt = await prompts.add(folder);
		if (prompt !== undefined) imported.push(prompt);
		onProgress({ files: index + 1, totalFiles: files.length, logs: 0 });
	}
	const aliases = root === undefined ? undefined : join(root, 'aliases.json');
	if (aliases !== undefined && isThere(aliases)) {
		try {
			await addAliases(store, readAliases(aliases), aliases, report);
		} catch (error) {
			report.break(aliases, error);
		}
	}
	if (root !== undefined) await importSessions(store, join(root, 'sessions.jsonl'), report);
	const logFiles = imported.flatMap(({ folder, project }) => logFilesIn(folder, project, report));
	const others = root === undefined ? [] : logFilesIn(root, null, report);
	await importLogs(store, [...logFiles, ...others], options, files.length);
}
