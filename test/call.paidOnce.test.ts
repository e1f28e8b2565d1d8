import { LLMock } from '@copilotkit/aimock';
import type { IDataObject, INodeParameters, ResourceMapperValue } from 'n8n-workflow';

import { callPaths, startHarness, type Harness, type Resource, type RunKind } from './harness/harness.ts';
import { startRecordingProxy, type RecordedRequest, type RecordingProxy } from './hosts/recordingProxy.ts';

/** Each of the four calls through node and server, counted at the provider: what is counted there is paid for. */
let provider: LLMock;
let standIn: RecordingProxy;
let harness: Harness;
beforeAll(async () => {
	provider = new LLMock({ port: 0 });
	provider.onMessage(/.*/, { content: 'An answer that somebody has paid for' });
	await provider.start();
	standIn = await startRecordingProxy(`${provider.url}/v1`);
	harness = await startHarness({ env: { OPENAI_BASE_URL: standIn.baseUrl, OPENAI_API_KEY: 'none-needed' } });
});
afterAll(async () => {
	await harness.close();
	await standIn.stop();
	await provider.stop();
});
beforeEach(() => {
	standIn.requests.splice(0);
	standIn.fault = undefined;
	harness.proxy.fault = undefined;
	harness.proxy.dropsResponse = () => false;
	harness.proxy.requests.splice(0);
});

interface Prompt {
	project: string;
	projectId: string;
	configId: string;
}

async function store(resource: Resource, project: string, template: string): Promise<Prompt> {
	const { data } = await harness.api.post<{ project_id: string; config: { id: string } }>('/model-configs', {
		...{ project, provider: 'openai', model: 'gpt-6-luna' },
		...(resource === 'chat'
			? { endpoint: 'chat', chat_template: [{ role: 'user', content: template }] }
			: { prompt_template: template }),
	});
	return { project, projectId: data.project_id, configId: data.config.id };
}

const deploy = async ({ projectId, configId }: Prompt) =>
	await harness.api.patch(`/projects/${projectId}/deploy-config`, { config_id: configId });

const automatic = { mappingMode: 'autoMapInputData', value: null, schema: [] } as unknown as ResourceMapperValue;

function parametersOf(resource: Resource, run: RunKind, prompt: Prompt, options: IDataObject = {}): INodeParameters {
	const modelConfig = { __rl: true, mode: 'id', value: prompt.configId };
	const project = { __rl: true, mode: 'id', value: prompt.projectId };
	return { resource, run, project, modelConfig, inputs: automatic, options: { ...options } } as INodeParameters;
}

const five = (name: string) =>
	Array.from({ length: 5 }, (_, item) => ({ name: `${name}, item ${item}`, tone: 'kind' }));
const promptOf = ({ body }: RecordedRequest) => (body!.messages as Array<{ content: string }>)[0]!.content;
/** How often each item was paid for, with any version. */
const paidFor = (name: string) =>
	five(name).map(({ name: item }) => standIn.requests.filter((request) => promptOf(request).includes(item)).length);
const retryOnFail = { retryOnFail: true, maxTries: 3, waitBetweenTries: 0 };

describe.each(callPaths)('$path', ({ resource, run, path }) => {
	test.each([false, true])('a response that is lost is not paid for again (stream: %s)', async (stream) => {
		const name = `lost ${resource} ${run} ${stream}`;
		const prompt = await store(resource, name, '{{name}}');
		const seen = new Set<string>();
		harness.proxy.dropsResponse = ({ path: called, headers }) => {
			if (called !== `/v4${path}`) return false;
			const key = headers['idempotency-key'] as string;
			return !seen.has(key) && Boolean(seen.add(key));
		};
		const { success } = await harness.run({
			items: five(name),
			executionId: name,
			parameters: parametersOf(resource, run, prompt, { stream }),
		});
		expect(success.map(({ json }) => json.output)).toEqual(Array(5).fill('An answer that somebody has paid for'));
		expect(paidFor(name)).toEqual(Array(5).fill(1));
		expect(harness.calls()).toHaveLength(10);
	});

	test("n8n's Retry On Fail pays for the item alone that had no response", async () => {
		const name = `again ${resource} ${run}`;
		const prompt = await store(resource, name, '{{name}}');
		refuseOnce(`${name}, item 3`);
		const { success } = await harness.run({
			items: five(name),
			executionId: name,
			parameters: parametersOf(resource, run, prompt, { maxRetries: 0 }),
			settings: retryOnFail,
		});
		expect(success).toHaveLength(5);
		// The fourth was refused, which costs nothing.
		expect(paidFor(name)).toEqual([1, 1, 1, 2, 1]);
	});

	test('calls of one execution to different paths have different keys', async () => {
		const name = `keys ${resource} ${run}`;
		const prompt = await store(resource, name, '{{name}}');
		const options = { idempotencyKey: 'one for all', maxRetries: 0 };
		const keys = new Set<unknown>();
		for (const other of ['deployed', 'version'] as const) {
			await harness.run({
				items: five(name).slice(0, 1),
				executionId: '1',
				parameters: parametersOf(resource, other, prompt, options),
			});
			for (const { headers } of harness.calls()) keys.add(headers['idempotency-key']);
		}
		expect(keys.size).toBe(2);
	});
});

