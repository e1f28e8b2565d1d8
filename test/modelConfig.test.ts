import type { IDataObject, INodeParameters } from 'n8n-workflow';

import { type Harness } from './harness/harness.ts';
import { useHarness } from './harness/useHarness.ts';

/** Model Config → Create and Get. */
const harness = useHarness();

type RunOptions = NonNullable<Parameters<Harness['run']>[0]>;
const locator = (mode: string, value: string) => ({ __rl: true, mode, value });
const template = 'Write to {{name}} about {{ topic }}, {{name}}.\n';
const twoTopics: IDataObject[] = [{ topic: 'parcels' }, { topic: 'refunds' }];

function create(parameters: INodeParameters = {}, more: Partial<RunOptions> = {}) {
	return harness.run({
		items: twoTopics,
		...more,
		parameters: {
			resource: 'modelConfig',
			operation: 'create',
			project: locator('name', 'created'),
			provider: 'mock',
			model: 'mock-1',
			promptTemplate: template,
			...parameters,
		},
	});
}
function get(parameters: INodeParameters, more: Partial<RunOptions> = {}) {
	return harness.run({ ...more, parameters: { resource: 'modelConfig', operation: 'get', ...parameters } });
}
const bodies = () => harness.proxy.requests.map(({ body }) => body!);

