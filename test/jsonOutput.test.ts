import type { IDataObject, INodeExecutionData } from 'n8n-workflow';

import { askEditor } from './harness/askEditor.ts';
import { manualInputs } from './harness/harness.ts';
import { useHarness } from './harness/useHarness.ts';

/** Completion → Create with 'Output Format' set to JSON, on configs whose model says what its input says. */
const harness = useHarness();

const schema = {
	type: 'object',
	properties: {
		priority: { type: 'string', enum: ['low', 'high'] },
		customer: { $ref: '#/$defs/customer' },
		tags: { type: 'array', items: { type: 'string' } },
		note: { anyOf: [{ type: 'string' }, { type: 'null' }] },
	},
	required: ['priority'],
	additionalProperties: false,
	$defs: { customer: { type: 'object', properties: { city: { type: 'string' } }, required: ['city'] } },
};

const made = new Map<string, string>();

/** A config whose reply is its input `text`. With a list, sample n replies what the input `text<n>` says. */
async function configWith(responseFormat: IDataObject | null, samples = 1): Promise<IDataObject> {
	const key = JSON.stringify([responseFormat, samples]);
	if (!made.has(key)) {
		const names = samples === 1 ? ['text'] : Array.from({ length: samples }, (_, index) => `text${index}`);
		const { data, status } = await harness.api.post<{ config: { id: string } }>('/model-configs', {
			project: 'json',
			provider: 'mock',
			model: 'mock-1',
			prompt_template: `Answer in JSON. ${names.map((name) => `{{${name}}}`).join(' ')}`,
			...(responseFormat && { response_format: responseFormat }),
			other: { humanloop_server: { mock: { otherwise: names.map((name) => `{{${name}}}`) } } },
		});
		expect(status).toBe(200);
		made.set(key, data.config.id);
	}
	return { modelConfig: { __rl: true, mode: 'id', value: made.get(key) } };
}

const withSchema = { type: 'json_schema', json_schema: { name: 'ticket', schema } };
const mapped = { inputs: { ...manualInputs({}), mappingMode: 'autoMapInputData' } };
const parametersFor = async (format: IDataObject | null, samples = 1) => ({
	...(await configWith(format, samples)),
	...mapped,
	numSamples: samples,
	outputFormat: 'json',
});
const texts = (...values: unknown[]) =>
	values.map((value) => ({ text: typeof value === 'string' ? value : JSON.stringify(value) }));
const errorOf = ({ json }: INodeExecutionData) => json.error as IDataObject;

const good = { tags: ['a'], priority: 'high' };
const bad = { priority: 'hi' };

test("the schema's properties are the first columns, in its order; absent ones are null", async () => {
	const { success } = await harness.run({
		items: texts(good, { priority: 'low' }),
		parameters: await parametersFor(withSchema),
	});
	expect(success.map(({ json }) => Object.keys(json).join())).toEqual(
		Array(2).fill(
			'priority,customer,tags,note,humanloopFinishReason,humanloopIndex,humanloopPromptTokens,' +
				'humanloopGenerationTokens,humanloopTotalTokens,humanloopCost,humanloopId,humanloopModelConfigId,humanloopSessionId',
		),
	);
	expect(success[0]!.json).toMatchObject({ priority: 'high', customer: null, tags: ['a'], note: null });
	expect(success.map(({ pairedItem }) => pairedItem)).toEqual([{ item: 0 }, { item: 1 }]);
});