/** The provider answers the first call with this prompt with 429. */
function refuseOnce(prompt: string): void {
	let left = 1;
	standIn.fault = (request, response) => {
		if (!promptOf(request).includes(prompt) || left-- <= 0) return false;
		response.writeHead(429, { 'content-type': 'application/json', 'retry-after-ms': '1', 'x-should-retry': 'false' });
		response.end(JSON.stringify({ error: { message: 'Rate limit reached', type: 'requests' } }));
		return true;
	};
}

describe.each(['chat', 'completion'] as const)('%s: a deployment between two attempts', (resource) => {
	/** By item: which config answered. */
	const configsOf = async (items: Array<{ json: IDataObject }>) =>
		await Promise.all(
			items.map(
				async ({ json }) => (await harness.api.get<IDataObject>(`/logs/${json.id as string}`)).data.config_id as string,
			),
		);

	test.each([
		['with the same variables', 'Again: {{name}}'],
		['with another variable', '{{tone}}: {{name}}'],
	])('%s: a lost response is replayed', async (change, template) => {
		const name = `between ${resource} ${change}`;
		const first = await store(resource, name, '{{name}}');
		const second = await store(resource, name, template);
		let sent = 0;
		harness.proxy.dropsResponse = ({ path }) => path.endsWith('-deployed') && ++sent <= 5;
		harness.proxy.fault = async ({ path }) => {
			if (path.endsWith('-deployed') && sent >= 5) await deploy(second);
			return false;
		};
		const { success } = await harness.run({
			items: five(name),
			executionId: name,
			parameters: parametersOf(resource, 'deployed', first),
		});
		expect(sent).toBe(10);
		expect(paidFor(name)).toEqual(Array(5).fill(1));
		expect(await configsOf(success)).toEqual(Array(5).fill(first.configId));
	});

	test.each([
		['with the same variables', 'Again: {{name}}'],
		['with another variable', '{{tone}}: {{name}}'],
		['that needs less', 'Again'],
	])('%s: a try of Retry On Fail gets the answers that there are', async (change, template) => {
		const name = `tries ${resource} ${change}`;
		const first = await store(resource, name, '{{name}}');
		const second = await store(resource, name, template);
		refuseOnce(`${name}, item 3`);
		let calls = 0;
		let deployment: Promise<unknown> | undefined;
		harness.proxy.fault = async ({ path }) => {
			// No call of the second try arrives before.
			if (path.endsWith('-deployed') && ++calls > 5) await (deployment ??= deploy(second));
			return false;
		};
		const { success, failure } = await harness.run({
			items: five(name),
			executionId: name,
			parameters: parametersOf(resource, 'deployed', first, { maxRetries: 0 }),
			settings: retryOnFail,
		});
		expect(failure).toBeUndefined();
		expect(await configsOf(success)).toEqual(
			[0, 1, 2, 3, 4].map((item) => (item === 3 ? second.configId : first.configId)),
		);
		expect(standIn.requests).toHaveLength(6);
	});

	test('an item that is called again for the new version does not change the calls of the others', async () => {
		const name = `others ${resource}`;
		const first = await store(resource, name, '{{name}}');
		const second = await store(resource, name, '{{tone}}: {{name}}');
		refuseOnce(`${name}, item 0`);
		let calls = 0;
		let deployment: Promise<unknown> | undefined;
		harness.proxy.fault = async ({ path }) => {
			if (path.endsWith('-deployed') && ++calls > 5) await (deployment ??= deploy(second));
			return false;
		};
		// With "Continue", n8n runs the node again because its first item is an error.
		const { success } = await harness.run({
			items: five(name),
			executionId: name,
			parameters: parametersOf(resource, 'deployed', first, { maxRetries: 0, maxConcurrency: 1 }),
			settings: { ...retryOnFail, onError: 'continueRegularOutput' },
		});
		expect(await configsOf(success)).toEqual([second.configId, ...Array<string>(4).fill(first.configId)]);
		expect(paidFor(name)).toEqual([2, 1, 1, 1, 1]);
	});
});
