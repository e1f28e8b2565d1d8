import type { IDataObject, INodeExecutionData, INodeParameters } from 'n8n-workflow';

import { repairDescription, repairName } from '../nodes/Humanloop/shared/repairConfigs.ts';
import { askEditor } from './harness/askEditor.ts';
import { manualInputs } from './harness/harness.ts';
import { useHarness } from './harness/useHarness.ts';
import type { RecordedRequest } from './hosts/recordingProxy.ts';

/** The option 'Repair Invalid JSON', for completions and for chats. */
const harness = useHarness();

const schema = {
	type: 'object',
	properties: { priority: { type: 'string', enum: ['low', 'high'] } },
	required: ['priority'],
};
const repaired = '{"priority": "high"}';

/** A model that answers what the input says, and a repair by what it is told was wrong. */
const replies = {
	completion: [
		{ when: { repair_output: 'fixable' }, reply: repaired },
		{ when: { repair_output: 'hopeless' }, reply: 'Sorry.' },
	],
	chat: [
		{ when: { text: 'fixable' }, last_message: 'cannot be used', reply: repaired },
		{ when: { text: 'hopeless' }, last_message: 'cannot be used', reply: 'Sorry.' },
	],
};

type Resource = keyof typeof replies;
const resources = ['completion', 'chat'] as const;

const configs: Partial<Record<Resource, { id: string; projectId: string }>> = {};

async function storeConfig(resource: Resource, project = `repair/${resource}`) {
	const { data } = await harness.api.post<{ project_id: string; config: { id: string } }>('/model-configs', {
		project,
		provider: 'mock',
		model: 'mock-1',
		temperature: 0.5,
		...(resource === 'chat'
			? { endpoint: 'chat', chat_template: [{ role: 'system', content: 'Rate {{text}}.' }] }
			: { prompt_template: 'Rate {{text}}.' }),
		response_format: { type: 'json_schema', json_schema: { name: 'rating', schema } },
		other: { humanloop_server: { mock: { replies: replies[resource], otherwise: '{{text}}' } } },
	});
	return { id: data.config.id, projectId: data.project_id };
}

beforeAll(async () => {
	for (const resource of resources) configs[resource] = await storeConfig(resource);
});

const parametersFor = (resource: Resource, options: IDataObject = {}): INodeParameters => ({
	resource,
	project: { __rl: true, mode: 'name', value: `repair/${resource}` },
	modelConfig: { __rl: true, mode: 'id', value: configs[resource]!.id },
	inputs: { ...manualInputs({}), mappingMode: 'autoMapInputData' },
	...(resource === 'chat' && { specifyMessages: 'json', messagesJson: '[{"role": "user", "content": "Now."}]' }),
	outputFormat: 'json',
	options: { repairJson: true, ...options },
});

const items = ['fixable {', repaired, 'hopeless'].map((text) => ({ text }));
const errorOf = ({ json }: INodeExecutionData) => json.error as IDataObject;
const posts = () => harness.proxy.requests.filter(({ method }) => method === 'POST');
const keyOf = ({ headers }: RecordedRequest) => headers['idempotency-key'] as string;
const isRepair = (request: RecordedRequest) => keyOf(request).includes(':repair');
const getLog = async (id: unknown) => (await harness.api.get<IDataObject>(`/logs/${String(id)}`)).data;

