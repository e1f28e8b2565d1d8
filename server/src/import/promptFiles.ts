import { readdirSync, readFileSync, realpathSync, statSync } from 'node:fs';
import { basename, join, relative, sep } from 'node:path';
import { maxNameLength } from '../contract/fields.ts';
import type { Actor } from '../domain/audit.ts';
import { newId } from '../domain/ids.ts';
import { checkConfig, type ConfigDescription, findOrCreateConfig, newConfig } from '../domain/prompts/configs.ts';
import type { Store, Writes } from '../domain/store.ts';
import { messageOf } from '../domain/apiError.ts';
import { parsePrompt } from '../domain/promptFiles/parsePrompt.ts';
import { PromptFileError } from '../domain/promptFiles/problems.ts';

export type ImportedPrompt = { file: string; project: string; configId: string };

/** Who deploys the first config of a project. */
const folder: Actor = { keyId: null, name: 'PROMPTS_DIR' };

/** Larger than any prompt that a model reads well. */
const maxBytes = 1024 * 1024;

function isFolder(path: string): boolean {
	return statSync(path, { throwIfNoEntry: false })?.isDirectory() === true;
}

/**
 * The paths of all .prompt files below a folder, in order. Links are followed, unless they lead back to a folder above. Folders
 * that begin with a dot are skipped: `.git`, and the copies that Kubernetes keeps behind its links. Throws if there are
 * more than `max` files and folders, because links can make a few folders look like millions.
 */
export function promptFilesIn(root: string, max: number): string[] {
	let count = 0;
	const filesIn = (dir: string, above: string[]): string[] => {
		const real = realpathSync(dir);
		if (above.includes(real)) return [];
		return readdirSync(dir).flatMap((name) => {
			count += 1;
			if (count > max) {
				throw new PromptFileError(
					`more than ${max} files and folders are in it. Choose a folder that has prompts only, or raise MAX_PROMPT_FILES`,
				);
			}
			const path = join(dir, name);
			if (isFolder(path)) return name.startsWith('.') ? [] : filesIn(path, [...above, real]);
			return name.endsWith('.prompt') ? [path] : [];
		});
	};
	return filesIn(root, []).sort();
}

/** The text of a file. Anything else, such as a pipe or a device, might never end. */
function textOf(path: string): string {
	const stats = statSync(path);
	if (!stats.isFile()) throw new PromptFileError('it is neither a file nor a link to one. Remove or rename it');
	if (stats.size > maxBytes) {
		throw new PromptFileError(`it has ${stats.size} bytes, and at most ${maxBytes} are allowed. Shorten it`);
	}
	return readFileSync(path, 'utf8');
}

/** The name of the project: the path below the folder, without its extension, with `/` on every system. */
function projectOf(dir: string, file: string): string {
	if (basename(file) === '.prompt')
		throw new PromptFileError('the file has no name before ".prompt", so its project would have none');
	const project = relative(dir, file).slice(0, -'.prompt'.length).split(sep).join('/');
	const { length } = [...project];
	if (length > maxNameLength) {
		throw new PromptFileError(
			`its path names a project of ${length} characters, and at most ${maxNameLength} are allowed. Shorten it`,
		);
	}
	return project;
}

/** Turns an error of the file system or the parser into one that names the path. */
async function readable<T>(path: string, read: () => T | Promise<T>): Promise<T> {
	try {
		return await read();
	} catch (error) {
		throw new PromptFileError(`${path}: ${messageOf(error)}`);
	}
}

/** A .prompt file: the name of its project, and its config. */
export type PromptFile = { file: string; project: string; config: ConfigDescription };

/**
 * Reads a file below a folder. Throws PromptFileError with the line and the reason, a 422 for a config that no call could
 * run, or the error of the file system.
 */
export async function readPrompt(dir: string, file: string): Promise<PromptFile> {
	const config = parsePrompt(textOf(file));
	await checkConfig(newConfig('', config).parameters);
	return { file, project: projectOf(dir, file), config };
}

/**
 * Stores a file as a config of the project that its path names. One that was stored before is found again. `actor` deploys
 * the first config of the project.
 */
export async function storePrompt(
	writes: Writes,
	{ file, project, config }: PromptFile,
	actor: Actor,
): Promise<ImportedPrompt> {
	const id = await writes.findOrCreateProject(project, newId('pr'));
	const stored = await findOrCreateConfig(writes, { id, name: project }, config, actor);
	return { file, project, configId: stored.id };
}

/**
 * Stores every .prompt file below a folder, either all or none. `maxFiles` is how many files and folders may be below it.
 * Throws PromptFileError with the path, the line and the reason.
 */
export async function importPrompts(store: Store, dir: string, maxFiles: number): Promise<ImportedPrompt[]> {
	const paths = await readable(dir, () => promptFilesIn(dir, maxFiles));
	const files: PromptFile[] = [];
	for (const path of paths) files.push(await readable(path, () => readPrompt(dir, path)));
	return store.write(async (writes) => {
		const imported: ImportedPrompt[] = [];
		for (const file of files) imported.push(await storePrompt(writes, file, folder));
		return imported;
	});
}
