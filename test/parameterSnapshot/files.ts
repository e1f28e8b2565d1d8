import { existsSync, readFileSync } from 'node:fs';
import path from 'node:path';

import { loadPackage } from '../harness/loadPackage.ts';
import { snapshotOf, versionsOf, type ItemSchema, type Snapshot } from './snapshot.ts';

/** The kept snapshot of a version of the node, as a path in this repository. */
export const fileOf = (version: number) => `test/parameterSnapshot/parameters.v${version}.json`;

export function readSnapshot(version: number): Snapshot | null {
	const file = path.resolve(fileOf(version));
	return existsSync(file) ? (JSON.parse(readFileSync(file, 'utf8')) as Snapshot) : null;
}

/** Reads where n8n looks for the schema of an operation's items. */
function schemaOf(version: number, resource: string, operation: string): ItemSchema | undefined {
	const file = path.resolve(`dist/nodes/Humanloop/__schema__/v${version}.0.0/${resource}/${operation}.json`);
	return existsSync(file) ? (JSON.parse(readFileSync(file, 'utf8')) as ItemSchema) : undefined;
}

/** The snapshots of all versions of the node that is built, by version. */
export async function currentSnapshots(): Promise<Map<number, Snapshot>> {
	const { node, credential } = await loadPackage();
	return new Map(
		versionsOf(node).map((version) => [
			version,
			snapshotOf(node, version, credential, (resource, operation) => schemaOf(version, resource, operation)),
		]),
	);
}