describe('Create', () => {
	test('one item per config, simplified, which a completion can run', async () => {
		const { success } = await create({
			additionalFields: {
				name: '={{ "About " + $json.topic }}',
				temperature: '={{ $json.topic === "parcels" ? 0 : 0.5 }}',
			},
		});
		expect(success).toEqual(
			[0, 1].map((item) => ({
				json: {
					id: expect.stringMatching(/^config_/) as string,
					name: `About ${['parcels', 'refunds'][item]}`,
					description: null,
					projectId: expect.stringMatching(/^pr_/) as string,
					provider: 'mock',
					model: 'mock-1',
					promptTemplate: template,
					variables: ['name', 'topic'],
					temperature: [0, 0.5][item],
					maxTokens: -1,
				},
				pairedItem: { item },
			})),
		);
		const { success: completions } = await harness.run({
			parameters: { simplify: false, modelConfig: locator('id', success[1]!.json.id as string) },
		});
		expect(completions.map(({ json }) => json.model_config_id)).toEqual([success[1]!.json.id, success[1]!.json.id]);
	});

	test('not simplified: as the API gives it', async () => {
		const { success } = await create({ simplify: false });
		const { data } = await harness.api.get<IDataObject[]>(`/projects/${success[0]!.json.project_id as string}/configs`);
		expect(data).toContainEqual(success[1]!.json);
	});

	test('an equal config of the same project is the same one', async () => {
		const { success } = await create({ project: locator('name', 'equal') });
		expect(success[1]!.json.id).toBe(success[0]!.json.id);
	});

	test('what is set is sent in the types of the contract, and nothing else', async () => {
		await create();
		const least = { project: 'created', provider: 'mock', model: 'mock-1', prompt_template: template };
		expect(bodies()).toEqual([least, least]);

		const { success } = await create({
			additionalFields: {
				description: ' For tests ',
				frequencyPenalty: '0.5',
				maxTokens: '100',
				name: 'All',
				other: '={{ ({ logit_bias: { a: 1 } }) }}',
				presencePenalty: -0.5,
				responseFormat: '{ "type": "json_object" }',
				seed: 0,
				stop: ['END', '={{ "\\n" }}', ''],
				temperature: 0,
				topP: 0.9,
			},
		});
		expect(bodies()[3]).toEqual({
			...least,
			description: 'For tests',
			frequency_penalty: 0.5,
			max_tokens: 100,
			name: 'All',
			other: { logit_bias: { a: 1 } },
			presence_penalty: -0.5,
			response_format: { type: 'json_object' },
			seed: 0,
			stop: ['END', '\n'],
			temperature: 0,
			top_p: 0.9,
		});
		expect(success[1]!.json).toMatchObject({ name: 'All', description: 'For tests', maxTokens: 100 });

		await create({
			additionalFields: {
				description: '',
				name: ' ',
				other: '',
				responseFormat: '',
				stop: [''],
				seed: '={{ undefined }}',
			},
		});
		expect(bodies()[5]).toEqual(least);
	});

	test.each([
		['name', { project: 'by name' }],
		['id', 'project_id'],
		['list', 'project_id'],
	])('the project by %s: one key, and no look-up', async (mode, expected) => {
		const { data } = await harness.api.get<{ records: Array<{ id: string }> }>('/projects');
		const value = mode === 'name' ? 'by name' : data.records[0]!.id;
		await create({ project: locator(mode, ` ${value}`) });
		expect(bodies()).toHaveLength(2);
		const { project, project_id } = bodies()[1]!;
		expect({ project, project_id }).toEqual(typeof expected === 'string' ? { project_id: value } : expected);
	});

	test('a template that an expression gives is stored as it is', async () => {
		const items = [{ text: 'Hello {{name}}' }, { text: ' {{topic}} ' }];
		const { success } = await create({ promptTemplate: '={{ $json.text }}' }, { items });
		expect(success.map(({ json }) => json.promptTemplate)).toEqual(items.map(({ text }) => text));
	});

	describe('bad input names the field and the item, and nothing is sent', () => {
		test.each([
			['no project', { project: locator('name', '={{ $json.none }}') }, "'Project' is empty [item 0]"],
			['no model', { model: ' ' }, "'Model' is empty [item 0]"],
			['no template', { promptTemplate: '\n' }, "'Prompt Template' is empty [item 0]"],
			[
				'a template that n8n would fill',
				{ promptTemplate: '=Write to {{name}} about {{ $json.topic }}' },
				"'Prompt Template' is an expression, which would replace {{name}} with nothing [item 0]",
			],
			[
				'a temperature that is none',
				{ additionalFields: { temperature: 'hot' } },
				'\'Temperature\' is not a number: "hot" [item 0]',
			],
			[
				'tokens that are no whole number',
				{ additionalFields: { maxTokens: 1.5 } },
				"'Max Tokens' is not a whole number: 1.5 [item 0]",
			],
			[
				'JSON that is none',
				{ additionalFields: { other: '{' } },
				"'Other Parameters (JSON)' is not valid JSON [item 0]",
			],
			[
				'JSON that is a list',
				{ additionalFields: { responseFormat: '[]' } },
				"'Response Format (JSON)' is a list, not an object [item 0]",
			],
			[
				'a stop sequence that is an object',
				{ additionalFields: { stop: ['={{ ({}) }}'] } },
				"'Stop Sequences' is not text: {} [item 0]",
			],
		])('%s', async (_name, parameters: INodeParameters, message) => {
			const { failure } = await create(parameters);
			expect(failure).toMatchObject({ message, context: { itemIndex: 0 } });
			expect(failure?.description).toMatch(/\S/);
			expect(harness.proxy.requests).toHaveLength(0);
		});
	});

	describe('a config that the API refuses', () => {
		const error = {
			message: expect.stringMatching(/^'Model' \(model\): /) as string,
			description: expect.stringMatching(/^Change the field/) as string,
			status: 422,
			attempts: 1,
			requestId: 'req-1',
			link: null,
		};
		const run = async (settings: RunOptions['settings']) => {
			harness.proxy.fault = ({ body }, response) => {
				if (body?.name !== 'refunds') return false;
				response
					.writeHead(422, { 'x-request-id': 'req-1' })
					.end('{"detail":[{"loc":["body","model"],"msg":"no such model","type":"value_error"}]}');
				return true;
			};
			return await create({ additionalFields: { name: '={{ $json.topic }}' } }, { settings });
		};

		test('stop', async () => {
			const { failure } = await run({});
			expect(failure).toMatchObject({
				message: "'Model' (model): no such model",
				httpCode: '422',
				context: { itemIndex: 1 },
			});
		});

		test('continue', async () => {
			const { success } = await run({ onError: 'continueRegularOutput' });
			expect(success[0]!.json).toMatchObject({ model: 'mock-1' });
			expect(success[1]).toEqual({ json: { error }, pairedItem: { item: 1 } });
		});

		test('error output', async () => {
			const result = await run({ onError: 'continueErrorOutput' });
			expect(result.success).toHaveLength(1);
			expect(result.error).toEqual([{ json: { topic: 'refunds', error }, pairedItem: { item: 1 } }]);
		});
	});
});

