import { posix } from 'node:path';
import type { Actor } from '../domain/audit.ts';
import { newConfig } from '../domain/prompts/configs.ts';
import type { Store } from '../domain/store.ts';
import type { ImportReport } from './importReport.ts';
import { possibleTwins } from './importPrompt.ts';
import { type PromptFile, promptFilesIn, readPrompt, storePrompt } from './promptFiles.ts';

/** How many files and folders may be below a folder of .prompt files: links can make a few look like millions. */
const maxEntries = 1_000_000;

/** Who deploys the first config of a project. */
const actor: Actor = { keyId: null, name: 'import' };

/** An export names the project by the last part of the path. */
async function tellTwin(store: Store, name: string, report: ImportReport): Promise<void> {
	const twin = name.includes('/') ? await store.projectByName(posix.basename(name)) : undefined;
	const added = await store.projectByName(name);
	if (twin !== undefined && added !== undefined) report.note(possibleTwins(twin, added));
}

async function addPrompt(store: Store, prompt: PromptFile, report: ImportReport): Promise<void> {
	const known = await store.projectByName(prompt.project);
	const { hash, parameters } = newConfig(prompt.project, prompt.config);
	const equal = known && (await store.configByHash(known.id, hash));
	const { configId } = await store.write((writes) => storePrompt(writes, prompt, actor));
	report.count('projects', known === undefined);
	if (known === undefined) await tellTwin(store, prompt.project, report);
	report.count('versions', equal === undefined);
	report.version(configId, parameters);
}

/**
 * Imports the .prompt files below a folder, each as a version of the project that its path names. One that is there already
 * is found again. Returns whether there are any. Throws PromptFileError if there are too many files and folders.
 */
export async function importPromptFiles(
	store: Store,
	folder: string,
	report: ImportReport,
	onProgress: (done: number, total: number) => void,
): Promise<boolean> {
	const paths = promptFilesIn(folder, maxEntries);
	for (const [index, path] of paths.entries()) {
		try {
			await addPrompt(store, await readPrompt(folder, path), report);
		} catch (error) {
			report.break(path, error);
		}
		onProgress(index + 1, paths.length);
	}
	return paths.length > 0;
}
