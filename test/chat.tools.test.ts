import type { IDataObject, INodeParameters } from 'n8n-workflow';

import { chatWith, fields, json, storeChatConfig } from './harness/chat.ts';
import { useHarness } from './harness/useHarness.ts';

const harness = useHarness();

const tools = [
	{
		name: 'get_order',
		description: 'Looks up an order',
		parameters: { type: 'object', properties: { id: { type: 'string' } }, required: ['id'] },
	},
	{ name: 'get_time', parameters: { type: 'object', properties: {} } },
];

/** Its replies call tools until the last message is a tool's result. */
let configId: string;
beforeAll(async () => {
	configId = await storeChatConfig(harness, {
		tools,
		chat_template: [{ role: 'system', content: 'Help {{name}}.' }],
		other: {
			humanloop_server: {
				mock: {
					replies: [
						{ when: {}, last_message: 'on its way', reply: 'It is on its way, {{name}}.' },
						{ when: {}, last_message: 'hello', reply: ' Hello. ' },
					],
					otherwise: {
						tool_calls: [{ name: 'get_order', arguments: { id: '4711', for: '{{name}}' } }, { name: 'get_time' }],
					},
				},
			},
		},
	});
});

const names = ['Zoë', 'Jürgen "JJ" Groß'];
const ask = (parameters: INodeParameters, options: IDataObject = {}) =>
	harness.run({
		parameters: chatWith(configId, {
			inputs: { mappingMode: 'defineBelow', value: { name: '={{ $json.name }}' } },
			...fields({ content: 'Where is my parcel?' }),
			...parameters,
			options: options as INodeParameters,
		}),
	});
const anId = (prefix: string) => expect.stringMatching(new RegExp(`^${prefix}_\\w+$`)) as string;

test('simplified: the tool calls with their arguments, and the message for the next chat', async () => {
	const { success } = await ask({});
	expect(success).toEqual(
		names.map((name, item) => ({
			json: {
				output: '',
				toolCalls: [
					{ name: 'get_order', args: { id: '4711', for: name }, id: anId('call') },
					{ name: 'get_time', args: {}, id: anId('call') },
				],
				finishReason: 'tool_call',
				index: 0,
				promptTokens: expect.any(Number) as number,
				generationTokens: expect.any(Number) as number,
				totalTokens: expect.any(Number) as number,
				cost: null,
				outputMessage: {
					role: 'assistant',
					tool_calls: [
						{
							id: anId('call'),
							type: 'function',
							function: { name: 'get_order', arguments: JSON.stringify({ id: '4711', for: name }) },
						},
						{ id: anId('call'), type: 'function', function: { name: 'get_time', arguments: '{}' } },
					],
				},
				id: anId('data'),
				modelConfigId: anId('config'),
				sessionId: null,
			},
			pairedItem: { item },
		})),
	);
	expect(Object.keys(success[0]!.json)).toHaveLength(12);
	expect(Object.keys(success[0]!.json).slice(0, 3)).toEqual(['output', 'toolCalls', 'finishReason']);
});

test('without calls, the item is that of a completion', async () => {
	const { success } = await ask(fields({ content: 'Hello' }));
	for (const { json } of success) {
		expect(json.output).toBe('Hello.');
		expect(Object.keys(json).join()).toBe(
			'output,finishReason,index,promptTokens,generationTokens,totalTokens,cost,id,modelConfigId,sessionId',
		);
	}
});

test("not simplified: the sample has the messages and the model's message, under the API's own names", async () => {
	const { success } = await ask({ simplify: false });
	expect(success.map(({ json: { messages } }) => (messages as IDataObject[]).map(({ content }) => content))).toEqual([
		['Help Zoë.', 'Where is my parcel?'],
		['Help Jürgen "JJ" Groß.', 'Where is my parcel?'],
	]);
	for (const { json } of success) {
		expect(json.tool_calls).toEqual((json.output_message as IDataObject).tool_calls);
		expect(json).toMatchObject({ tool_choice: null, provider_request: {}, usage: {} });
	}
});

