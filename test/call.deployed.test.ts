import type { IDataObject, INodeParameters, ResourceMapperValue } from 'n8n-workflow';

import { manualInputs, twoItems } from './harness/harness.ts';
import { useHarness } from './harness/useHarness.ts';

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
			return (await logsOf(success)).map((log) => [log.config_id, log.inputs, log.environment]);
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