test.each([
	['no JSON', 'Sure! {"priority": "low"}', 'The output is not valid JSON: '],
	['a list', '[1]', 'The output is a list, not an object'],
	['null', 'null', 'The output is null, not an object'],
	['a value that is not allowed', bad, 'schema: priority is "hi", not one of "low", "high"'],
	['no required property', { tags: [] }, 'schema: priority is missing'],
	['an inner property missing', { ...good, customer: {} }, 'schema: customer.city is missing'],
	['an entry of another type', { ...good, tags: ['a', 7] }, 'schema: tags[1] is 7, not text'],
	['neither of the forms', { ...good, note: 7 }, 'schema: note is 7, which fits none'],
	['a property too many', { ...good, more: 1 }, 'schema: more is not in the schema'],
])('%s: an error that says so, with the text and its log', async (_what, text, message) => {
	const { success } = await harness.run({
		items: texts(text, good),
		parameters: await parametersFor(withSchema),
		settings: { onError: 'continueRegularOutput' },
	});
	expect(success).toHaveLength(2);
	expect(Object.keys(success[0]!.json)).toEqual(['error']);
	expect(success[0]!.pairedItem).toEqual({ item: 0 });
	expect(errorOf(success[0]!)).toMatchObject({
		message: expect.stringContaining(message) as string,
		status: 200,
		attempts: 1,
		requestId: expect.any(String) as string,
		output: typeof text === 'string' ? text : JSON.stringify(text),
	});
	const { data } = await harness.api.get<IDataObject>(`/logs/${String(errorOf(success[0]!).logId)}`);
	expect(data.output).toBe(errorOf(success[0]!).output);
	expect(success[1]!.json.priority).toBe('high');
});

test('one Markdown code block around the JSON is removed', async () => {
	const json = JSON.stringify(good, null, 2);
	const { success } = await harness.run({
		items: texts(`\`\`\`json\n${json}\n\`\`\``, ` \`\`\`\n${json}\`\`\`\n`),
		parameters: await parametersFor(withSchema),
	});
	expect(success.map(({ json: { priority } }) => priority)).toEqual(['high', 'high']);
});

test("without a schema: the object's own fields", async () => {
	const { success } = await harness.run({
		items: texts({ b: 1, a: { c: null } }, '{"__proto__": 5}'),
		parameters: await parametersFor(null),
	});
	expect(Object.keys(success[0]!.json).slice(0, 3)).toEqual(['b', 'a', 'humanloopFinishReason']);
	expect(success[0]!.json.a).toEqual({ c: null });
	expect(Object.entries(success[1]!.json)[0]).toEqual(['__proto__', 5]);
});

test("of two fields with the same name, the model's keeps it, in every item", async () => {
	const properties = { id: { type: 'integer' }, sessionId: { type: 'string' }, humanloopId: { type: 'string' } };
	const { success } = await harness.run({
		items: texts({ id: 7 }, {}),
		parameters: await parametersFor({ type: 'json_schema', json_schema: { type: 'object', properties } }),
	});
	for (const [position, { json }] of success.entries()) {
		expect(json).toMatchObject({
			id: position === 0 ? 7 : null,
			humanloopId: null,
			humanloopHumanloopId: expect.stringMatching(/^data_/) as string,
			humanloopSessionId: null,
		});
	}
});

test("without a schema, a column holds the same in each item: the model's id, or the log's", async () => {
	const { success } = await harness.run({
		items: texts({ id: 7, a: 1 }, { a: 1 }),
		parameters: await parametersFor(null),
	});
	expect(success.map(({ json }) => json.id)).toEqual([7, undefined]);
	for (const { json } of success) expect(json.humanloopId).toMatch(/^data_/);
});

test("not simplified: the API's names, with the object as the output", async () => {
	const { success } = await harness.run({
		items: texts(good, good),
		parameters: { ...(await parametersFor(withSchema)), simplify: false },
	});
	expect(success[0]!.json).toMatchObject({
		output: { priority: 'high', customer: null, tags: ['a'], note: null },
		raw_output: JSON.stringify(good),
		finish_reason: 'stop',
	});
});

test("with the input item's fields, the answer's win", async () => {
	const { success } = await harness.run({
		items: texts(good, good).map((item) => ({ ...item, priority: 'none', row: 3 })),
		parameters: { ...(await parametersFor(withSchema)), options: { includeInputFields: true } },
	});
	expect(success[0]!.json).toMatchObject({ priority: 'high', row: 3 });
});