describe.each([true, false])('with simplify %s', (simplify) => {
	test.each([
		['tool calls', 'Where is my parcel?'],
		['text', 'Hello'],
	])('%s: the items are the same with and without stream', async (_name, content) => {
		const parameters = { simplify, numSamples: 2, ...fields({ content }) };
		const [plain, streamed] = [await ask(parameters), await ask(parameters, { stream: true })];
		expect(streamed.failure).toBeUndefined();
		expect(harness.calls().map(({ body }) => body?.stream)).toEqual([undefined, undefined, true, true]);
		const comparable = ({ success }: typeof plain) =>
			success.map(({ json: { id: _, provider_request: __, provider_responses: ___, ...rest }, pairedItem }) => ({
				// Each call of a tool has an ID of its own.
				...(JSON.parse(JSON.stringify(rest).replace(/call_\w+/g, 'call_x')) as IDataObject),
				pairedItem,
			}));
		expect(comparable(streamed)).toHaveLength(4);
		expect(comparable(streamed)).toEqual(comparable(plain));
	});
});

test('a whole loop: the calls of an item, their results, and the answer', async () => {
	const first = await ask({});
	const second = await harness.run({
		items: first.success.map(({ json }, index) => ({ ...json, name: names[index] })),
		parameters: chatWith(configId, {
			inputs: { mappingMode: 'defineBelow', value: { name: '={{ $json.name }}' } },
			specifyMessages: 'json',
			messagesJson: `={{ [
				{ role: 'user', content: 'Where is my parcel?' },
				$json.outputMessage,
				...$json.toolCalls.map((call) => ({
					role: 'tool',
					tool_call_id: call.id,
					content: call.args.id ? 'Order ' + call.args.id + ' is on its way' : '12:00, on its way',
				})),
			] }}`,
		}),
	});
	expect(second.failure).toBeUndefined();
	expect(second.success.map(({ json }) => json.output)).toEqual(names.map((name) => `It is on its way, ${name}.`));
	const { messages } = harness.calls().at(-1)!.body as { messages: IDataObject[] };
	expect(messages.map(({ role }) => role)).toEqual(['user', 'assistant', 'tool', 'tool']);
	expect(messages[2]).toEqual({
		role: 'tool',
		tool_call_id: (first.success[1]!.json.toolCalls as IDataObject[])[0]!.id,
		content: 'Order 4711 is on its way',
	});
});

test.each<[string, IDataObject, unknown]>([
	['auto', { toolChoice: 'auto' }, 'auto'],
	['none', { toolChoice: 'none' }, 'none'],
	['required', { toolChoice: 'required' }, 'required'],
	[
		'a tool by its name',
		{ toolChoice: 'tool', toolName: ' get_time ' },
		{ type: 'function', function: { name: 'get_time' } },
	],
])('Tool Choice: %s', async (_name, options, choice) => {
	const { failure } = await ask({}, options);
	expect(failure).toBeUndefined();
	expect(harness.calls().map(({ body }) => body!.tool_choice)).toEqual([choice, choice]);
});

test('a tool without a name is an error of the field; an unknown one is named by the API', async () => {
	const unnamed = await ask({}, { toolChoice: 'tool' });
	expect(unnamed.failure?.message).toBe("'Tool Name' is empty [item 0]");
	expect(harness.calls()).toEqual([]);
	const unknown = await ask({}, { toolChoice: 'tool', toolName: 'nope' });
	expect(unknown.failure?.message).toBe(
		`The model config ${configId} has no tool named "nope", which tool_choice asks for. It has: get_order, get_time.`,
	);
	expect(unknown.failure?.description).toContain("'Tool Choice' (tool_choice)");
});

test('the options of one operation are not sent by the other one', async () => {
	const left = { toolChoice: 'required', responseFormat: '{"type":"json_object"}', logprobs: 2, suffix: 'x' };
	await ask({}, left);
	expect(harness.calls().map(({ body }) => Object.keys(body!).sort().join())).toEqual(
		Array(2).fill('inputs,messages,model_config_id,num_samples,response_format,tool_choice'),
	);
	await harness.run({ parameters: { options: left, ...fields({ content: 'Hi' }), ...json([]) } });
	expect(harness.calls().map(({ body }) => Object.keys(body!).sort().join())).toEqual(
		Array(2).fill('inputs,logprobs,model_config_id,num_samples,suffix'),
	);
});
