import assert from 'node:assert/strict';
import test, { type TestContext } from 'node:test';
import { makeKey, send } from './keyRequests.ts';
import { type Api, startApi } from './setup.ts';
import { execute } from './storage/storage.ts';

type Deployed = { environment_id: string; environment_name: string; environment_tag: string; model_config_id: string };
type Deployment = Record<string, string | number | null> & { id: string };

/** A project with three configs, of which the first one is active, and the environment `staging`. */
async function setUp(t: TestContext) {
	const api = await startApi(t);
	const configs = [];
	for (const version of ['one', 'two', 'three']) configs.push(await api.config({ prompt_template: version }));
	const { id: projectId } = (await api.get('/projects')).body.records[0] as unknown as { id: string };
	const staging = (await api.post('/environments', { name: 'staging' })).body['id'];
	const production = (await environmentsOf(api))[0]!.id;
	const path = `/projects/${projectId}`;
	const deploy = (config_id: string | undefined, ...environments: string[]) =>
		api.call('PATCH', `${path}/deploy-config`, {
			...{ config_id, projectId },
			...(environments.length === 0 ? {} : { environments: environments.map((id) => ({ id, name: 'any' })) }),
		});
	const history = async (query = '') =>
		(await api.get(`${path}/deployments${query}`)).body as unknown as { records: Deployment[]; total: number };
	const active = async (environment?: string) => {
		const query = environment === undefined ? '' : `?environment=${environment}`;
		return api.get(`${path}/active-config${query}`);
	};
	return {
		api,
		path,
		projectId,
		configs: configs as [string, string, string],
		staging,
		production,
		deploy,
		history,
		active,
	};
}

async function environmentsOf(api: Api) {
	return (await api.get('/environments')).body as unknown as { id: string; name: string; tag: string }[];
}

test('a new server has the environment production, and others can be made and deleted', async (t) => {
	const api = await startApi(t);
	const [production, ...others] = await environmentsOf(api);
	assert.deepEqual([production!.name, production!.tag, others], ['production', 'default', []]);
	const made = await api.post('/environments', { name: 'staging' });
	assert.equal(made.status, 201, made.text);
	assert.deepEqual(made.body, { id: made.body['id'], name: 'staging', tag: 'other' });
	assert.match(String(made.body['id']), /^env_\w{21}$/);
	await api.post('/environments', { name: 'a first one' });
	assert.deepEqual(
		(await environmentsOf(api)).map(({ name }) => name),
		['production', 'a first one', 'staging'],
	);
	const taken = await api.post('/environments', { name: 'staging' });
	assert.equal(taken.status, 422);
	assert.equal(taken.body.detail.message, 'There is an environment "staging" already. Choose another name.');
	for (const name of ['STAGING', ' staging\n', 'Production']) {
		const { status, text } = await api.post('/environments', { name });
		assert.equal(status, 422, name);
		assert.match(text, /There is an environment \\"(staging|production)\\" already/);
	}
	assert.equal((await api.post('/environments', { name: '' })).status, 422);
	const blank = await api.post('/environments', { name: ' \t' });
	assert.equal(blank.status, 422);
	assert.match(blank.body.detail.message, /^name: /);
	const { body: withNul } = await api.post('/environments', { name: 'a\0b' });
	assert.equal(withNul.name, 'a\ufffdb', 'the response says what is stored');
	assert.equal((await api.call('DELETE', `/environments/${String(withNul['id'])}`)).status, 204);
	const kept = await api.call('DELETE', `/environments/${production!.id}`);
	assert.equal(kept.status, 422);
	assert.match(kept.body.detail.message, /"production" is the default environment/);
	assert.equal((await api.call('DELETE', `/environments/${String(made.body['id'])}`)).status, 204);
	assert.equal((await api.call('DELETE', `/environments/${String(made.body['id'])}`)).status, 404);
	const audit = (await api.get('/audit')).body.records as unknown as { action: string; subject: string }[];
	assert.deepEqual(
		audit.map(({ action, subject }) => [action, subject === made.body['id']]).filter(([, isIt]) => isIt),
		[
			['environment.deleted', true],
			['environment.created', true],
		],
	);
});