describe("'Output Field Names or IDs'", () => {
	test("the list has the schema's properties and what they are", async () => {
		const { loaded, server, proxy } = harness;
		const ask = async (format: IDataObject | null) =>
			await askEditor(loaded, {
				credentials: { apiKey: server.apiKey, baseUrl: proxy.baseUrl },
				parameters: await parametersFor(format),
			}).options('getOutputFields');
		expect(await ask(withSchema)).toEqual([
			{ name: 'priority', value: 'priority', description: 'One of "low", "high"' },
			{ name: 'customer', value: 'customer', description: 'An object' },
			{ name: 'tags', value: 'tags', description: 'A list of text' },
			{ name: 'note', value: 'note', description: 'Text or null' },
		]);
		expect(await ask(null)).toEqual([]);
	});

	test('the chosen fields alone are kept, in the order of the schema', async () => {
		const { success } = await harness.run({
			items: texts(good, { priority: 'low' }),
			parameters: { ...(await parametersFor(withSchema)), outputFields: ['tags', 'priority'] },
		});
		expect(success.map(({ json }) => Object.keys(json).slice(0, 3))).toEqual(
			Array(2).fill(['priority', 'tags', 'humanloopFinishReason']),
		);
	});

	test('a name that the schema does not allow is an error before anything is sent', async () => {
		const { failure } = await harness.run({
			items: texts(good, good),
			parameters: { ...(await parametersFor(withSchema)), outputFields: ['prio'] },
		});
		expect(failure?.message).toBe("'Output Field Names or IDs' has names that are not in the schema: prio [item 0]");
		expect(harness.calls()).toEqual([]);
	});
});

describe.each([false, true])('stream %s: three samples of which the first and the last are broken', (stream) => {
	const items = [0, 1].map(() => ({ text0: 'one', text1: JSON.stringify(good), text2: JSON.stringify(bad) }));
	const run = async (onError?: 'continueErrorOutput' | 'continueRegularOutput') =>
		await harness.run({
			items,
			parameters: { ...(await parametersFor(withSchema, 3)), options: { stream, maxConcurrency: 1 } },
			...(onError && { settings: { onError } }),
		});

	test('continue: the good one, then an error item for each bad one', async () => {
		const { success } = await run('continueRegularOutput');
		expect(success.map(({ json }) => (json.error ? errorOf({ json }).output : json.priority))).toEqual(
			[0, 1].flatMap(() => ['high', 'one', JSON.stringify(bad)]),
		);
		expect(success.map(({ pairedItem }) => pairedItem)).toEqual([0, 0, 0, 1, 1, 1].map((item) => ({ item })));
		expect(success[0]!.json).toMatchObject({ humanloopIndex: 1, humanloopTotalTokens: expect.any(Number) as number });
		expect(new Set(success.map(({ json }) => json.humanloopId ?? errorOf({ json }).logId)).size).toBe(6);
	});

	test('error output: the bad ones take that branch', async () => {
		const { success, error } = await run('continueErrorOutput');
		expect(success.map(({ json }) => json.priority)).toEqual(['high', 'high']);
		expect(error).toHaveLength(4);
		for (const { json } of error) expect(json).toMatchObject({ ...items[0], error: { status: 200 } });
	});

	test('stop: the first one ends the node, and no further item is sent', async () => {
		const { failure, success } = await run();
		expect(success).toEqual([]);
		expect(failure?.message).toMatch(/^The output is not valid JSON/);
		expect(harness.calls()).toHaveLength(1);
	});
});