describe.each(resources)('%s', (resource) => {
	test.each([false, true])('a broken answer is repaired, in a child of its log (stream: %s)', async (stream) => {
		const { success } = await harness.run({
			items,
			parameters: parametersFor(resource, { stream, session: { __rl: true, mode: 'referenceId', value: 's1' } }),
			settings: { onError: 'continueRegularOutput' },
		});
		expect(success.slice(0, 2).map(({ json }) => [json.priority, json.humanloopRepaired])).toEqual([
			['high', true],
			['high', false],
		]);
		expect(Object.keys(success[0]!.json).join()).toBe(
			'priority,humanloopFinishReason,humanloopIndex,humanloopRepaired,humanloopPromptTokens,' +
				'humanloopGenerationTokens,humanloopTotalTokens,humanloopCost,humanloopId,humanloopModelConfigId,humanloopSessionId',
		);
		const repairs = posts().filter(isRepair);
		expect(repairs).toHaveLength(2);
		expect(repairs.map(({ body }) => body!.tool_choice)).toEqual(
			Array(2).fill(resource === 'chat' ? 'none' : undefined),
		);
		const calls = new Set(posts().map(keyOf));
		for (const repair of repairs) expect(calls).toContain(keyOf(repair).split(':repair')[0]);

		// The item is the repair's, and its usage is that of both calls.
		const log = await getLog(success[0]!.json.humanloopId);
		const first = await getLog(log.parent_id);
		expect(log).toMatchObject({ output: repaired, session_id: success[0]!.json.humanloopSessionId });
		// A completion's repair has a config of its own, which is no version of the prompt.
		expect(success[0]!.json.humanloopModelConfigId).toBe(configs[resource]!.id);
		expect(first).toMatchObject({ output: 'fixable {', session_id: log.session_id });
		expect(success[0]!.json.humanloopTotalTokens).toBe(
			[log, first].reduce((sum, each) => sum + Number(each.prompt_tokens) + Number(each.output_tokens), 0),
		);
	});

	test('a repair that fails: the error has both problems, and the first text with its log', async () => {
		const { error, success } = await harness.run({
			items,
			parameters: parametersFor(resource),
			settings: { onError: 'continueErrorOutput' },
		});
		expect(success).toHaveLength(2);
		expect(errorOf(error[0]!)).toMatchObject({
			message: expect.stringMatching(
				/^The output is not valid JSON: .*hopeless.*\. The repair failed: The output is not valid JSON: .*Sorry/,
			) as string,
			output: 'hopeless',
		});
		expect(await getLog(errorOf(error[0]!).logId)).toMatchObject({ output: 'hopeless' });
	});

	test('stop: the node ends with that error', async () => {
		const { failure } = await harness.run({ items: [items[2]!, items[2]!], parameters: parametersFor(resource) });
		expect(failure?.message).toMatch(/^The output is not valid JSON: .*\. The repair failed: /);
	});

	test('a repair that the API rejects: its words, and what to do', async () => {
		harness.proxy.fault = (request, response) => {
			if (!isRepair(request)) return false;
			response.writeHead(422, { 'content-type': 'application/json' });
			response.end(JSON.stringify({ detail: 'The quota is used up' }));
			return true;
		};
		const { success } = await harness.run({
			items,
			parameters: parametersFor(resource),
			settings: { onError: 'continueRegularOutput' },
		});
		expect(errorOf(success[0]!).message).toMatch(/\. The repair failed: The quota is used up$/);
		expect(success[1]!.json.priority).toBe('high');
	});

	test('a repair is paid for once: its response is lost, and n8n runs the node again', async () => {
		const before = await countLogs(resource);
		let losses = 2;
		harness.proxy.dropsResponse = (request) => request.method === 'POST' && isRepair(request) && losses-- > 0;
		const options: Parameters<typeof harness.run>[0] = {
			items: [items[0]!, items[1]!],
			executionId: `lost/${resource}`,
			parameters: parametersFor(resource, { maxRetries: 1 }),
			settings: { retryOnFail: true, maxTries: 3, waitBetweenTries: 0 },
		};
		const { success } = await harness.run(options);
		harness.proxy.dropsResponse = () => false;
		expect(success.map(({ json }) => json.priority)).toEqual(['high', 'high']);
		expect(posts().filter(isRepair).length).toBeGreaterThan(1);
		expect(new Set(posts().filter(isRepair).map(keyOf)).size).toBe(1);
		// Two calls and one repair, however often they were sent.
		expect((await countLogs(resource)) - before).toBe(3);
		expect((await harness.run(options)).success).toEqual(success);
		expect((await countLogs(resource)) - before).toBe(3);
	});

	test('three samples: each broken one has a repair of its own, and the first item has the sum', async () => {
		const { success } = await harness.run({
			items: items.slice(0, 2),
			parameters: { ...parametersFor(resource), numSamples: 3 },
		});
		expect(success.map(({ json }) => [json.humanloopIndex, json.priority])).toEqual(
			[0, 1].flatMap(() => [0, 1, 2].map((index) => [index, 'high'])),
		);
		expect(posts().filter(isRepair)).toHaveLength(3);
		expect(new Set(success.map(({ json }) => json.humanloopId)).size).toBe(6);
		const logs = await Promise.all(success.slice(0, 3).map(({ json }) => getLog(json.humanloopId)));
		const broken = await Promise.all(logs.map(({ parent_id: id }) => getLog(id)));
		expect(success.map(({ json }) => json.humanloopTotalTokens !== undefined)).toEqual([
			true,
			false,
			false,
			true,
			false,
			false,
		]);
		expect(success[0]!.json.humanloopTotalTokens).toBe(
			[...logs, ...broken].reduce((sum, log) => sum + Number(log.prompt_tokens ?? 0) + Number(log.output_tokens), 0),
		);
	});

	test('an answer that was cut off is not repaired', async () => {
		harness.proxy.fault = (_request, response) => {
			const data = [{ id: 'data_1', index: 0, output: '{', finish_reason: 'length' }];
			response.writeHead(200, { 'content-type': 'application/json' });
			response.end(JSON.stringify({ data, provider_responses: [] }));
			return true;
		};
		const { success } = await harness.run({
			items: items.slice(0, 2),
			parameters: parametersFor(resource),
			settings: { onError: 'continueRegularOutput' },
		});
		expect(success.map((item) => errorOf(item).message)).toEqual(
			Array(2).fill(expect.stringMatching(/^The output was cut off/)),
		);
		expect(posts()).toHaveLength(2);
	});

	test('the provider keys go with the repair', async () => {
		await harness.run({
			items: items.slice(0, 2),
			parameters: parametersFor(resource),
			credentials: { apiKey: harness.server.apiKey, baseUrl: harness.proxy.baseUrl, openaiApiKey: 'sk-repair-test' },
		});
		const bodies = posts().map(({ body }) => body!.provider_api_keys);
		expect(bodies).toEqual(Array(3).fill({ openai: 'sk-repair-test' }));
		expect(posts().every(({ headers }) => headers['x-call-origin'] !== undefined)).toBe(true);
	});
});