test('the first config of a project is deployed in the default environment, and the next one is not', async (t) => {
	const { api, path, projectId, configs, staging, production, active, history } = await setUp(t);
	const { status, body } = await active();
	assert.equal(status, 200);
	assert.deepEqual([body.config.id, body['environment_id'], body.project_id], [configs[0], production, projectId]);
	const { body: deployed } = await api.get(`${path}/deployed-configs`);
	assert.deepEqual(deployed, [
		{
			...{ project_id: projectId, project_name: 'tickets' },
			...{ model_config_id: configs[0], model_config_name: body.config.name },
			...{ environment_id: production, environment_name: 'production', environment_tag: 'default' },
		},
		{
			...{ project_id: projectId, project_name: 'tickets', model_config_id: null, model_config_name: null },
			...{ environment_id: staging, environment_name: 'staging', environment_tag: 'other' },
		},
	]);
	const { records, total } = await history();
	assert.equal(total, 1);
	const { id, created_at, ...first } = records[0]!;
	assert.match(id, /^dep_\w{21}$/);
	assert.ok(created_at);
	assert.deepEqual(first, {
		...{ number: 1, environment_id: production, environment_name: 'production' },
		...{ config_id: configs[0], replaced_config_id: null, rollback_of: null },
		...{ actor_key_id: null, actor_name: 'HUMANLOOP_API_KEY' },
	});
});

test('a config is deployed in one environment or several, and the history says who did it and what it replaced', async (t) => {
	const { api, path, configs, staging, production, deploy, history, active } = await setUp(t);
	const address = await api.listen();
	const key = await makeKey(address, 'release bot', 'deploy');
	const sent = await send(address, key.key, 'PATCH', `${path}/deploy-config`, {
		...{ config_id: configs[1], environments: [{ id: production }, { id: staging }], projectId: 'x' },
	});
	assert.equal(sent.status, 200, JSON.stringify(sent.body));
	const deployed = sent.body as unknown as Deployed[];
	assert.deepEqual(
		deployed.map((one) => [one.environment_name, one.model_config_id]),
		[
			['production', configs[1]],
			['staging', configs[1]],
		],
	);
	assert.equal((await deploy(configs[2])).status, 200);
	assert.equal((await active()).body.config.id, configs[2]);
	assert.equal((await active('staging')).body.config.id, configs[1]);
	assert.equal((await api.get(path)).body['active_config']!['config' as never]['id'], configs[2]);
	const rows = (await history()).records.map((row) => [
		...[row['number'], row['environment_name'], row['config_id'], row['replaced_config_id'], row['actor_name']],
	]);
	assert.deepEqual(rows, [
		[4, 'production', configs[2], configs[1], 'HUMANLOOP_API_KEY'],
		[3, 'staging', configs[1], null, 'release bot'],
		[2, 'production', configs[1], configs[0], 'release bot'],
		[1, 'production', configs[0], null, 'HUMANLOOP_API_KEY'],
	]);
	const { records, total } = await history(`?environment_id=${production}&page=1&size=2`);
	assert.deepEqual([records.map((row) => row['number']), total], [[1], 3]);
	assert.equal((await history()).records[1]!['actor_key_id'], key.id);
	assert.equal((await deploy(configs[2])).status, 200, 'it is deployed there already');
	assert.equal((await history()).total, 4);
});

test('what is deployed is removed, and a later config does not take its place by itself', async (t) => {
	const { api, path, projectId, configs, staging, production, deploy, history, active } = await setUp(t);
	await deploy(configs[1], staging);
	const removed = await api.call('DELETE', `${path}/deployed-config/${staging}`);
	assert.equal(removed.status, 200, removed.text);
	assert.equal((removed.body as unknown as Deployed[])[1]!.model_config_id, null);
	const project = await api.call('DELETE', `${path}/active-config`);
	assert.equal(project.status, 200, project.text);
	assert.deepEqual([project.body['id'], project.body['active_config']], [projectId, null]);
	const none = await active();
	assert.equal(none.status, 404);
	assert.equal(
		none.body.detail.message,
		'Nothing is deployed in the environment "production" of the project "tickets". ' +
			`Deploy a model config there with PATCH /v4/projects/${projectId}/deploy-config.`,
	);
	await api.config({ prompt_template: 'four' });
	assert.equal((await active()).status, 404);
	const before = (await history()).total;
	assert.equal((await api.call('DELETE', `${path}/active-config?environment=staging`)).status, 200);
	assert.equal((await api.call('DELETE', `${path}/deployed-config/${production}`)).status, 200);
	assert.equal((await history()).total, before, 'nothing was deployed there');
	assert.equal(
		(await active('nowhere')).body.detail.message,
		'No such environment: "nowhere". There are "production", "staging".',
	);
	assert.equal((await api.call('DELETE', `${path}/active-config?environment=nowhere`)).status, 404);
	assert.deepEqual(
		(await history()).records.map((row) => [row['environment_name'], row['config_id'], row['replaced_config_id']])[0],
		['production', null, configs[0]],
	);
});