describe('Get', () => {
	test.each(['list', 'id'])(
		'by %s, simplified like what Create gives; the project only fills the list',
		async (mode) => {
			const { success: created } = await create();
			harness.proxy.requests.splice(0);
			const { success } = await get(
				{ modelConfig: locator(mode, '={{ $json.id }}'), project: locator('name', 'no such project') },
				{ items: [{ id: harness.configId }, { id: ` ${created[1]!.json.id as string}` }] },
			);
			expect(success.map(({ json, pairedItem }) => [json.id, pairedItem])).toEqual([
				[harness.configId, { item: 0 }],
				[created[1]!.json.id, { item: 1 }],
			]);
			const { projectId, ...config } = created[1]!.json;
			expect(projectId).toBeDefined();
			expect(success[1]!.json).toEqual(config);
			expect(harness.proxy.requests.map(({ method, path }) => [method, path.split('/')[2]])).toEqual([
				['GET', 'model-configs'],
				['GET', 'model-configs'],
			]);
		},
	);

	test('not simplified: as the API gives it', async () => {
		const { data } = await harness.api.get<IDataObject>(`/model-configs/${harness.configId}`);
		const { success } = await get({ modelConfig: locator('id', harness.configId), simplify: false });
		expect(success).toEqual([0, 1].map((item) => ({ json: data, pairedItem: { item } })));
	});

	test('a chat template is there with its variables', async () => {
		const { data } = await harness.api.post<{ config: { id: string } }>('/model-configs', {
			project: 'chat',
			model: 'gpt-6-luna',
			endpoint: 'chat',
			chat_template: [{ role: 'system', content: '{{name}}' }],
		});
		const { success } = await get({ modelConfig: locator('id', data.config.id) });
		expect(success[1]!.json).toMatchObject({
			chatTemplate: [{ role: 'system', content: '{{name}}' }],
			variables: ['name'],
		});
	});

	describe('an ID that the API does not know', () => {
		const hostile = 'a/../../x?y=1#z';
		const items = () => [{ id: harness.configId }, { id: hostile }];
		const error = {
			message: `No such model config: ${JSON.stringify(hostile)}.`,
			description: expect.any(String) as string,
			status: 404,
			attempts: 1,
			requestId: expect.any(String) as string,
			link: null,
		};
		const run = (settings: RunOptions['settings']) =>
			get({ modelConfig: locator('id', '={{ $json.id }}') }, { items: items(), settings });

		test('stop', async () => {
			const { failure } = await run({});
			expect(failure).toMatchObject({ message: error.message, httpCode: '404', context: { itemIndex: 1 } });
			expect(harness.proxy.requests.map(({ path }) => path)).toEqual([
				`/v4/model-configs/${harness.configId}`,
				'/v4/model-configs/a%2F..%2F..%2Fx%3Fy%3D1%23z',
			]);
		});

		test('continue', async () => {
			const { success } = await run({ onError: 'continueRegularOutput' });
			expect(success[0]!.json.id).toBe(harness.configId);
			expect(success[1]).toEqual({ json: { error }, pairedItem: { item: 1 } });
		});

		test('error output', async () => {
			const result = await run({ onError: 'continueErrorOutput' });
			expect(result.success).toHaveLength(1);
			expect(result.error).toEqual([{ json: { id: hostile, error }, pairedItem: { item: 1 } }]);
		});
	});

	test('an expression that finds no ID is named', async () => {
		const { failure } = await get({ modelConfig: locator('id', '={{ $json.none }}') });
		expect(failure?.message).toBe("'Model Config' is empty [item 0]");
		expect(harness.proxy.requests).toHaveLength(0);
	});
});