async function countLogs(resource: Resource): Promise<number> {
	const { data } = await harness.api.get<{ total: number }>('/logs', {
		params: { project_id: configs[resource]!.projectId, size: 1 },
	});
	return data.total;
}

describe("the config of a completion's repair", () => {
	const versions = async (projectId: string) =>
		(await harness.api.get<Array<{ config: IDataObject }>>(`/projects/${projectId}/configs`)).data;

	test('there is one for the prompt, whatever the texts are, and what is deployed stays', async () => {
		const { id, projectId } = configs.completion!;
		await harness.run({
			items: ['fixable 1', 'fixable 2', 'fixable 3'].map((text) => ({ text })),
			parameters: parametersFor('completion'),
		});
		const all = await versions(projectId);
		expect(all).toHaveLength(2);
		const { config } = all.find((version) => version.config.id !== id)!;
		expect(config).toMatchObject({
			name: repairName,
			description: `${repairDescription} ${id}`,
			temperature: 0.5,
			provider: 'mock',
		});
		const { data } = await harness.api.get<{ config: IDataObject }>(`/projects/${projectId}/active-config`);
		expect(data.config.id).toBe(id);
	});

	test('an input that has the name of one of its variables keeps its value', async () => {
		const { data } = await harness.api.post<{ config: { id: string } }>('/model-configs', {
			project: 'repair/names',
			provider: 'mock',
			model: 'mock-1',
			prompt_template: '{{repair_output}}',
			other: {
				humanloop_server: {
					mock: {
						replies: [{ when: { repair_output_: 'first' }, reply: '{"is": "{{repair_output}}"}' }],
						otherwise: 'first',
					},
				},
			},
		});
		const { success } = await harness.run({
			items: [{ repair_output: 'mine' }, { repair_output: 'yours' }],
			parameters: {
				...parametersFor('completion'),
				project: { __rl: true, mode: 'name', value: 'repair/names' },
				modelConfig: { __rl: true, mode: 'id', value: data.config.id },
			},
		});
		expect(success.map(({ json }) => json.is)).toEqual(['mine', 'yours']);
	});

	test('without a project: an error in the form check, before anything is sent', async () => {
		const parameters = { ...parametersFor('completion'), project: { __rl: true, mode: 'list', value: '' } };
		const { failure } = await harness.run({ items, parameters: parameters });
		expect(failure?.message).toBe("'Project' is empty, and 'Repair Invalid JSON' needs one [item 0]");
		expect(posts()).toEqual([]);
	});

	test('it is not stored in a project in which it would be deployed', async () => {
		const parameters = {
			...parametersFor('completion'),
			project: { __rl: true, mode: 'name', value: 'repair/empty' },
		};
		const { success } = await harness.run({
			items,
			parameters: parameters,
			settings: { onError: 'continueRegularOutput' },
		});
		expect(errorOf(success[0]!)).toMatchObject({
			message: expect.stringMatching(
				/The repair failed: Nothing is deployed in the project\. The repair's config would be deployed/,
			) as string,
			description: expect.stringMatching(/^Deploy a version in the project first/) as string,
		});
		const { data } = await harness.api.get<{ records: Array<{ id: string }> }>('/projects', {
			params: { filter: 'repair/empty' },
		});
		expect(await versions(data.records[0]!.id)).toEqual([]);
	});

	test('it is no version: neither Get Many nor the list in the editor has it', async () => {
		const { id, projectId } = configs.completion!;
		await harness.run({ items: items.slice(0, 2), parameters: parametersFor('completion') });
		expect((await versions(projectId)).length).toBeGreaterThan(1);
		const { success } = await harness.run({
			items: [{}, {}],
			parameters: {
				resource: 'modelConfig',
				operation: 'getAll',
				project: { __rl: true, mode: 'id', value: projectId },
				limit: 1,
			},
		});
		expect(success.map(({ json }) => json.id)).toEqual([id, id]);
		const { results } = await askEditor(harness.loaded, {
			credentials: { apiKey: harness.server.apiKey, baseUrl: harness.proxy.baseUrl },
			parameters: parametersFor('completion'),
		}).search('searchModelConfigs');
		expect(results.map(({ name, value }) => [name.slice(0, 2), value])).toEqual([['v1', id]]);
	});

	test.each([1, 2])(
		'one failed read of what is deployed does not block the repairs (Max Concurrency %s)',
		async (max) => {
			let reads = 0;
			harness.proxy.readFault = (request, response) => {
				if (!request.path.includes('active-config') || ++reads > 1) return false;
				response.writeHead(503, { 'content-type': 'application/json' }).end('{"detail":"busy"}');
				return true;
			};
			const { success } = await harness.run({
				items: Array.from({ length: max + 2 }, (_, index) => ({ text: `fixable ${index}` })),
				parameters: parametersFor('completion', { maxConcurrency: max }),
			});
			expect(success.map(({ json }) => json.priority)).toEqual(Array(max + 2).fill('high'));
		},
	);
});

