import type { IDataObject, INodeParameters } from 'n8n-workflow';

import { chatWith, fields, storeChatConfig } from './harness/chat.ts';
import { threeItems as items, useHarness } from './harness/useHarness.ts';
import type { RecordedRequest } from './hosts/recordingProxy.ts';
import { cutBody, cutStream, reset, soon, status } from './hosts/faultResponses.ts';

const harness = useHarness();

let configId: string;
let withTools: string;
beforeAll(async () => {
	configId = await storeChatConfig(harness);
	withTools = await storeChatConfig(harness, {
		tools: [{ name: 'look' }],
		other: { humanloop_server: { mock: { otherwise: { tool_calls: [{ name: 'look' }] } } } },
	});
});

/** The items' messages have their names. */
const parameters = (more: INodeParameters = {}) =>
	chatWith(configId, { ...fields({ content: '={{ $json.name }}' }), ...more });
const nameIn = ({ body }: RecordedRequest) => (body!.messages as IDataObject[])[0]!.content as string;
const errorsOf = (found: Array<{ json: IDataObject }>) => found.map(({ json }) => json.error as IDataObject);

type OnError = 'stopWorkflow' | 'continueRegularOutput' | 'continueErrorOutput';
const onErrors: OnError[] = ['stopWorkflow', 'continueRegularOutput', 'continueErrorOutput'];

describe.each(onErrors)('On Error: %s', (onError) => {
	const locator = (value: string) => ({ modelConfig: { __rl: true, mode: 'id', value } });
	const rejected: Array<[string, () => INodeParameters, number, RegExp]> = [
		['a config that does not exist', () => locator('config_unknown'), 404, /config_unknown/],
		['a config of completions', () => locator(harness.configId), 422, /has the endpoint "complete"/],
		[
			'a tool that the config does not have',
			() => ({ options: { toolChoice: 'tool', toolName: 'x' } }),
			422,
			/has no tools, so tool_choice can only be "none"/,
		],
		[
			'a response format that there is none of',
			() => ({ options: { responseFormat: '{"type":"xml"}' } }),
			422,
			/'Response Format \(JSON\)' \(response_format\)/,
		],
	];

	test('so does a chat config under Completion, with inputs that are mapped automatically', async () => {
		const { success, error, failure } = await harness.run({
			parameters: {
				...locator(configId),
				inputs: { mappingMode: 'autoMapInputData', value: null },
			},
			settings: { onError },
		});
		const messages = failure ? [failure.message] : errorsOf([...success, ...error]).map(({ message }) => message);
		expect(messages).toHaveLength(onError === 'stopWorkflow' ? 1 : 2);
		for (const message of messages) expect(message).toMatch(/has the endpoint "chat"/);
	});

	test.each(rejected)('%s: the words of the API, for each item', async (_name, more, code, message) => {
		const { success, error, failure } = await harness.run({
			items,
			parameters: parameters(more()),
			settings: { onError },
		});
		if (onError === 'stopWorkflow') {
			expect(failure).toMatchObject({ httpCode: String(code), message: expect.stringMatching(message) as string });
			return;
		}
		expect(failure).toBeUndefined();
		const found = onError === 'continueErrorOutput' ? error : success;
		expect(found.map(({ pairedItem }) => pairedItem)).toEqual([{ item: 0 }, { item: 1 }, { item: 2 }]);
		for (const one of errorsOf(found)) {
			expect(one).toMatchObject({ status: code, attempts: 1, message: expect.stringMatching(message) as string });
		}
	});

	test.each([
		['plain', {}],
		['stream', { stream: true }],
	])('%s: the middle item fails, the others are answered', async (_name, options) => {
		harness.proxy.fault = (request, response) => {
			if (nameIn(request) !== 'middle') return false;
			status(422)(response);
			return true;
		};
		const { success, error, failure } = await harness.run({
			items,
			parameters: parameters({ options }),
			settings: { onError },
		});
		if (onError === 'stopWorkflow') {
			expect(failure?.message).toBe('fault 422');
			return;
		}
		const all = [...success, ...error].sort(
			(a, b) => (a.pairedItem as { item: number }).item - (b.pairedItem as { item: number }).item,
		);
		expect(all.map(({ json }) => json.finishReason ?? (json.error as IDataObject).message)).toEqual([
			'stop',
			'fault 422',
			'stop',
		]);
		expect(error).toHaveLength(onError === 'continueErrorOutput' ? 1 : 0);
	});
});

