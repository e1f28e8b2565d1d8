import { join } from 'node:path';
import { isThere } from './exportTree.ts';
import { reasonOf } from './importProblem.ts';
import { readList, readObject } from './readJson.ts';

type Rank = { folder: string; isDeployed: boolean; time: string };

/** What `read` returns, or the other value if the file cannot be imported: that is said when it is imported. */
function orElse<T>(other: T, read: () => T): T {
	try {
		return read();
	} catch (error) {
		if (reasonOf(error) === undefined) throw error;
		return other;
	}
}

function textIn(value: Record<string, unknown>, key: string): string {
	const text = value[key];
	return typeof text === 'string' ? text : '';
}

function rankOf(folder: string): Rank {
	const file = join(folder, 'file.json');
	const deployed = join(folder, 'deployments.json');
	const time = orElse('', () => textIn(readObject(file), 'created_at'));
	return { folder, isDeployed: orElse(false, () => isThere(deployed) && readList(deployed).length > 0), time };
}

/**
 * The folders of prompts in the order in which they get their names: those that are deployed somewhere first, because calls
 * name them, and the older ones before the newer ones.
 */
export function inOrderOfNames(folders: readonly string[]): string[] {
	return folders
		.map(rankOf)
		.sort(
			(one, other) =>
				Number(other.isDeployed) - Number(one.isDeployed) ||
				(one.time < other.time ? -1 : Number(one.time > other.time)),
		)
		.map(({ folder }) => folder);
}
