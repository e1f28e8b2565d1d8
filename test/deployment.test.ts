import type { IDataObject, INodeParameters } from 'n8n-workflow';

import { startHarness, type Harness } from './harness/harness.ts';

/** Model Config → Deploy and Get Many. */
let harness: Harness;
let projectId: string;
/** Three versions of one prompt; the first one is deployed in the default environment, because it was the first. */
let versions: string[];
beforeAll(async () => {
	harness = await startHarness();
	versions = [];
	for (const tone of ['kind', 'short', 'formal']) {
		const { data } = await harness.api.post<{ project_id: string; config: { id: string } }>('/model-configs', {
			project: 'support',
			provider: 'mock',
			model: 'mock-1',
			name: tone,
			prompt_template: `Be ${tone} to {{name}}.`,
		});
		projectId = data.project_id;
		versions.push(data.config.id);
	}
	await harness.api.post('/environments', { name: 'staging' });
});
afterAll(() => harness.close());
beforeEach(async () => {
	harness.proxy.readFault = undefined;
	await harness.api.patch(`/projects/${projectId}/deploy-config`, { config_id: versions[0] });
	harness.proxy.requests.splice(0);
});

type RunOptions = NonNullable<Parameters<Harness['run']>[0]>;
const locator = (mode: string, value: string) => ({ __rl: true, mode, value });
function deploy(parameters: INodeParameters = {}, more: Partial<RunOptions> = {}) {
	return harness.run({
		items: [{ version: versions[1]! }, { version: versions[2]! }],
		...more,
		parameters: {
			resource: 'modelConfig',
			operation: 'deploy',
			project: locator('name', 'support'),
			modelConfig: locator('id', '={{ $json.version }}'),
			...parameters,
		},
	});
}
function getMany(parameters: INodeParameters = {}, more: Partial<RunOptions> = {}) {
	return harness.run({
		items: [{}, {}],
		...more,
		parameters: { resource: 'modelConfig', operation: 'getAll', project: locator('id', projectId), ...parameters },
	});
}
async function deployedIn(environment: string): Promise<unknown> {
	const { data } = await harness.api.get<IDataObject[]>(`/projects/${projectId}/deployed-configs`);
	return data.find(({ environment_name }) => environment_name === environment)!.model_config_id;
}

