import type { IDataObject, INodeParameters, ResourceMapperValue } from 'n8n-workflow';

import { manualInputs, twoItems } from './harness/harness.ts';
import { threeItems, useHarness } from './harness/useHarness.ts';

/** Run → Deployed Version: what is deployed when the node runs decides, for completions and for chats. */
const harness = useHarness();

const automatic = { mappingMode: 'autoMapInputData', value: null, schema: [] } as unknown as ResourceMapperValue;
const byName = (value: string) => ({ __rl: true, mode: 'name', value });
const messageOf = (json: IDataObject) => (json.error as IDataObject).message as string;
const reads = () => harness.proxy.requests.filter(({ method }) => method === 'GET').map(({ path }) => path);

/** A project of its own for each test. */
let count = 0;
let project: string;
beforeEach(() => (project = `deployed/${++count}`));

type Resource = 'chat' | 'completion';

/** Stores a version; the project's first one is deployed in the default environment. */
async function store(template: string, resource: Resource = 'completion', name = project): Promise<string> {
	const chat = {
		endpoint: 'chat',
		chat_template: [
			{ role: 'system', content: 'Be kind.' },
			{ role: 'user', content: [{ type: 'text', text: template }] },
		],
	};
	const { data } = await harness.api.post<{ config: { id: string } }>('/model-configs', {
		...{ project: name, provider: 'mock', model: 'mock-1' },
		...(resource === 'chat' ? chat : { prompt_template: template }),
	});
	return data.config.id;
}

async function projectId(): Promise<string> {
	const { data } = await harness.api.get<{ records: Array<{ id: string; name: string }> }>('/projects', {
		params: { filter: project },
	});
	return data.records.find(({ name }) => name === project)!.id;
}

async function deploy(config_id: string, environment?: string): Promise<void> {
	const all = (await harness.api.get<Array<{ id: string; name: string }>>('/environments')).data;
	const environments = all.filter(({ name }) => name === environment).map(({ id }) => ({ id }));
	const { status } = await harness.api.patch(`/projects/${await projectId()}/deploy-config`, {
		config_id,
		...(environment !== undefined && { environments }),
	});
	expect(status).toBe(200);
}

const deployed = (more: INodeParameters = {}): INodeParameters => ({
	run: 'deployed',
	project: byName(project),
	inputs: automatic,
	...more,
});

async function logsOf(items: Array<{ json: IDataObject }>): Promise<IDataObject[]> {
	return await Promise.all(
		items.map(async ({ json }) => (await harness.api.get<IDataObject>(`/logs/${json.id as string}`)).data),
	);
}

describe.each(['completion', 'chat'] as const)('%s', (resource) => {
	test('runs what is deployed in the environment, and the next run what is deployed then', async () => {
		await harness.api.post('/environments', { name: 'staging' });
		const [first, second] = [await store('{{name}}', resource), await store('{{name}} {{topic}}', resource)];
		await deploy(second, 'staging');
		const configsOf = async (environment?: string) => {
			const parameters = deployed({ resource, ...(environment && { environment: byName(environment) }) });
			const { success, failure } = await harness.run({ parameters });
			expect(failure).toBeUndefined();
			const logs = await logsOf(success);
			expect(success.map(({ json }) => json.modelConfigId)).toEqual(logs.map((log) => log.config_id));
			return logs.map((log) => [log.config_id, log.inputs, log.environment]);
		};
		const answeredBy = (config: string, environment: string, inputs: IDataObject[]) =>
			inputs.map((values) => [config, values, environment]);
		const names = twoItems.map(({ name }) => ({ name }));
		expect(await configsOf()).toEqual(answeredBy(first, 'production', names));
		expect(await configsOf('staging')).toEqual(answeredBy(second, 'staging', twoItems));
		await deploy(second);
		expect(await configsOf()).toEqual(answeredBy(second, 'production', twoItems));
	});
});

