import { existsSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import type { AxiosInstance } from 'axios';

import type { Credential, ExportedWorkflow, Instance } from './instance.ts';

/** The credential that `npm start` makes. Workflows that name another one get this one at their import. */
const credentialOf = (apiKey: string, baseUrl: string): Credential => ({
	id: 'humanloopExample',
	name: 'Humanloop',
	type: 'humanloopApi',
	data: { apiKey, baseUrl },
});

interface Imported {
	/** The server's address in the credential, as it was imported. */
	baseUrl: string;
	workflows: string[];
}

/**
 * Stores the example's model configs. The server knows equal ones again.
 *
 * @param api the server's API
 * @param realModel the keys of a config that name a real model: each config is stored for that one, too
 */
export async function storeModelConfigs(api: AxiosInstance, realModel?: object): Promise<void> {
	for (const body of jsonFiles('examples/model-configs')) {
		await api.post('/model-configs', body);
		if (realModel) await api.post('/model-configs', { ...body, ...realModel });
	}
}

/** n8n's own default, which the notes of the examples name. */
const usualPort = 5678;

/**
 * Brings the credential and the example workflows into an n8n that does not run, each of them once: what was imported before
 * may have been changed or deleted since, and stays as it is. A file in n8n's own folder tells what that was, so a new
 * folder gets everything again.
 *
 * @returns what has been imported by now, in all runs together
 */
export async function importExamples(
	instance: Instance,
	port: number,
	baseUrl: string,
	apiKey: string,
): Promise<Imported> {
	const file = path.join(instance.userFolder, '.n8n', 'humanloop-examples.json');
	const before = existsSync(file) ? (JSON.parse(readFileSync(file, 'utf8')) as Imported) : undefined;
	const credential = credentialOf(apiKey, baseUrl);
	if (!before) await instance.importCredentials([credential]);

	const missing = exampleWorkflows(credential, port).filter(({ id }) => !before?.workflows.includes(id));
	if (missing.length > 0) await instance.importWorkflows(missing);

	const imported = {
		baseUrl: before?.baseUrl ?? baseUrl,
		workflows: [...(before?.workflows ?? []), ...missing.map(({ id }) => id)],
	};
	writeFileSync(file, JSON.stringify(imported, null, '\t'));
	return imported;
}

/** The workflows in examples/workflows, with their Humanloop nodes on this credential, and this port of n8n in their notes. */
export function exampleWorkflows({ id, name }: Pick<Credential, 'id' | 'name'>, port = usualPort): ExportedWorkflow[] {
	const workflows = jsonFiles('examples/workflows', (text) =>
		text.replaceAll(`127.0.0.1:${usualPort}/`, `127.0.0.1:${port}/`),
	) as (ExportedWorkflow & {
		nodes: { credentials?: { humanloopApi?: object } }[];
	})[];
	for (const node of workflows.flatMap(({ nodes }) => nodes)) {
		if (node.credentials?.humanloopApi) node.credentials.humanloopApi = { id, name };
	}
	return workflows;
}

function jsonFiles(folder: string, change = (text: string) => text): object[] {
	if (!existsSync(folder)) return [];
	const names = readdirSync(folder).filter((name) => name.endsWith('.json'));
	return names.map((name) => JSON.parse(change(readFileSync(path.join(folder, name), 'utf8'))) as object);
}