test('a deployment is rolled back to what it replaced, also a removal; the first one cannot be', async (t) => {
	const { api, path, configs, deploy, history, active } = await setUp(t);
	const rollBack = (id: string) => api.post(`${path}/deployments/${id}/rollback`);
	await deploy(configs[1]);
	await deploy(configs[2]);
	const [third, second, first] = (await history()).records as [Deployment, Deployment, Deployment];
	const back = await rollBack(third.id);
	assert.equal(back.status, 200, back.text);
	assert.equal((back.body as unknown as Deployed[])[0]!.model_config_id, configs[1]);
	const [newest] = (await history()).records as [Deployment];
	assert.deepEqual(
		[newest['rollback_of'], newest['config_id'], newest['replaced_config_id'], newest['number']],
		[third.id, configs[1], configs[2], 4],
	);
	assert.equal((await rollBack(third.id)).status, 200);
	assert.equal((await history()).total, 4, 'what it replaced is deployed already');
	await rollBack(second.id);
	assert.equal((await active()).body.config.id, configs[0]);
	const refused = await rollBack(first.id);
	assert.equal(refused.status, 422);
	assert.match(
		refused.body.detail.message,
		/replaced nothing in "production".*DELETE \/v4\/projects\/pr_\w+\/deployed-config/,
	);
	await api.call('DELETE', `${path}/active-config`);
	const [removal] = (await history()).records as [Deployment];
	assert.equal((await rollBack(removal.id)).status, 200);
	assert.equal((await active()).body.config.id, configs[0]);
	assert.equal((await rollBack('dep_none')).status, 404);
	await api.config({ project: 'other' });
	const other = (await api.get('/projects?filter=other')).body.records[0] as unknown as { id: string };
	assert.equal((await api.post(`/projects/${other.id}/deployments/${third.id}/rollback`)).status, 404);
	const audit = (await api.get('/audit')).body.records as unknown as { action: string }[];
	const actions = audit.map(({ action }) => action).filter((action) => action.startsWith('deployment'));
	assert.deepEqual(new Set(actions), new Set(['deployment.created', 'deployment.rolled_back', 'deployment.removed']));
});

test('what cannot be deployed is refused, and nothing of it is deployed', async (t) => {
	const { api, path, configs, staging, production, deploy, history } = await setUp(t);
	const other = await api.config({ project: 'other' });
	const wrong = await deploy(other);
	assert.equal(wrong.status, 422);
	assert.equal(
		wrong.body.detail.message,
		`config_id: ${other} is a config of the project "other", not of "tickets". ` +
			'Register the same config in this project, and deploy that one.',
	);
	assert.equal((await deploy('config_none')).body.detail.message, 'No such config_id: "config_none".');
	assert.equal(
		(await deploy(configs[1], production, 'env_none')).body.detail.message,
		'No such environment: "env_none".',
	);
	assert.equal((await deploy(undefined)).status, 422);
	const empty = await api.call('PATCH', `${path}/deploy-config`, { config_id: configs[1], environments: [] });
	assert.deepEqual([empty.status, empty.body.detail[0]!.msg], [422, 'ensure this value has at least 1 items']);
	assert.equal((await api.call('PATCH', '/projects/pr_none/deploy-config', { config_id: configs[1] })).status, 404);
	assert.equal((await history()).total, 1);
	await deploy(configs[1], staging);
	const inUse = await api.call('DELETE', `/environments/${staging}`);
	assert.equal(inUse.status, 422);
	assert.match(inUse.body.detail.message, /^1 project has a config deployed in "staging"\. Remove it/);
	await api.call('DELETE', `${path}/deployed-config/${staging}`);
	assert.equal((await api.call('DELETE', `/environments/${staging}`)).status, 204);
	assert.equal((await history(`?environment_id=${staging}`)).total, 2, 'the history stays');
	assert.equal((await execute(api.dataDir, 'select project_id from deployed_configs')).length, 2);
});
