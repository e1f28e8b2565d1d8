import assert from 'node:assert/strict';
import test from 'node:test';
import Fastify from 'fastify';
import { type Role, roleNames } from '../src/contract/keys.ts';
import { keyCheckOf, requireApiKeys } from '../src/http/apiKeys.ts';
import { RequestLimit } from '../src/http/requestLimit.ts';
import { WrongKeys } from '../src/http/wrongKeys.ts';
import { KeyCheck } from '../src/domain/keys/keyCheck.ts';
import { makeKey, send } from './keyRequests.ts';
import { apiKey, startApi } from './setup.ts';

/** The lowest role of each operation. A new operation needs a line here. */
const needed: Record<string, Role> = {
	'POST /completion-model-config': 'run',
	'POST /completion-deployed': 'run',
	'POST /completion': 'run',
	'POST /chat-model-config': 'run',
	'POST /chat-deployed': 'run',
	'POST /chat': 'run',
	'POST /model-configs': 'edit',
	'GET /model-configs/{id}': 'read',
	'PATCH /model-configs/{id}': 'edit',
	'POST /model-configs/{id}/export': 'read',
	'POST /model-configs/serialize': 'read',
	'POST /model-configs/deserialize': 'read',
	'GET /projects': 'read',
	'GET /projects/{id}': 'read',
	'GET /projects/{id}/configs': 'read',
	'POST /projects': 'edit',
	'PATCH /projects/{id}': 'deploy',
	'DELETE /projects/{id}': 'admin',
	'POST /projects/{id}/feedback-types': 'edit',
	'PATCH /projects/{id}/feedback-types': 'edit',
	'POST /projects/{id}/export': 'read',
	'GET /projects/{id}/active-config': 'read',
	'DELETE /projects/{id}/active-config': 'deploy',
	'GET /projects/{id}/deployed-configs': 'read',
	'PATCH /projects/{project_id}/deploy-config': 'deploy',
	'DELETE /projects/{project_id}/deployed-config/{environment_id}': 'deploy',
	'GET /projects/{id}/deployments': 'read',
	'POST /projects/{id}/deployments/{deployment_id}/rollback': 'deploy',
	'GET /environments': 'read',
	'POST /environments': 'deploy',
	'DELETE /environments/{id}': 'deploy',
	'POST /logs': 'run',
	'GET /logs': 'read',
	'GET /logs/{id}': 'read',
	'PATCH /logs/{id}': 'run',
	'PATCH /logs': 'run',
	'DELETE /logs': 'edit',
	'POST /feedback': 'run',
	'POST /sessions': 'run',
	'GET /sessions': 'read',
	'GET /sessions/{id}': 'read',
	'GET /session': 'read',
	'POST /session/codes': 'read',
	'GET /status': 'read',
	'GET /models': 'read',
	'GET /usage': 'read',
	'GET /keys': 'admin',
	'POST /keys': 'admin',
	'POST /keys/{id}/rotate': 'admin',
	'DELETE /keys/{id}': 'admin',
	'GET /audit': 'admin',
	'GET /budgets': 'admin',
	'GET /budgets/{id}': 'admin',
	'PUT /budgets': 'admin',
	'DELETE /budgets/{id}': 'admin',
	'POST /deletions': 'admin',
	'GET /deletions': 'admin',
	'GET /deletions/{id}': 'admin',
};

type Operation = { 'x-role': Role; description: string; tags: string[]; security?: unknown[] };
type Document = { paths: Record<string, Record<string, Operation>> };

