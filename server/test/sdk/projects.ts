import assert from 'node:assert/strict';
import type { LogResponse } from 'humanloop';
import type { Cases, Server } from './client.ts';
import { completionConfig, failureOf, idOf, registerCompletion } from './data.ts';

type Environment = { id: string; name: string; tag: string };

/** Makes an environment through this server's own endpoint; v4 has none for it. */
async function makeEnvironment({ send }: Server, name: string): Promise<Environment> {
	const { status, body } = await send('POST', '/environments', { name });
	assert.equal(status, 201, JSON.stringify(body));
	return body as unknown as Environment;
}

/** A project with two versions. The first one is active. */
async function twoVersions(sdk: Server['sdk'], project: string) {
	const first = await registerCompletion(sdk, project);
	const second = await registerCompletion(sdk, project, { temperature: 0 });
	return { id: first.project_id, first: idOf(first), second: idOf(second) };
}

/** What the API calls a project that is not there. */
async function isGone(sdk: Server['sdk'], id: string): Promise<boolean> {
	const { status, detail } = await failureOf(sdk.projects.get({ id }));
	return status === 404 && detail.type === 'not_found_error';
}

export const projects: Cases = {
	'projects.create': async ({ sdk }) => {
		const { status, data } = await sdk.projects.create({ name: 'support/replies' });
		assert.equal(status, 201);
		assert.match(data.id, /^pr_[A-Za-z0-9]{21}$/);
		assert.equal(data.name, 'support/replies');
		assert.equal(data.active_config ?? null, null);
		assert.equal(data.data_count, 0);
		const taken = await failureOf(sdk.projects.create({ name: 'support/replies' }));
		assert.equal(taken.status, 422);
		assert.match(JSON.stringify(taken.detail), /support\/replies/);
	},

	'projects.get': async ({ sdk }) => {
		const { id, first } = await twoVersions(sdk, 'to get');
		const { data } = await sdk.projects.get({ id });
		assert.equal(data.name, 'to get');
		assert.equal(idOf(data.active_config!), first);
	},

	'projects.list': async ({ sdk }) => {
		for (const name of ['list a', 'list b', 'list c']) await sdk.projects.create({ name });
		const page = await sdk.projects.list({ filter: 'LIST ', sortBy: 'name', order: 'asc', page: 0, size: 2 });
		assert.deepEqual(
			page.data.records.map(({ name }) => name),
			['list a', 'list b'],
		);
		assert.equal(page.data.total, 3);
		const next = await page.next();
		assert.deepEqual(
			next.data.records.map(({ name }) => name),
			['list c'],
		);
		// The SDK always asks for one page more than there are.
		assert.ok(next.hasNext());
		const last = await next.next();
		assert.deepEqual(last.data.records, []);
		assert.ok(!last.hasNext());
	},

	'projects.update': async ({ sdk }) => {
		const { id, second } = await twoVersions(sdk, 'to rename');
		const { data } = await sdk.projects.update({ id, name: 'renamed', active_config_id: second });
		assert.equal(data.name, 'renamed');
		assert.equal(idOf(data.active_config!), second);
		assert.deepEqual((await sdk.projects.get({ id })).data, data);
	},

	'projects.delete': async ({ sdk }) => {
		const { id } = await twoVersions(sdk, 'to delete');
		const kept = await twoVersions(sdk, 'to keep');
		const { status } = await sdk.projects.delete({ id });
		assert.equal(status, 204);
		assert.ok(await isGone(sdk, id));
		assert.equal((await sdk.projects.get({ id: kept.id })).data.name, 'to keep');
		assert.equal((await sdk.projects.create({ name: 'to delete' })).status, 201);
	},

	'projects.listConfigs': async ({ sdk }) => {
		const { id, first, second } = await twoVersions(sdk, 'versions');
		const { data } = await sdk.projects.listConfigs({ id, evaluationAggregates: false });
		assert.deepEqual(data.map(idOf).sort(), [first, second].sort());
	},
	listConfigs: async ({ sdk }) => {
		const { id, first, second } = await twoVersions(sdk, 'versions, in short');
		const { data } = await sdk.listConfigs({ projectId: id });
		assert.deepEqual(data.map(idOf).sort(), [first, second].sort());
	},

	'projects.getActiveConfig': async (server) => {
		const { sdk } = server;
		const { id, first, second } = await twoVersions(sdk, 'active');
		const staging = await makeEnvironment(server, 'staging of active');
		await sdk.projects.deployConfig({ projectId: id, config_id: second, environments: [{ id: staging.id }] });
		const { data } = await sdk.projects.getActiveConfig({ id });
		assert.equal(idOf(data), first);
		const other = await sdk.projects.getActiveConfig({ id, environment: staging.name });
		assert.equal(idOf(other.data), second);
		assert.equal(other.data.environment_id, staging.id);
	},

	'projects.deactivateConfig': async ({ sdk }) => {
		const { id, second } = await twoVersions(sdk, 'to deactivate');
		const { status, data } = await sdk.projects.deactivateConfig({ id });
		assert.equal(status, 200);
		assert.equal(data.active_config ?? null, null);
		assert.equal((await failureOf(sdk.projects.getActiveConfig({ id }))).status, 404);
		assert.equal((await sdk.projects.deactivateConfig({ id })).status, 200);
		await sdk.projects.deployConfig({ projectId: id, config_id: second });
		assert.equal(idOf((await sdk.projects.getActiveConfig({ id })).data), second);
	},

	'projects.deployConfig': async (server) => {
		const { sdk } = server;
		const { id, first, second } = await twoVersions(sdk, 'to deploy');
		const staging = await makeEnvironment(server, 'staging');
		const qa = await makeEnvironment(server, 'qa');
		const environments = [{ id: staging.id, name: staging.name }, { id: qa.id }];
		const { data } = await sdk.projects.deployConfig({ projectId: id, config_id: second, environments });
		const deployed = new Map(data.map((one) => [one.environment_name, one.model_config_id]));
		assert.equal(deployed.get('staging'), second);
		assert.equal(deployed.get('qa'), second);
		const inDefault = (await sdk.projects.listDeployedConfigs({ id })).data.find(
			({ environment_tag }) => environment_tag === 'default',
		);
		assert.equal(inDefault!.model_config_id, first);
		const answer = await sdk.completeDeployed({ project_id: id, environment: 'qa', inputs: { ticket: 'x' } });
		assert.equal(answer.data.data[0]!.model_config_id, second);
	},

	'projects.listDeployedConfigs': async ({ sdk }) => {
		const { id, first } = await twoVersions(sdk, 'deployed');
		const { data } = await sdk.projects.listDeployedConfigs({ id });
		const [active] = data.filter((one) => one.model_config_id !== null && one.model_config_id !== undefined);
		assert.equal(active!.model_config_id, first);
		assert.equal(active!.environment_tag, 'default');
		assert.equal(active!.project_name, 'deployed');
	},

	'projects.deleteDeployedConfig': async (server) => {
		const { sdk } = server;
		const { id, second } = await twoVersions(sdk, 'to take back');
		const beta = await makeEnvironment(server, 'beta');
		await sdk.projects.deployConfig({ projectId: id, config_id: second, environments: [{ id: beta.id }] });
		const { status } = await sdk.projects.deleteDeployedConfig({ projectId: id, environmentId: beta.id });
		assert.equal(status, 200);
		const failure = await failureOf(sdk.projects.getActiveConfig({ id, environment: 'beta' }));
		assert.equal(failure.status, 404);
		assert.match(failure.detail.message, /beta/);
	},

	'projects.createFeedbackType': async ({ sdk }) => {
		const { data: project } = await sdk.projects.create({ name: 'with types' });
		const values = [
			{ value: 'polite', sentiment: 'positive' as const },
			{ value: 'rude', sentiment: 'negative' as const },
		];
		const request = { id: project.id, type: 'tone', class: 'select' as const, values };
		const { status, data } = await sdk.projects.createFeedbackType(request);
		assert.equal(status, 201);
		assert.equal(data.type, 'tone');
		assert.deepEqual(data.values, values);
		const { feedback_types: types } = (await sdk.projects.get({ id: project.id })).data;
		assert.deepEqual(
			(types as unknown as { type: string }[]).filter(({ type }) => type === 'tone'),
			[data],
		);
	},

	'projects.export': async ({ sdk }) => {
		const { id } = await twoVersions(sdk, 'to export');
		for (const ticket of ['one', 'two'])
			await sdk.complete({
				project_id: id,
				model_config: completionConfig,
				inputs: { ticket },
			});
		const page = await sdk.projects.export({ id, page: 0, size: 1 });
		const inputs = ({ inputs: given }: LogResponse) => given;
		assert.deepEqual(page.data.records.map(inputs), [{ ticket: 'two' }]);
		assert.equal(page.data.total, 2);
		assert.deepEqual((await page.next()).data.records.map(inputs), [{ ticket: 'one' }]);
	},
};