describe.each(['completion', 'chat'] as const)('%s: a variable that the deployed template needs', (resource) => {
	const where = (config: string, environment: string) => `the template of ${config}, deployed in ${environment}`;
	const cases: Array<[string, INodeParameters, string]> = [
		['mapped automatically', { inputs: automatic }, 'Inputs'],
		['mapped manually', { inputs: manualInputs({ name: '={{ $json.name }}' }) }, 'Inputs'],
		['as JSON', { specifyInputs: 'json', inputsJson: '={{ { name: $json.name } }}' }, 'Inputs (JSON)'],
	];

	test.each(cases)(
		'%s: is named with the version and the environment, and nothing is sent',
		async (_name, inputs, field) => {
			const items = twoItems.map(({ name }) => ({ name }));
			const config = await store('{{name}} {{tone}}', resource);
			const parameters = deployed({ resource, ...inputs });
			const message = (item: number, environment = 'the default environment') =>
				`'${field}' has no value for: tone (in ${where(config, environment)}) [item ${item}]`;
			const stopped = await harness.run({ items, parameters });
			expect(stopped.failure?.message).toBe(message(0));
			const continued = await harness.run({ items, parameters, settings: { onError: 'continueRegularOutput' } });
			expect(continued.success.map(({ json, pairedItem }) => [messageOf(json), pairedItem])).toEqual(
				[0, 1].map((item) => [message(item), { item }]),
			);
			const branched = await harness.run({
				items: [...items, { name: 'a', tone: 'b' }],
				parameters: { ...parameters, environment: byName('production') },
				settings: { onError: 'continueErrorOutput' },
			});
			expect(branched.error.slice(0, 2).map(({ json }) => messageOf(json))).toEqual(
				[0, 1].map((item) => message(item, 'production')),
			);
			// Only what is mapped automatically finds the value.
			const sent = inputs.inputs === automatic ? 1 : 0;
			expect(branched.success).toHaveLength(sent);
			expect(harness.calls()).toHaveLength(sent);
		},
	);

	test.each([0, 3, 9])('in item %i of those under way: with Stop Workflow, nothing is sent', async (bad) => {
		const config = await store('{{name}} {{tone}}', resource);
		const items = Array.from({ length: 20 }, (_, item) => (item === bad ? { name: 'x' } : { name: 'x', tone: 'y' }));
		const { failure } = await harness.run({ items, parameters: deployed({ resource }) });
		expect(failure?.message).toContain(`tone (in ${where(config, 'the default environment')}) [item ${bad}]`);
		expect(harness.calls()).toHaveLength(0);
	});

	test('an input that it does not have is named, too', async () => {
		const config = await store('{{name}}', resource);
		const inputs = manualInputs({ name: 'a', topics: 'b' });
		const { failure } = await harness.run({ parameters: deployed({ resource, inputs }) });
		expect(failure?.message).toBe(
			`'Inputs' has inputs that are not in ${where(config, 'the default environment')}: topics [item 0]`,
		);
	});
});

describe('the requests of a run', () => {
	test('the project by its name and what it has deployed are read once for all items', async () => {
		await store('{{name}}');
		const items = [...threeItems, ...threeItems];
		await harness.run({ items, parameters: deployed() });
		const id = await projectId();
		expect(reads()).toEqual([
			expect.stringContaining(`/v4/projects?filter=${encodeURIComponent(project)}&`) as string,
			`/v4/projects/${id}/active-config`,
		]);
		expect(harness.calls()).toHaveLength(6);
		await harness.run({
			items,
			parameters: deployed({ project: { __rl: true, mode: 'id', value: id }, environment: byName('production') }),
		});
		expect(reads()).toEqual([`/v4/projects/${id}/active-config?environment=production`]);
	});

	test('a template that cannot be read is not checked: the call itself decides, and names what is missing', async () => {
		await store('{{name}} {{tone}}');
		harness.proxy.readFault = (_request, response) => {
			response.writeHead(404, { 'content-type': 'application/json' }).end('{"detail":"Not Found"}');
			return true;
		};
		const { success } = await harness.run({
			parameters: deployed({ inputs: manualInputs({ name: 'a' }) }),
			settings: { onError: 'continueRegularOutput' },
		});
		expect(success.map(({ json }) => json.error)).toEqual(
			Array(2).fill(
				expect.objectContaining({
					status: 422,
					message:
						'Prompt requires inputs for the following variables: tone. Add each of them to "inputs" with a value that is not null.',
				}),
			),
		);
	});
});