test('every operation says its role, and admits this role and higher ones only', async (t) => {
	const api = await startApi(t);
	const address = await api.listen();
	const { paths } = (await api.app.inject('/openapi.json')).json<Document>();
	const operations = Object.entries(paths).flatMap(([path, methods]) =>
		Object.entries(methods)
			// Signing in and out need no key.
			.filter(([, { security }]) => security?.length !== 0)
			.map(([method, operation]) => ({ method: method.toUpperCase(), path, operation })),
	);
	assert.equal(operations.length, Object.values(paths).flatMap(Object.keys).length - 2);
	const isBuilt = ({ operation }: (typeof operations)[number]) => !operation.tags.includes('Not built');
	const said = operations
		.filter(isBuilt)
		.map(({ method, path, operation }) => [`${method} ${path}`, operation['x-role']]);
	assert.deepEqual(Object.fromEntries(said), needed);
	for (const { operation } of operations)
		if (operation.tags.includes('Not built')) assert.equal(operation['x-role'], 'read');
	const keys = new Map<Role, string>();
	for (const role of roleNames) keys.set(role, (await makeKey(address, `a key that may ${role}`, role)).key);
	for (const { method, path, operation } of operations) {
		const role = operation['x-role'];
		assert.match(operation.description, new RegExp(`Needs an API key with the role \`${role}\``));
		const methods = method === 'GET' ? ['GET', 'HEAD'] : [method];
		for (const [held, key] of keys) {
			for (const sent of methods) {
				// Without a body, or with an ID that nothing has: what is admitted is rejected for another reason.
				const response = await fetch(`${address}${path.replace(/\{\w+\}/g, 'none')}`, {
					method: sent,
					headers: { 'x-api-key': key },
				});
				const isLower = roleNames.indexOf(held) < roleNames.indexOf(role);
				assert.equal(response.status === 403, isLower, `${held}: ${sent} ${path} answered ${response.status}`);
				await response.arrayBuffer();
			}
		}
	}
});

test('a 403 names both roles and no key', async (t) => {
	const address = await (await startApi(t)).listen();
	const { key } = await makeKey(address, 'dashboard', 'read');
	const { status, headers, body } = await send(address, key, 'POST', '/logs', {});
	assert.equal(status, 403);
	assert.deepEqual(body.detail, {
		type: 'permission_error',
		message:
			'The API key has the role "read", but POST /v4/logs needs the role "run" or a higher one. Use a key with that role.',
		code: 403,
		origin: 'Humanloop',
	});
	assert.ok(headers.get('x-request-id'));
	const admin = await send(address, key, 'GET', '/keys');
	assert.equal(
		admin.body.detail.message,
		'The API key has the role "read", but GET /v4/keys needs the role "admin". Use a key with that role.',
	);
});

test('a key with the role run makes the projects and sessions that its calls name', async (t) => {
	const api = await startApi(t);
	const address = await api.listen();
	const config = await api.config();
	const { key } = await makeKey(address, 'n8n', 'run');
	const call = {
		model_config_id: config,
		project: 'made by a call',
		session_reference_id: 's',
		inputs: { ticket: 'x' },
	};
	const { status, body } = await send(address, key, 'POST', '/completion-model-config', call);
	assert.equal(status, 200);
	const project = await send(address, key, 'GET', `/projects/${body.project_id}`);
	assert.equal(project.body.name, 'made by a call');
	const forbidden = await send(address, key, 'POST', '/model-configs', { project: 'p', provider: 'mock', model: 'm' });
	assert.equal(forbidden.status, 403);
});

test('a route without a role ends the start', async () => {
	const app = Fastify();
	const keys = new KeyCheck({ lookUp: async () => undefined, onUse: () => undefined, now: Date.now });
	requireApiKeys(app, keyCheckOf(keys, new WrongKeys(0, 0)), new RequestLimit(), undefined);
	assert.throws(() => app.get('/forgotten', async () => 'open'), /GET \/forgotten does not say its role/);
	await app.close();
});

test('the key of the environment and a key of the first start may do everything', async (t) => {
	const api = await startApi(t, { apiKey: undefined });
	let first = '';
	await api.showFirstKey((key) => (first = key));
	const address = await api.listen();
	assert.equal((await send(address, first, 'GET', '/audit')).status, 200);
	const other = await (await startApi(t)).listen();
	assert.equal((await send(other, apiKey, 'GET', '/audit')).status, 200);
});
