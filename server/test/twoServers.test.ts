import assert from 'node:assert/strict';
import test, { type TestContext } from 'node:test';
import { type Api, startApi, tempDir } from './setup.ts';
import { execute, storage } from './storage/storage.ts';

/*
 * Two servers on one database write the same at the same moment. With SQLite, a server blocks its process while it waits
 * for another one's lock, so two of them cannot be in this process.
 */
const withReplicas = { skip: storage === 'sqlite' && 'SQLite is for one server' };

async function startTwo(t: TestContext): Promise<[Api, Api]> {
	const dataDir = tempDir(t);
	return [await startApi(t, { dataDir }), await startApi(t, { dataDir })];
}

/** The same work on both servers at the same moment, several times. */
function onBoth<T>(servers: [Api, Api], work: (api: Api, index: number) => Promise<T>): Promise<T[]> {
	return Promise.all(Array.from({ length: 10 }, (_, index) => work(servers[index % 2] as Api, index)));
}

test('a project, its config and a session that are new on two servers are made once', withReplicas, async (t) => {
	const servers = await startTwo(t);
	const configs = await onBoth(servers, (api) => api.config());
	assert.equal(new Set(configs).size, 1);
	const call = { model_config_id: configs[0], project: 'new', session_reference_id: 's', inputs: { ticket: 'x' } };
	const answers = await onBoth(servers, (api) => api.post('/completion-model-config', call));
	for (const { status, text } of answers) assert.equal(status, 200, text);
	assert.equal(new Set(answers.map(({ body }) => `${body.project_id} ${body.session_id}`)).size, 1);
	const [{ body: project }] = await Promise.all([servers[1].get(`/projects/${answers[0]!.body.project_id}`)]);
	assert.equal(project.name, 'new');
	const { dataDir } = servers[0];
	assert.equal((await execute(dataDir, 'select id from projects')).length, 2);
	assert.equal((await execute(dataDir, 'select id from sessions')).length, 1);
	const [{ active }] = (await execute(
		dataDir,
		"select config_id as active from deployed_configs join projects on projects.id = project_id where name = 'tickets'",
	)) as [{ active: string }];
	assert.equal(active, configs[0]);
	assert.equal((await execute(dataDir, 'select id from deployments')).length, 1);
});

test('a reference_id is taken by one of two servers, and the other says so', withReplicas, async (t) => {
	const servers = await startTwo(t);
	const config_id = await servers[0].config();
	const entry = { project: 'tickets', config_id, reference_id: 'r' };
	const answers = await onBoth(servers, (api) => api.post('/logs', entry));
	assert.deepEqual(answers.map(({ status }) => status).sort(), [200, ...Array<number>(9).fill(422)]);
	for (const { status, body } of answers) {
		if (status === 422) assert.equal(body.detail.message, 'A log with the reference_id "r" exists already.');
	}
	assert.equal((await execute(servers[0].dataDir, 'select id from logs')).length, 1);
});

test('ratings of one person that come to two servers at once leave one', withReplicas, async (t) => {
	const servers = await startTwo(t);
	const config_id = await servers[0].config();
	const { body: log } = await servers[0].post('/logs', { project: 'tickets', config_id });
	const { id } = log as unknown as { id: string };
	const answers = await onBoth(servers, (api, index) =>
		api.post('/feedback', { type: 'rating', value: `value ${index}`, data_id: id, user: 'ada' }),
	);
	for (const { status, text } of answers) assert.equal(status, 200, text);
	assert.equal((await execute(servers[0].dataDir, 'select id from feedback')).length, 1);
});

type Deployment = { number: number; config_id: string; replaced_config_id: string };

test('configs that two servers deploy at once: each deployment says what it replaced', withReplicas, async (t) => {
	const servers = await startTwo(t);
	const [api] = servers;
	const ids: string[] = [];
	for (let index = 0; index < 11; index += 1) ids.push(await api.config({ prompt_template: `version ${index}` }));
	const { id } = (await api.get('/projects')).body.records[0] as unknown as { id: string };
	const answers = await onBoth(servers, (server, index) =>
		server.call('PATCH', `/projects/${id}/deploy-config`, { config_id: ids[index + 1] }),
	);
	for (const { status, text } of answers) assert.equal(status, 200, text);
	const { records } = (await servers[1].get(`/projects/${id}/deployments`)).body as unknown as {
		records: Deployment[];
	};
	const history = records.reverse();
	assert.deepEqual(
		history.map(({ number }) => number),
		ids.map((_, index) => index + 1),
	);
	assert.deepEqual(
		history.map((row) => row.replaced_config_id),
		[null, ...history.slice(0, -1).map((row) => row.config_id)],
	);
	assert.equal((await api.get(`/projects/${id}/active-config`)).body.config.id, history.at(-1)!.config_id);
});

test('first configs that come to two servers at once: one of them is deployed', withReplicas, async (t) => {
	const servers = await startTwo(t);
	await servers[0].post('/projects', { name: 'tickets' });
	const configs = await onBoth(servers, (api, index) => api.config({ prompt_template: `version ${index}` }));
	assert.equal(new Set(configs).size, 10);
	const { id } = (await servers[0].get('/projects')).body.records[0] as unknown as { id: string };
	const { records } = (await servers[1].get(`/projects/${id}/deployments`)).body as unknown as {
		records: Deployment[];
	};
	assert.equal(records.length, 1);
	assert.equal((await servers[0].get(`/projects/${id}/active-config`)).body.config.id, records[0]!.config_id);
});

test('a name that two servers give at once goes to one project', withReplicas, async (t) => {
	const servers = await startTwo(t);
	const made = await onBoth(servers, (api) => api.post('/projects', { name: 'p' }));
	assert.deepEqual(made.map(({ status }) => status).sort(), [201, ...Array<number>(9).fill(422)]);
	const others = await onBoth(servers, (api, index) => api.post('/projects', { name: `other ${index}` }));
	const renamed = await onBoth(servers, (api, index) =>
		api.call('PATCH', `/projects/${String(others[index]!.body['id'])}`, { name: 'q' }),
	);
	assert.deepEqual(renamed.map(({ status }) => status).sort(), [200, ...Array<number>(9).fill(422)]);
	const deleted = await onBoth(servers, (api) => api.call('DELETE', `/projects/${String(others[0]!.body['id'])}`));
	assert.deepEqual(deleted.map(({ status }) => status).sort(), [204, ...Array<number>(9).fill(404)]);
});

test('what is deployed while its environment is deleted is refused or keeps it', withReplicas, async (t) => {
	const servers = await startTwo(t);
	const config_id = await servers[0].config();
	const { id: project } = (await servers[0].get('/projects')).body.records[0] as unknown as { id: string };
	for (let round = 0; round < 10; round += 1) {
		const environment = (await servers[0].post('/environments', { name: `e ${round}` })).body['id'];
		const [deployed, deleted] = await Promise.all([
			servers[0].call('PATCH', `/projects/${project}/deploy-config`, {
				config_id,
				environments: [{ id: environment }],
			}),
			servers[1].call('DELETE', `/environments/${environment}`),
		]);
		const pair = `${deployed.status} ${deleted.status}`;
		assert.ok(['200 422', '404 204'].includes(pair), pair);
	}
});
