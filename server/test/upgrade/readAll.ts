import assert from 'node:assert/strict';
import type { Api } from '../setup.ts';

type Json = Record<string, unknown>;
type Records = { records: { id: string }[] };
type Document = { paths: Record<string, Record<string, { tags: string[] }>> };

/** What the API answers, by method, path and query. */
export type Answers = Record<string, { status: number; body: unknown }>;

/** Reads that are sent as POST. */
const postReads = ['POST /model-configs/{id}/export', 'POST /projects/{id}/export'];

/** The operations that read, as the OpenAPI document has them. */
export async function readOperations(api: Api): Promise<string[]> {
	const { paths } = (await api.app.inject('/openapi.json')).json<Document>();
	const gets = Object.entries(paths).filter(([, { get }]) => get !== undefined && !get.tags.includes('Not built'));
	return [...gets.map(([path]) => `GET ${path}`), ...postReads].sort();
}

/**
 * Asks every endpoint that reads for everything that there is. Fails if one answers with an error, or if there is one that
 * it does not know. What differs between versions of the server is left out.
 */
export async function readAll(api: Api): Promise<Answers> {
	const answers: Answers = {};
	const asked = new Set<string>();
	const ask = async (operation: string, id = '', query = '', isOptional = false) => {
		const [method, path] = operation.split(' ') as ['GET' | 'POST', string];
		const address = path.replace(/\{\w+\}/, encodeURIComponent(id)) + query;
		const { status, body, text } = await api.call(method, address, method === 'POST' ? {} : undefined);
		assert.ok(status === 200 || (isOptional && status === 404), `${method} ${address}: ${status} ${text}`);
		asked.add(operation);
		answers[`${method} ${address}`] = { status, body: body ?? text };
		return body;
	};
	const idsOf = (body: unknown) => (body as Records).records.map(({ id }) => id);
	const each = async (operation: string, ids: Iterable<string>) => {
		asked.add(operation);
		for (const id of ids) await ask(operation, id);
	};

	const projects = idsOf(await ask('GET /projects', '', '?size=100'));
	const [logs, sessions, configs] = [new Set<string>(), new Set<string>(), new Set<string>()];
	for (const id of projects) {
		await ask('GET /projects/{id}', id);
		await ask('GET /projects/{id}/active-config', id, '', true);
		await ask('GET /projects/{id}/deployed-configs', id);
		await ask('GET /projects/{id}/deployments', id, '?size=100');
		await ask('POST /projects/{id}/export', id, '?size=100');
		const versions = (await ask('GET /projects/{id}/configs', id)) as unknown as { config: { id: string } }[];
		for (const { config } of versions) configs.add(config.id);
		for (const log of idsOf(await ask('GET /logs', '', `?project_id=${id}&size=100`))) logs.add(log);
		await ask('GET /logs', '', `?project_id=${id}&size=100&search=a`);
		for (const one of idsOf(await ask('GET /sessions', '', `?project_id=${id}&size=100`))) sessions.add(one);
		await ask('GET /usage', '', `?project_id=${id}&group_by=config&group_by=day`);
	}
	await each('GET /logs/{id}', logs);
	await each('GET /sessions/{id}', sessions);
	await each('GET /model-configs/{id}', configs);
	await each('POST /model-configs/{id}/export', configs);
	for (const group of ['project', 'session', 'environment', 'api_key', 'workflow', 'provider', 'model'])
		await ask('GET /usage', '', `?group_by=${group}&size=100`);
	await ask('GET /environments');
	await ask('GET /keys', '', '?size=100');
	await ask('GET /audit', '', '?size=100');
	await each('GET /budgets/{id}', idsOf(await ask('GET /budgets', '', '?size=100')));
	await each('GET /deletions/{id}', idsOf(await ask('GET /deletions', '', '?size=100')));
	await ask('GET /session');
	await ask('GET /status');
	await ask('GET /models');
	assert.deepEqual([...asked].sort(), await readOperations(api), 'every endpoint that reads is asked');

	delete (answers['GET /status']?.body as Json)['version'];
	delete answers['GET /models'];
	return answers;
}