test('a key that the model repeats is hidden in the fields, in the message and in the text', async () => {
	const key = `sk-canary-${'z'.repeat(20)}`;
	harness.proxy.fault = (request, response) => {
		const output =
			(request.body!.inputs as IDataObject).text === 'bad'
				? `{"priority": "${key}"}`
				: `{"note": "${key}", "priority": "low"}`;
		response.writeHead(200, { 'content-type': 'application/json' });
		response.end(
			JSON.stringify({ data: [{ id: 'data_1', index: 0, output, finish_reason: 'stop' }], provider_responses: [] }),
		);
		return true;
	};
	const { success, run } = await harness.run({
		items: texts('bad', 'fine'),
		parameters: await parametersFor(withSchema),
		credentials: { apiKey: harness.server.apiKey, baseUrl: harness.proxy.baseUrl, openaiApiKey: key },
		settings: { onError: 'continueRegularOutput' },
	});
	expect(errorOf(success[0]!)).toMatchObject({
		message: 'The output does not fit the JSON schema: priority is "[hidden]", not one of "low", "high"',
		output: '{"priority": "[hidden]"}',
	});
	expect(success[1]!.json.note).toBe('[hidden]');
	expect(JSON.stringify(run)).not.toContain(key);
});

test('a key that the model spells with escapes is hidden in the fields and in the text', async () => {
	const key = harness.server.apiKey;
	const spelled = [...key].map((letter) => `\\u${letter.charCodeAt(0).toString(16).padStart(4, '0')}`).join('');
	const half = key.slice(0, 4) + spelled.slice(24);
	const { success } = await harness.run({
		items: texts(`{"a":"${spelled}"}`, `{"a":"${half}"}`, `{"a":"${half}"`),
		parameters: await parametersFor(null),
		settings: { onError: 'continueRegularOutput' },
	});
	expect(success.slice(0, 2).map(({ json }) => json.a)).toEqual(['[hidden]', '[hidden]']);
	expect(errorOf(success[2]!).output).toBe('{"a":"[hidden]"');
});

test('a sample that calls tools has no answer yet: its fields are null', async () => {
	const { data } = await harness.api.post<{ config: { id: string } }>('/model-configs', {
		project: 'json-tools',
		provider: 'mock',
		model: 'mock-1',
		endpoint: 'chat',
		response_format: withSchema,
		tools: [{ name: 'look_up', parameters: { type: 'object', properties: {} } }],
		other: { humanloop_server: { mock: { otherwise: { tool_calls: [{ name: 'look_up' }] } } } },
	});
	const { success, failure } = await harness.run({
		items: texts('a', 'b'),
		parameters: {
			resource: 'chat',
			modelConfig: { __rl: true, mode: 'id', value: data.config.id },
			inputs: manualInputs({}),
			specifyMessages: 'json',
			messagesJson: '[{ "role": "user", "content": "Rate it" }]',
			outputFormat: 'json',
		},
	});
	expect(failure).toBeUndefined();
	expect(success.map(({ json }) => [json.priority, json.humanloopFinishReason, json.humanloopToolCalls])).toEqual(
		Array(2).fill([null, 'tool_call', [expect.objectContaining({ name: 'look_up' }) as unknown]]),
	);
});

test.each([undefined, 'continueRegularOutput', 'continueErrorOutput'] as const)(
	'a config that cannot be read is an error before anything is paid for (On Error: %s)',
	async (onError) => {
		harness.proxy.readFault = (_request, response) => {
			response.writeHead(403, { 'content-type': 'application/json' });
			response.end(JSON.stringify({ detail: 'This key cannot read configs' }));
			return true;
		};
		const { success, error, failure } = await harness.run({
			items: texts(good, good),
			parameters: { ...(await parametersFor(withSchema)), specifyInputs: 'json', inputsJson: '{ "text": "{}" }' },
			...(onError && { settings: { onError } }),
		});
		const messages = [...success, ...error].map((item) => errorOf(item).message);
		expect(onError ? messages : [failure?.message, failure?.message]).toEqual(
			Array(2).fill('This key cannot read configs'),
		);
		expect(harness.calls()).toEqual([]);
	},
);

