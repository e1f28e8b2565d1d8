import { mkdirSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import type { ArchiveReads } from '../domain/archive.ts';
import { exportConfig } from '../domain/promptFiles/configFiles.ts';
import { fileMode, folderMode } from './fileTree.ts';

/** How many projects got a file, and the names of those that got none, by the reason. */
export type ExportedPrompts = { prompts: number; withoutVersion: string[]; unusableNames: string[] };

/** How long a name of a file or a folder may be on all usual systems, in bytes of UTF-8. */
const maxBytes = 255;

/** Whether a part of a path has the same name everywhere, and is neither hidden nor another folder. */
function isUsable(part: string, more = ''): boolean {
	// eslint-disable-next-line no-control-regex
	const isForbidden = /^\.|^\s|[\s.]$|[\u0000-\u001f\\:*?"<>|]/.test(part);
	return part !== '' && !isForbidden && Buffer.byteLength(part + more) <= maxBytes;
}

/** The path of a project's file below the folder. Undefined if its name cannot be one. `import` makes the same name of it. */
function pathOf(name: string): string | undefined {
	const parts = name.split('/');
	const last = parts.pop() ?? '';
	return parts.every((part) => isUsable(part)) && isUsable(last, '.prompt') ? `${name}.prompt` : undefined;
}

/**
 * Writes a .prompt file for each project: the version that it has deployed in the default environment. The path is the name
 * of the project.
 */
export async function exportPrompts(reads: ArchiveReads, folder: string): Promise<ExportedPrompts> {
	const exported: ExportedPrompts = { prompts: 0, withoutVersion: [], unusableNames: [] };
	const environment = (await reads.environments()).find(({ tag }) => tag === 'default');
	const written = new Set<string>();
	for await (const project of reads.projects()) {
		if (project.deletedAt !== null) continue;
		const deployed = await reads.deployed(project.id);
		const id = deployed.find(({ environmentId }) => environmentId === environment?.id)?.configId;
		const config = (await reads.configs(project)).find((one) => one.id === id);
		const path = pathOf(project.name);
		// Some file systems know no case.
		const key = path?.toLowerCase();
		if (config?.type !== 'model') exported.withoutVersion.push(project.name);
		else if (path === undefined || written.has(key as string)) exported.unusableNames.push(project.name);
		else {
			written.add(key as string);
			const file = join(folder, path);
			mkdirSync(dirname(file), { recursive: true, mode: folderMode });
			writeFileSync(file, exportConfig(config), { mode: fileMode, flag: 'wx' });
			exported.prompts += 1;
		}
	}
	return exported;
}
