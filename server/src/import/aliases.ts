import { readFileSync, statSync } from 'node:fs';
import { ApiError } from '../domain/apiError.ts';
import type { ConfigAlias } from '../domain/archive.ts';
import type { Store } from '../domain/store.ts';
import { idForm } from './fields.ts';
import { ImportProblem } from './importProblem.ts';
import type { ImportReport } from './importReport.ts';
import { maxFileBytes, readObject } from './readJson.ts';

/** How many aliases are stored in one commit. */
const aliasesPerCommit = 500;

function aliasOf(alias: unknown, configId: unknown, where: string): ConfigAlias {
	for (const text of [alias, configId])
		if (typeof text !== 'string' || !idForm.test(text))
			throw new ImportProblem(`${where}: expected an older ID and the ID of a version, such as config_…,prv_…`);
	return { alias: alias as string, configId: configId as string };
}

function readTable(path: string): ConfigAlias[] {
	const stats = statSync(path);
	if (!stats.isFile() || stats.size > maxFileBytes) throw new ImportProblem('it is no table of IDs');
	const lines = readFileSync(path, 'utf8')
		.replace(/^\uFEFF/, '')
		.split(/\r?\n/);
	return lines.flatMap((line, index) => {
		const cells = line.split(/[,;\t]/).map((cell) => cell.trim().replace(/^"(.*)"$/, '$1'));
		// A heading has no IDs.
		const isHeading = index === 0 && !cells.some((cell) => cell.includes('_') && /\d/.test(cell));
		if (line.trim() === '' || isHeading) return [];
		if (cells.length !== 2) throw new ImportProblem(`line ${index + 1}: expected two IDs with a comma between them`);
		return [aliasOf(cells[0], cells[1], `line ${index + 1}`)];
	});
}

/**
 * Reads which older IDs stand for which versions: a table with two columns, or a JSON object. Throws ImportProblem, or the
 * error of the file system.
 */
export function readAliases(path: string): ConfigAlias[] {
	if (!path.toLowerCase().endsWith('.json')) return readTable(path);
	return Object.entries(readObject(path)).map(([alias, configId]) => aliasOf(alias, configId, alias));
}

/** The ID without its prefix: perhaps the same for an older ID and the version that took its place. */
function endOf(text: string): string {
	return text.slice(text.indexOf('_') + 1);
}

async function hintFor(store: Store, { alias, configId }: ConfigAlias): Promise<string> {
	if ((await store.projectById(configId)) !== undefined)
		return `${configId} is a project. Give the ID of one of its versions, such as prv_…`;
	const guess = await store.configById(`prv_${endOf(alias)}`);
	const there = `there is no version ${configId}`;
	return guess === undefined ? there : `${there}. ${guess.id} has the same ending as ${alias}: see whether it is meant`;
}

async function addAlias(store: Store, alias: ConfigAlias, path: string, report: ImportReport): Promise<void> {
	try {
		report.count('aliases', await store.write(({ archive }) => archive.addAlias(alias)));
	} catch (error) {
		const isUnknown = error instanceof ApiError && error.status === 404;
		report.break(`${path}, ${alias.alias}`, isUnknown ? new ImportProblem(await hintFor(store, alias)) : error);
	}
}

/** Stores aliases, and says of each that is wrong what is wrong. `path` is the file that they are from. */
export async function addAliases(
	store: Store,
	aliases: ConfigAlias[],
	path: string,
	report: ImportReport,
): Promise<void> {
	for (let from = 0; from < aliases.length; from += aliasesPerCommit) {
		const some = aliases.slice(from, from + aliasesPerCommit);
		await Promise.all(some.map((alias) => addAlias(store, alias, path, report)));
	}
}
