import { readdirSync, statSync } from 'node:fs';
import { basename, join } from 'node:path';
import { OperatorError } from '../domain/operatorError.ts';

/** Where the parts of an export are. */
export type ExportTree = {
	/** The folder that has `files`. Undefined if the folder of a single file, or `files` itself, was given. */
	root: string | undefined;
	/** What is in `files`: a folder for each prompt, tool and so on, in the order of their names. */
	files: string[];
};

function kindOf(path: string): 'folder' | 'other' | undefined {
	const stats = statSync(path, { throwIfNoEntry: false });
	if (stats === undefined) return undefined;
	return stats.isDirectory() ? 'folder' : 'other';
}

/** What is in a folder, except what begins with a dot. */
function entriesOf(folder: string): string[] {
	return readdirSync(folder)
		.filter((name) => !name.startsWith('.'))
		.sort()
		.map((name) => join(folder, name));
}

function isExport(folder: string): boolean {
	return kindOf(join(folder, 'files')) === 'folder';
}

function isFile(folder: string): boolean {
	return kindOf(join(folder, 'file.json')) !== undefined;
}

/** Throws if a folder has several exports: each is all data of its time, and older ones would bring back what was deleted. */
function onlyOne(folder: string, found: string[]): string | undefined {
	if (found.length < 2) return found[0];
	throw new OperatorError(`${folder} has ${found.length} exports. Name one of them: the newest is ${found.at(-1)}.`);
}

/**
 * Finds an export in a folder, which can be any level of it: the one that the export tool was started in, `exports`, one of
 * its exports, `files`, or the folder of one file. Undefined if there is none. Throws OperatorError if there are several.
 */
export function findExport(folder: string): ExportTree | undefined {
	if (isFile(folder)) return { root: undefined, files: [folder] };
	if (isExport(folder)) return { root: folder, files: entriesOf(join(folder, 'files')) };
	const entries = entriesOf(folder);
	if (basename(folder) === 'files' || entries.some(isFile)) return { root: undefined, files: entries };
	const found = onlyOne(folder, entries.filter(isExport));
	if (found !== undefined) return findExport(found);
	const exports = join(folder, 'exports');
	return kindOf(exports) === 'folder' ? findExport(exports) : undefined;
}

/** The JSONL files of a folder, in the order of their numbers. */
export function jsonLinesIn(folder: string): string[] {
	if (kindOf(folder) === undefined) return [];
	return entriesOf(folder)
		.filter((path) => path.endsWith('.jsonl'))
		.sort((one, other) => Number.parseInt(basename(one), 10) - Number.parseInt(basename(other), 10));
}

/** The files of a folder. None if it is not there. */
export function filesIn(folder: string): string[] {
	return kindOf(folder) === undefined ? [] : entriesOf(folder);
}

export function isThere(path: string): boolean {
	return kindOf(path) !== undefined;
}