describe('with Reuse Answers', () => {
	const run = async (executionId: string, options: IDataObject) =>
		await harness.run({
			executionId,
			items: ['fixable reused', 'fixable other'].map((text) => ({ text })),
			parameters: parametersFor('completion', { reuseAnswers: 'always', ...options }),
			settings: { onError: 'continueRegularOutput' },
		});

	test('a broken answer that was reused says so; an item that paid for its repair was not reused', async () => {
		const [first, second] = [await run('r1', { repairJson: false }), await run('r2', { repairJson: false })];
		expect(errorOf(first.success[0]!).description).not.toMatch(/reused/);
		for (const item of second.success) {
			expect(errorOf(item).description).toMatch(/This answer was reused\. For a new one, set 'Reuse Answers' to Never/);
		}
		const [third, fourth] = [await run('r3', {}), await run('r4', {})];
		expect(third.success.map(({ json }) => [json.humanloopRepaired, json.humanloopReused])).toEqual(
			Array(2).fill([true, false]),
		);
		expect(fourth.success.map(({ json }) => [json.humanloopReused, json.humanloopTotalTokens])).toEqual(
			Array(2).fill([true, 0]),
		);
	});
});

test.each([
	['0.001', 0.003],
	['', null],
])('the cost of an item is that of both calls (the repair costs "%s")', async (price, cost) => {
	harness.proxy.fault = (request, response) => {
		const repairs = isRepair(request);
		const data = [{ id: 'data_1', index: 0, output: repairs ? repaired : '{', finish_reason: 'stop' }];
		const header = `prompt_cost="0", output_cost="${repairs ? price : '0.002'}", currency=USD`;
		response.writeHead(200, { 'content-type': 'application/json', 'x-cost': header });
		response.end(JSON.stringify({ data, provider_responses: [] }));
		return true;
	};
	const { success } = await harness.run({ items: items.slice(0, 2), parameters: parametersFor('chat') });
	expect(success.map(({ json }) => json.humanloopCost)).toEqual([cost, cost]);
});
