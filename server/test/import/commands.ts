import assert from 'node:assert/strict';
import { readdirSync, readFileSync, statSync } from 'node:fs';
import { join, relative } from 'node:path';
import type { TestContext } from 'node:test';
import { command } from '../process.ts';
import { tempDir } from '../setup.ts';
import { databaseUrlFor } from '../storage/storage.ts';

/** The environment of a command that works on the database of a folder. */
export function databaseOf(dataDir: string): Record<string, string> {
	const databaseUrl = databaseUrlFor(dataDir);
	return databaseUrl === undefined ? { DATA_DIR: dataDir } : { DATABASE_URL: databaseUrl };
}

/** Runs a command on the database of a folder. */
export function onDatabase(dataDir: string, args: string[], env: Record<string, string> = {}) {
	return command(args, { ...databaseOf(dataDir), ...env });
}

/** Imports a folder. Throws unless all of it could be imported. Returns what the command has printed. */
export async function importInto(dataDir: string, folder: string, more: string[] = []): Promise<string> {
	const { status, stdout, stderr } = await onDatabase(dataDir, ['import', folder, ...more]);
	assert.equal(status, 0, `${stdout}${stderr}`);
	return stdout;
}

/** Exports the database of a folder. Returns the folder of the export. */
export async function exportOf(t: TestContext, dataDir: string): Promise<string> {
	const folder = join(tempDir(t), 'export');
	const { status, stdout, stderr } = await onDatabase(dataDir, ['export', folder]);
	assert.equal(status, 0, `${stdout}${stderr}`);
	return folder;
}

/** What each file below a folder has in it. */
export function contentsOf(folder: string): Record<string, string> {
	const names = readdirSync(folder, { recursive: true, encoding: 'utf8' }).sort();
	const files = names.map((name) => join(folder, name)).filter((path) => statSync(path).isFile());
	return Object.fromEntries(files.map((path) => [relative(folder, path), readFileSync(path, 'utf8')]));
}
