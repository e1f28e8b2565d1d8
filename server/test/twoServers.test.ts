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