describe.each([
	['plain', { stream: false }],
	['stream', { stream: true }],
])('%s', (_name, options) => {
	test.each([
		['503', status(503, soon)],
		['a reset', reset],
		['half a body', options.stream ? cutStream : cutBody],
	])('after %s, the same chat is sent again with the same key, and its tool calls come once', async (_fault, fault) => {
		const failed = new Set<string>();
		harness.proxy.fault = (request, response) => {
			const key = String(request.headers['idempotency-key']);
			if (failed.has(key)) return false;
			failed.add(key);
			fault(response);
			return true;
		};
		const { success, failure } = await harness.run({
			parameters: chatWith(withTools, { ...fields({ content: '={{ $json.name }}' }), options }),
		});
		expect(failure).toBeUndefined();
		expect(success.map(({ json }) => (json.toolCalls as IDataObject[]).map(({ name }) => name))).toEqual([
			['look'],
			['look'],
		]);
		const calls = harness.calls();
		expect(calls).toHaveLength(4);
		expect(new Set(calls.map(({ headers }) => headers['idempotency-key'])).size).toBe(2);
	});

	test('of two samples, one is missing: it is an item, and the error says what is missing', async () => {
		const sample = { id: 'data_0', index: 0, output: '', raw_output: '', finish_reason: 'tool_call' };
		const call = { id: 'call_1', type: 'function', function: { name: 'look', arguments: '{"a":' } };
		const response = {
			data: [{ ...sample, output_message: { role: 'assistant', content: null, tool_calls: [call] } }],
			provider_responses: [],
			num_samples: 2,
			usage: { prompt_tokens: 1, generation_tokens: 2, total_tokens: 3 },
		};
		harness.proxy.fault = (_request, outgoing) => {
			outgoing.writeHead(200, { 'content-type': options.stream ? 'text/event-stream' : 'application/json' });
			outgoing.end(options.stream ? `data: ${JSON.stringify(response)}\n\n` : JSON.stringify(response));
			return true;
		};
		const { success, error } = await harness.run({
			parameters: parameters({ numSamples: 2, options: { ...options, maxRetries: 0 } }),
			settings: { onError: 'continueErrorOutput' },
		});
		// Arguments that are cut off are not JSON.
		expect(success.map(({ json, pairedItem }) => [json.toolCalls, pairedItem])).toEqual([
			[[{ name: 'look', args: '{"a":', id: 'call_1' }], { item: 0 }],
			[[{ name: 'look', args: '{"a":', id: 'call_1' }], { item: 1 }],
		]);
		expect(errorsOf(error).map(({ message }) => message)).toEqual(Array(2).fill('1 of 2 samples is missing'));
	});
});

test('a lost response: the server returns what it has saved, and pays nothing again', async () => {
	const lost = new Set<unknown>();
	harness.proxy.dropsResponse = ({ headers }) => {
		const key = headers['idempotency-key'];
		return !lost.has(key) && Boolean(lost.add(key));
	};
	const { success, failure } = await harness.run({
		parameters: chatWith(withTools, {
			...fields({ content: '={{ $json.name }}' }),
			project: { __rl: true, mode: 'name', value: 'chat/lost' },
		}),
	});
	harness.proxy.dropsResponse = () => false;
	expect(failure).toBeUndefined();
	expect(harness.calls()).toHaveLength(4);
	const { data } = await harness.api.get<{ records: IDataObject[] }>('/projects', { params: { filter: 'chat/lost' } });
	const logs = await harness.api.get<{ records: IDataObject[] }>('/logs', {
		params: { project_id: data.records[0]!.id },
	});
	expect(logs.data.records.map(({ id }) => id).sort()).toEqual(success.map(({ json }) => json.id as string).sort());
});

test('as a tool of an AI Agent: the model writes the message, and the answer comes back', async () => {
	const answers = await harness.runTool(
		{
			items: [{ Content: 'Where is my parcel?' }, { Content: 'Can I return it?' }],
			parameters: parameters(fields({ content: "={{ $fromAI('Content', 'What to ask', 'string') }}" })),
		},
		3,
	);
	expect(answers.map(([answer]) => typeof answer!.json.output)).toEqual(['string', 'string']);
	expect(harness.calls().map(nameIn).sort()).toEqual(['Can I return it?', 'Where is my parcel?']);
});

test('as a tool, an item has no binary data: the error says so', async () => {
	const withImage = fields({ content: 'Look', images: { values: [{}] } });
	await expect(harness.runTool({ items: [{}], parameters: parameters(withImage) }, 3)).rejects.toThrow(
		"'Input Binary Field (message 1)' is not a binary field of the incoming item: 'data' [item 0]",
	);
});
