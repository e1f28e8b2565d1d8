import { chmodSync, closeSync, openSync, readdirSync, statSync } from 'node:fs';
import { basename, dirname } from 'node:path';

/** The database and what SQLite puts beside it, with the mode of the database. */
function filesOf(dataFile: string): string[] {
	return [dataFile, `${dataFile}-wal`, `${dataFile}-shm`].filter(
		(file) => statSync(file, { throwIfNoEntry: false })?.isFile() === true,
	);
}

/** Whether everything in the folder is the database: such a folder is not meant for anything else. */
function isDataFolder(dir: string, dataFile: string): boolean {
	return readdirSync(dir).every((name) => name.startsWith(basename(dataFile)));
}

/** Takes what other users can use away from them. Returns a line about it, or about why it cannot be done. */
function close(paths: string[], mode: number): string[] {
	const open = paths.filter((path) => (statSync(path).mode & 0o077) !== 0);
	if (open.length === 0) return [];
	try {
		for (const path of open) chmodSync(path, mode);
		return [`Other users of this machine could use ${open.join(', ')}. They cannot any more.`];
	} catch {
		// The file belongs to another user, for example, or its file system has no modes.
		return [
			`Other users of this machine may be able to use ${open.join(', ')}, and this user cannot change that. ` +
				'Give DATA_DIR to the user of the server.',
		];
	}
}

/**
 * Creates the database file if it does not exist, and takes it, its companions and its folder away from other users. A
 * folder that holds other things too keeps its mode. Returns lines about what was open before.
 */
export function makePrivate(dataFile: string): string[] {
	const dir = dirname(dataFile);
	const isNew = statSync(dataFile, { throwIfNoEntry: false }) === undefined;
	const dirLines = isDataFolder(dir, dataFile) ? close([dir], 0o700) : [];
	if (isNew) closeSync(openSync(dataFile, 'a', 0o600));
	const lines = [...dirLines, ...close(filesOf(dataFile), 0o600)];
	// A folder for a new database held nothing that anybody could have read.
	return isNew ? [] : lines;
}
