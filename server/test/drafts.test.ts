import assert from 'node:assert/strict';
import test, { type TestContext } from 'node:test';
import { draftDescription } from '../src/contract/modelConfigs.ts';
import { startApi } from './setup.ts';

const parameters = { provider: 'mock', model: 'mock-1', prompt_template: 'Greet {{name}}' };
const draft = { ...parameters, name: 'Draft', description: draftDescription };

/** A project in which the page has tried a draft. */
async function setUp(t: TestContext) {
	const api = await startApi(t);
	const run = async (model_config: Record<string, unknown>) => {
		const response = await api.post('/completion', { project: 'greetings', model_config, inputs: { name: 'Ada' } });
		assert.equal(response.status, 200, response.text);
		return response.body.data[0].model_config_id;
	};
	const register = async (config: Record<string, unknown>) => {
		const response = await api.post('/model-configs', { project: 'greetings', ...config });
		assert.equal(response.status, 200, response.text);
		return response.body.config;
	};
	const tried = await run(draft);
	const { id } = (await api.get('/projects')).body.records[0] as unknown as { id: string };
	/** The ID of what runs in production. */
	const active = async () => {
		const { status, body } = await api.get(`/projects/${id}/active-config`);
		return status === 404 ? undefined : body.config.id;
	};
	const deployments = async () => (await api.get(`/projects/${id}/deployments`)).body.total;
	return { api, run, register, tried, active, deployments };
}

test('a draft that was only tried is not deployed, and neither is the next draft', async (t) => {
	const { api, run, tried, active, deployments } = await setUp(t);
	assert.equal(await active(), undefined);
	await run({ ...draft, prompt_template: 'Welcome {{name}}' });
	assert.equal(await run(draft), tried, 'it is tried again');
	assert.equal(await active(), undefined);
	assert.equal(await deployments(), 0);
	const listed = (await api.get('/projects')).body.records[0];
	assert.equal(listed.active_config, null);
	const deployed = await api.post('/completion-deployed', { project: 'greetings', inputs: { name: 'Ada' } });
	assert.equal(deployed.status, 404, deployed.text);
});

test('the first saved version is deployed, although others were tried before, and the second one is not', async (t) => {
	const { register, active, deployments } = await setUp(t);
	const first = await register({ ...parameters, name: 'v1', prompt_template: 'Hello {{name}}' });
	assert.equal(await active(), first.id);
	await register({ ...parameters, name: 'v2', prompt_template: 'Good day {{name}}' });
	await register({ ...draft, name: 'v3', description: 'Kinder' });
	assert.equal(await active(), first.id);
	assert.equal(await deployments(), 1);
});

test('a draft that is saved as it was tried becomes the first version, with its name and note', async (t) => {
	const { api, run, register, tried, active, deployments } = await setUp(t);
	assert.equal((await api.get(`/model-configs/${tried}`)).body.name, 'Draft', 'the server has read it before');
	const saved = await register({ ...parameters, name: 'v1', description: 'The first one' });
	assert.deepEqual([saved.id, saved.name, saved.description], [tried, 'v1', 'The first one']);
	assert.equal((await api.get(`/model-configs/${tried}`)).body.name, 'v1');
	assert.equal(await active(), tried);
	assert.equal(await run(draft), tried, 'to try what is saved changes nothing');
	const again = await register({ ...parameters, name: 'other', description: 'Another' });
	assert.deepEqual([again.name, again.description], ['v1', 'The first one']);
	assert.equal(await deployments(), 1);
});

test('another caller brings what was tried before: it is the first version, as without the draft', async (t) => {
	const { api, run, tried, active } = await setUp(t);
	assert.equal(await run({ ...parameters, name: 'mine' }), tried);
	assert.equal(await active(), tried);
	const { name, description } = (await api.get(`/model-configs/${tried}`)).body;
	assert.deepEqual([name, description], ['mine', null]);
});

test('a draft that gets another description by PATCH becomes a version, and nothing is deployed', async (t) => {
	const { api, register, tried, active, deployments } = await setUp(t);
	const named = await api.call('PATCH', `/model-configs/${tried}`, { name: 'v1', description: 'The first one' });
	assert.equal(named.status, 200, named.text);
	assert.equal(await active(), undefined);
	const again = await register({ ...draft, name: 'v2', description: draftDescription });
	assert.deepEqual([again.id, again.name, again.description], [tried, 'v1', 'The first one']);
	assert.equal(await deployments(), 0);
});