test('an answer that was cut off says so', async () => {
	harness.proxy.fault = (_request, response) => {
		const data = [{ id: 'data_1', index: 0, output: '{"priority": "lo', finish_reason: 'length' }];
		response.writeHead(200, { 'content-type': 'application/json' });
		response.end(JSON.stringify({ data, provider_responses: [] }));
		return true;
	};
	const { failure } = await harness.run({ items: texts('x', 'y'), parameters: await parametersFor(withSchema) });
	expect(failure?.message).toMatch(/^The output was cut off at the maximum number of tokens/);
	expect(failure?.description).toMatch(/Max Tokens/);
});

test('1,000 items of which 5 % are broken: none of these is on the success branch', async () => {
	const values = Array.from({ length: 1_000 }, (_, index) =>
		index % 20 === 7 ? ['{"priority": "high', 'No.', bad, '"high"'][index % 4] : { ...good, tags: [String(index)] },
	);
	const { success, error } = await harness.run({
		items: texts(...values),
		parameters: await parametersFor(withSchema),
		settings: { onError: 'continueErrorOutput' },
	});
	expect(success).toHaveLength(950);
	expect(error).toHaveLength(50);
	for (const { json, pairedItem } of success)
		expect(json.tags).toEqual([String((pairedItem as { item: number }).item)]);
	expect(error.every(({ json }) => errorOf({ json }).output === json.text)).toBe(true);
}, 120_000);

describe('what is deployed', () => {
	const deployedParameters = {
		...mapped,
		run: 'deployed',
		project: { __rl: true, mode: 'name', value: 'deployed-json' },
		outputFormat: 'json',
	};
	const register = async (property: string) => {
		const { data } = await harness.api.post<IDataObject>('/model-configs', {
			project: 'deployed-json',
			provider: 'mock',
			model: 'mock-1',
			prompt_template: '{{text}}',
			response_format: { type: 'json_schema', json_schema: { schema: { properties: { [property]: {} } } } },
			other: { humanloop_server: { mock: { otherwise: '{{text}}' } } },
		});
		const { project_id, config } = data as { project_id: string; config: { id: string } };
		return async () => await harness.api.patch(`/projects/${project_id}/deploy-config`, { config_id: config.id });
	};

	test('a version that is deployed during the run brings its own schema', async () => {
		await register('before');
		const deploy = await register('after');
		let calls = 0;
		harness.proxy.fault = async () => {
			if (++calls === 2) expect((await deploy()).status).toBe(200);
			return false;
		};
		const { success } = await harness.run({
			items: texts({}, {}, {}),
			parameters: { ...deployedParameters, options: { maxConcurrency: 1 } },
		});
		expect(success.map(({ json }) => Object.keys(json)[0])).toEqual(['before', 'after', 'after']);
	});

	test.each([403, 422])(
		'a schema that cannot be read after the call (%s): the paid answer is in the error, and no other call is made',
		async (status) => {
			const deploy = [await register('one'), await register('two')];
			await deploy[0]!();
			harness.proxy.fault = async () => {
				await deploy[1]!();
				return false;
			};
			harness.proxy.readFault = (request, response) => {
				if (!request.path.includes('/model-configs/')) return false;
				response.writeHead(status, { 'content-type': 'application/json' }).end('{"detail":"Not for you"}');
				return true;
			};
			const { success } = await harness.run({
				items: texts({ a: 1 }, { a: 2 }),
				parameters: deployedParameters,
				settings: { onError: 'continueRegularOutput' },
			});
			expect(success.map((item) => errorOf(item))).toEqual(
				[1, 2].map((a): unknown =>
					expect.objectContaining({
						message: 'The output cannot be checked, because its model config cannot be read: Not for you',
						output: JSON.stringify({ a }),
						logId: expect.stringMatching(/^data_/) as string,
					}),
				),
			);
			expect(new Set(harness.calls().map(({ headers }) => headers['idempotency-key'])).size).toBe(2);
		},
	);
});