describe('what there must be', () => {
	const inputs = manualInputs({ name: 'a' });

	test('a project: an empty field is an error before anything is sent', async () => {
		const { failure } = await harness.run({ parameters: { run: 'deployed', inputs } });
		expect(failure).toMatchObject({
			message: "'Project' is empty [item 0]",
			description: "Choose the project whose deployed version to run, or set 'Run' to 'Version'.",
		});
		expect(harness.proxy.requests).toEqual([]);
	});

	test.each([
		['the server', inputs, `No such project: "deployed/none".`, "Check the 'Project'.", 404],
		[
			'the look-up that needs it',
			automatic,
			"No project has the name 'deployed/none'",
			"Correct the name in 'Project', or choose a project from the list.",
			null,
		],
	])('a project of that name: %s says so, and none is created', async (_name, mapped, message, description, status) => {
		const { success } = await harness.run({
			parameters: { run: 'deployed', project: byName('deployed/none'), inputs: mapped },
			settings: { onError: 'continueRegularOutput' },
		});
		expect(success.map(({ json }) => json.error)).toEqual(
			Array(2).fill(expect.objectContaining({ message, description, status })),
		);
		const { data } = await harness.api.get<{ total: number }>('/projects', { params: { filter: 'deployed/none' } });
		expect(data.total).toBe(0);
	});

	test.each([
		['that there is not', 'nowhere', 'No such environment: "nowhere". There are ', "Check the 'Environment'."],
		[
			'with nothing in it',
			'staging',
			'Nothing is deployed in the environment "staging" of the project ',
			"Deploy one with Model Config → Deploy, or choose another 'Environment'.",
		],
	])('an environment %s: the error names it', async (_name, environment, message, description) => {
		await store('{{name}}');
		await harness.api.post('/environments', { name: 'staging' });
		for (const mapped of [inputs, automatic]) {
			const { success } = await harness.run({
				parameters: deployed({ environment: byName(environment), inputs: mapped }),
				settings: { onError: 'continueRegularOutput' },
			});
			expect(success.map(({ json }) => json.error)).toEqual(
				Array(2).fill(
					expect.objectContaining({ message: expect.stringContaining(message) as string, description, status: 404 }),
				),
			);
		}
	});

	test('a config of the resource: the server says what it runs', async () => {
		const config = await store('{{name}}', 'chat');
		const { failure } = await harness.run({ parameters: deployed() });
		expect(failure?.message).toContain(`The model config ${config} has the endpoint "chat"`);
	});
});

describe('a deployment while the node runs', () => {
	const oneByOne = { options: { maxConcurrency: 1, maxRetries: 0 } };
	const withTone = threeItems.map((item) => ({ ...item, tone: 'kind' }));

	/** Deploys a version just before the second call arrives. */
	function deployBeforeTheSecond(config: () => Promise<string>): void {
		let sent = 0;
		harness.proxy.fault = async ({ path }) => {
			if (path.endsWith('-deployed') && ++sent === 2) await deploy(await config());
			return false;
		};
	}

	test('the items after it get the new version, with the variables that it has', async () => {
		const first = await store('{{name}}');
		const second = await store('{{name}} {{tone}}');
		deployBeforeTheSecond(async () => second);
		const { success, failure } = await harness.run({ items: withTone, parameters: deployed(oneByOne) });
		expect(failure).toBeUndefined();
		expect((await logsOf(success)).map(({ config_id, inputs }) => [config_id, inputs])).toEqual([
			[first, { name: 'first' }],
			[second, { name: 'middle', tone: 'kind' }],
			[second, { name: 'last', tone: 'kind' }],
		]);
		// Once at the beginning, and once because the second call was refused.
		expect(reads().filter((path) => path.includes('active-config'))).toHaveLength(2);
	});

	test('an item without the new variable: the error names it and the new version', async () => {
		await store('{{name}}');
		const second = await store('{{name}} {{tone}}');
		deployBeforeTheSecond(async () => second);
		const { success } = await harness.run({
			items: threeItems,
			parameters: deployed({ ...oneByOne, inputs: manualInputs({ name: '={{ $json.name }}' }) }),
			settings: { onError: 'continueRegularOutput' },
		});
		expect(success.map(({ json }) => (json.error ? messageOf(json) : typeof json.output))).toEqual([
			'string',
			...[1, 2].map(
				(item) =>
					`'Inputs' has no value for: tone (in the template of ${second}, deployed in the default environment) [item ${item}]`,
			),
		]);
	});

	test('an item that only the old version would refuse is answered by the new one', async () => {
		await store('{{name}} {{tone}}');
		const second = await store('{{name}}');
		deployBeforeTheSecond(async () => second);
		const items = [withTone[0]!, withTone[1]!, { name: 'last' }];
		const { success, failure } = await harness.run({ items, parameters: deployed(oneByOne) });
		expect(failure).toBeUndefined();
		expect((await logsOf(success)).map(({ config_id }) => config_id).slice(1)).toEqual([second, second]);
	});

	test('many refused items ask again once per item at most', async () => {
		await store('{{name}} {{tone}}');
		const items = Array.from({ length: 100 }, () => ({ name: 'x' }));
		const { success } = await harness.run({
			items,
			parameters: deployed(),
			settings: { onError: 'continueRegularOutput' },
		});
		expect(success).toHaveLength(100);
		expect(harness.calls()).toEqual([]);
		expect(reads().filter((path) => path.includes('active-config')).length).toBeLessThanOrEqual(100);
	});
});
