import { readdirSync, readFileSync, realpathSync, statSync } from 'node:fs';
import { basename, join, relative, sep } from 'node:path';
import { maxNameLength } from '../contract/fields.ts';
import type { Actor } from '../domain/audit.ts';
import { newId } from '../domain/ids.ts';
import { type ConfigDescription, findOrCreateConfig } from '../domain/prompts/configs.ts';
import { checkTemplates } from '../domain/prompts/renderPrompt.ts';
import type { Store } from '../domain/store.ts';
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
 * The paths of all .prompt files below a folder. Links are followed, unless they lead back to a folder above. Folders
 * that begin with a dot are skipped: `.git`, and the copies that Kubernetes keeps behind its links. Throws if there are
 * more than `max` files and folders, because links can make a few folders look like millions.
 */
function promptFilesIn(root: string, max: number): string[] {
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
	return filesIn(root, []);
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
function readable<T>(path: string, read: () => T): T {
	try {
		return read();
	} catch (error) {
		throw new PromptFileError(`${path}: ${messageOf(error)}`);
	}
}

/** Throws if a file has a Jinja template that cannot be read. */
async function readableTemplates(file: string, config: ConfigDescription): Promise<void> {
	try {
		await checkTemplates({ ...config, endpoint: config.endpoint ?? 'complete' });
	} catch (error) {
		throw new PromptFileError(`${file}: ${messageOf(error)}`);
	}
}

/**
 * Stores every .prompt file below a folder as a config of the project that its path names, either all or none. A file
 * that was stored before is found again. `maxFiles` is how many files and folders may be below it. Throws
 * PromptFileError with the path, the line and the reason.
 */
export async function importPrompts(store: Store, dir: string, maxFiles: number): Promise<ImportedPrompt[]> {
	const paths = readable(dir, () => promptFilesIn(dir, maxFiles).sort());
	const files = paths.map((file) =>
		readable(file, () => ({ file, project: projectOf(dir, file), config: parsePrompt(textOf(file)) })),
	);
	for (const { file, config } of files) await readableTemplates(file, config);
	return store.write(async (writes) => {
		const imported: ImportedPrompt[] = [];
		for (const { file, project, config } of files) {
			const id = await writes.findOrCreateProject(project, newId('pr'));
			const stored = await findOrCreateConfig(writes, { id, name: project }, config, folder);
			imported.push({ file, project, configId: stored.id });
		}
		return imported;
	});
}