describe('Deploy', () => {
	test('items are deployed in their order, one after the other, and each says what it replaced', async () => {
		const { success } = await deploy();
		expect(success.map(({ json }) => json)).toEqual([
			{
				environment: 'production',
				modelConfigName: 'short',
				projectName: 'support',
				changed: true,
				modelConfigId: versions[1],
				replacedModelConfigId: versions[0],
				projectId,
			},
			expect.objectContaining({ modelConfigId: versions[2], replacedModelConfigId: versions[1] }),
		]);
		expect(success.map(({ pairedItem }) => pairedItem)).toEqual([{ item: 0 }, { item: 1 }]);
		expect(await deployedIn('production')).toBe(versions[2]);
		// One look-up of the name; then what is deployed and the deployment, for each item.
		expect(harness.proxy.requests.map(({ method }) => method)).toEqual(['GET', 'GET', 'PATCH', 'GET', 'PATCH']);
	});

	test('in an environment by its name; the default one stays as it is', async () => {
		const { success } = await deploy({ environment: locator('name', 'staging'), simplify: false });
		expect(success[1]!.json).toMatchObject({ environment_name: 'staging', model_config_id: versions[2] });
		expect(await deployedIn('production')).toBe(versions[0]);
		expect(await deployedIn('staging')).toBe(versions[2]);
	});

	test('what is deployed already is no change', async () => {
		const { success } = await deploy({ modelConfig: locator('id', versions[0]!) });
		expect(success.map(({ json }) => [json.changed, json.replacedModelConfigId])).toEqual([
			[false, null],
			[false, null],
		]);
	});

	test('a lost response is asked for again, and the deployment is made once', async () => {
		let lost = 0;
		harness.proxy.readFault = ({ method }, response) => {
			if (method !== 'PATCH' || lost++ > 0) return false;
			response.destroy();
			return true;
		};
		const { success } = await deploy({}, { items: [{ version: versions[1]! }] });
		expect(success[0]!.json).toMatchObject({ changed: true, replacedModelConfigId: versions[0] });
		const { data } = await harness.api.get<{ records: IDataObject[] }>(`/projects/${projectId}/deployments`);
		// A second one would have replaced the config by itself.
		expect(data.records[0]).toMatchObject({ config_id: versions[1], replaced_config_id: versions[0] });
		expect(harness.proxy.requests.filter(({ method }) => method === 'PATCH')).toHaveLength(2);
	});

	describe.each<[string, INodeParameters, IDataObject[], string]>([
		[
			'an unknown environment',
			{ environment: locator('name', '={{ $json.to }}') },
			[{ to: 'staging' }, { to: 'qa' }],
			"'Environment' does not exist: qa [item 1]",
		],
		['an unknown config', {}, [{}, { version: 'config_none' }], 'config_none'],
		['an empty config', {}, [{}, { version: '' }], "'Model Config' is empty [item 1]"],
		[
			'an unknown project',
			{ project: locator('name', '={{ $json.project }}') },
			[{}, { project: 'none' }],
			"'Project' does not exist: none [item 1]",
		],
	])('%s', (_name, parameters, changes, message) => {
		const items = () =>
			changes.map((change) => ({ version: versions[1]!, project: 'support', to: 'staging', ...change }));

		test('stop', async () => {
			const { failure } = await deploy(parameters, { items: items() });
			expect(failure?.message).toContain(message);
			expect(failure).toMatchObject({ context: { itemIndex: 1 } });
		});

		test('continue', async () => {
			const { success } = await deploy(parameters, { items: items(), settings: { onError: 'continueRegularOutput' } });
			expect(success[0]!.json).toMatchObject({ modelConfigId: versions[1] });
			expect(success[1]).toMatchObject({ json: { error: { message: expect.stringContaining(message) as string } } });
			expect(success[1]!.pairedItem).toEqual({ item: 1 });
		});

		test('error output', async () => {
			const { success, error } = await deploy(parameters, {
				items: items(),
				settings: { onError: 'continueErrorOutput' },
			});
			expect(success).toHaveLength(1);
			expect(error[0]!.json.error).toMatchObject({ message: expect.stringContaining(message) as string });
			expect(error[0]!.pairedItem).toEqual({ item: 1 });
		});
	});

	test('a config of another project is refused in the words of the server', async () => {
		const { failure } = await deploy({ modelConfig: locator('id', harness.configId) });
		expect(failure?.message).toContain('is a config of the project "tests", not of "support"');
	});

	test('a key that may not deploy is told so, and nothing changes', async () => {
		const { data: key } = await harness.api.post<{ key: string }>('/keys', { name: 'runs only', role: 'run' });
		const { success } = await deploy(
			{},
			{
				credentials: { apiKey: key.key, baseUrl: harness.proxy.baseUrl },
				settings: { onError: 'continueRegularOutput' },
			},
		);
		for (const { json } of success)
			expect(json.error).toMatchObject({ status: 403, message: expect.stringContaining('deploy') as string });
		expect(await deployedIn('production')).toBe(versions[0]);
	});

	test('an AI Agent is refused, and told what to do instead', async () => {
		const parameters = {
			resource: 'modelConfig',
			operation: 'deploy',
			project: locator('name', 'support'),
			modelConfig: locator('id', '={{ $json.version }}'),
		};
		const items = [{ version: versions[1]! }, { version: versions[2]! }];
		const settings = { onError: 'continueRegularOutput' as const };
		const results = await harness.runTool({ items, parameters, settings }, 2);
		expect(results).toHaveLength(2);
		for (const [item] of results) {
			expect(item!.json.error).toMatchObject({
				message: 'An AI Agent cannot deploy a model config',
				description: expect.stringContaining('workflow without an Agent') as string,
			});
		}
		expect(harness.proxy.requests).toEqual([]);
		expect(await deployedIn('production')).toBe(versions[0]);
	});
});

describe('Get Many', () => {
	test('newest first, and where each is deployed', async () => {
		await harness.api.patch(`/projects/${projectId}/deploy-config`, { config_id: versions[2] });
		const { success } = await getMany();
		expect(success.map(({ json }) => json.id)).toEqual([...versions, ...versions].reverse().slice(0, 6));
		expect(success[0]!.json).toEqual({
			promptTemplate: 'Be formal to {{name}}.',
			name: 'formal',
			description: null,
			provider: 'mock',
			model: 'mock-1',
			environments: expect.arrayContaining(['production']) as string[],
			createdAt: expect.stringMatching(/^20\d\d-.*Z$/) as string,
			id: versions[2],
			projectId,
		});
	});

	test('Deployed Only, Limit and Return All', async () => {
		const deployed = await getMany({ filters: { deployedOnly: true }, returnAll: true }, { items: [{}] });
		expect(deployed.success.map(({ json }) => json.id)).toContain(versions[0]);
		for (const { json } of deployed.success) expect(json.environments).not.toEqual([]);
		const { success } = await getMany({ limit: '={{ $json.limit }}' }, { items: [{ limit: 1 }, { limit: 2 }] });
		expect(success.map(({ json }) => json.id)).toEqual([versions[2], versions[2], versions[1]]);
	});

	test('a host that does not tell what is deployed lists the configs; Deployed Only then needs it', async () => {
		harness.proxy.readFault = ({ path }, response) => {
			if (!path.includes('deployed-configs')) return false;
			response.writeHead(404, { 'content-type': 'application/json' }).end('{"detail":"Not Found"}');
			return true;
		};
		const { success } = await getMany();
		expect(success.map(({ json }) => json.environments)).toEqual(Array(6).fill(null));
		const settings = { onError: 'continueErrorOutput' as const };
		const { error } = await getMany({ filters: { deployedOnly: true } }, { settings });
		expect(error.map(({ json }) => (json.error as IDataObject).status)).toEqual([404, 404]);
	});

	test('a project that there is none of', async () => {
		const { failure } = await getMany({ project: locator('id', 'pr_none') });
		expect(failure?.message).toContain('pr_none');
	});
});
