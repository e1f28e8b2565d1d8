import assert from 'node:assert/strict';
import { join } from 'node:path';
import type { TestContext } from 'node:test';
import { fill } from '../import/fill.ts';
import { importInto } from '../import/commands.ts';
import { writeSmallExport } from '../import/smallExport.ts';
import { type Api, apiKey, startApi, tempDir } from '../setup.ts';
import { execute } from '../storage/storage.ts';
import { until } from '../provider.ts';

type Sent = {
	method: 'GET' | 'POST' | 'PUT' | 'DELETE';
	path: string;
	body?: object;
	headers?: Record<string, string>;
};

async function send(api: Api, { method, path, body, headers = {} }: Sent): Promise<Record<string, unknown>> {
	const response = await api.app.inject({
		method,
		url: `/v4${path}`,
		headers: { 'x-api-key': apiKey, 'content-type': 'application/json', ...headers },
		...(body === undefined ? {} : { payload: JSON.stringify(body) }),
	});
	assert.ok(response.statusCode < 300, `${method} ${path}: ${response.payload}`);
	return response.payload === '' ? {} : response.json<Record<string, unknown>>();
}

/** Keys that are valid, replaced and revoked, and what they did. */
async function addKeys(api: Api): Promise<void> {
	const add = async (name: string, role: string, more = {}) =>
		String((await send(api, { method: 'POST', path: '/keys', body: { name, role, ...more } }))['id']);
	await add('n8n', 'run', { requests_per_minute: 600, expires_at: '2100-01-01' });
	const rotated = await add('dashboard', 'read');
	await send(api, { method: 'POST', path: `/keys/${rotated}/rotate`, body: {} });
	await send(api, { method: 'DELETE', path: `/keys/${await add('left the team', 'admin')}` });
}

/** A budget of each kind, and one with a call whose server was killed. */
async function addBudgets(api: Api, projectId: string): Promise<void> {
	await send(api, { method: 'PUT', path: '/budgets', body: { api_key: 'n8n', period: 'day', limit: 5 } });
	const budget = await send(api, {
		...{ method: 'PUT', path: '/budgets' },
		body: { project_id: projectId, period: 'month', limit: 100 },
	});
	await execute(
		api.dataDir,
		`insert into budget_reservations (id, budget_id, period_start, nanos, settled_nanos, expires_at)
		values ('res_of_a_killed_server', '${String(budget['id'])}', '${String(budget['period_start'])}', 7, null,
			'2100-01-01T00:00:00.000Z')`,
	);
}

/** A call with a saved response, and one of a person whose data is then deleted. */
async function addCalls(api: Api): Promise<string> {
	const id = await api.config();
	const complete = (body: object, headers: Record<string, string>) =>
		send(api, { method: 'POST', path: '/completion-model-config', body: { model_config_id: id, ...body }, headers });
	const { project_id: projectId } = await complete(
		{ project: 'tickets', inputs: { ticket: 'Where is my parcel?' }, session_reference_id: 'ticket 4711' },
		{
			'idempotency-key': 'execution-1',
			'x-call-origin': JSON.stringify({ workflow_id: 'w1', node_name: 'Humanloop' }),
		},
	);
	await complete(
		{ project: 'tickets', inputs: { ticket: 'x' }, user: 'bob@example.com' },
		{ 'idempotency-key': 'of-bob' },
	);
	const deletion = await send(api, { method: 'POST', path: '/deletions', body: { user: 'bob@example.com' } });
	await until(async () => {
		const { body } = await api.get(`/deletions/${String(deletion['id'])}`);
		return body['status'] === 'done';
	});
	return String(projectId);
}

/**
 * Fills a new database with rows of every kind, as a server makes them.
 *
 * @param at the time of day that the server believes in, in milliseconds
 */
export async function fillAll(t: TestContext, dataDir: string, at: number): Promise<void> {
	const api = await startApi(t, { dataDir, now: () => at });
	await fill(api);
	const projectId = await addCalls(api);
	await addKeys(api);
	await addBudgets(api, projectId);
	await api.app.close();
	const folder = join(tempDir(t), 'export');
	const { endpoint, prompt_template } = { endpoint: 'complete', prompt_template: 'Equal {{x}}' };
	const versions = { prv_one: { endpoint, prompt_template }, prv_equal: { endpoint, prompt_template } };
	writeSmallExport(folder, [{ id: 'pr_imported', path: 'imported', versions, deployed: { production: 'prv_one' } }]);
	await importInto(dataDir, folder);
}
