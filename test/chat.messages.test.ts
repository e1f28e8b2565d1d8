import type { IDataObject, INodeParameters } from 'n8n-workflow';

import { chatWith, fields, json, storeChatConfig } from './harness/chat.ts';
import { useHarness } from './harness/useHarness.ts';

const harness = useHarness();

let configId: string;
/** With a template that has a message and a variable. */
let templated: string;
beforeAll(async () => {
	configId = await storeChatConfig(harness);
	templated = await storeChatConfig(harness, { chat_template: [{ role: 'system', content: 'Help {{name}}.' }] });
});

const run = (parameters: INodeParameters, onError?: 'continueRegularOutput' | 'continueErrorOutput') =>
	harness.run({ parameters: chatWith(configId, parameters), settings: { onError } });

/** The messages of each call. */
const sent = () => harness.calls().map(({ body }) => body!.messages);

const conversation = [
	{ role: 'system', content: 'Be brief.' },
	{ role: 'user', content: 'Hello' },
	{ role: 'assistant', content: 'Hi. How can I help?' },
	{ role: 'user', content: ' Where is\nmy parcel? ' },
];

test('messages by fields: each with its role and its text as it is; one call per item', async () => {
	const { success } = await run(fields(...conversation, { content: '={{ $json.topic }}' }));
	expect(sent()).toEqual([
		[...conversation, { role: 'user', content: 'late parcel 📦' }],
		[...conversation, { role: 'user', content: 'refund\nof 12 €' }],
	]);
	expect(success.map(({ json, pairedItem }) => [json.finishReason, pairedItem])).toEqual([
		['stop', { item: 0 }],
		['stop', { item: 1 }],
	]);
});

test.each<[string, unknown]>([
	['text', JSON.stringify(conversation, null, 2)],
	['an expression that gives a list', `={{ ${JSON.stringify(conversation)} }}`],
	['an expression that gives text', `={{ JSON.stringify(${JSON.stringify(conversation)}) }}`],
])('messages by JSON, as %s', async (_name, value) => {
	const { failure } = await run(json(value));
	expect(failure).toBeUndefined();
	expect(sent()).toEqual([conversation, conversation]);
});

test('JSON messages are sent as they are: images, tool calls, results of tools, names', async () => {
	const messages = [
		{
			role: 'user',
			name: 'zoe',
			content: [
				{ type: 'text', text: 'What is this?' },
				{ type: 'image_url', image_url: { url: 'https://example.com/a.png', detail: 'low' } },
			],
		},
		{
			role: 'assistant',
			content: null,
			tool_calls: [{ id: 'call_1', type: 'function', function: { name: 'look', arguments: '{}' } }],
		},
		{ role: 'tool', tool_call_id: 'call_1', content: 'a cat' },
	];
	const { failure } = await run(json(messages));
	expect(failure).toBeUndefined();
	expect(sent()).toEqual([messages, messages]);
});

test('images by URL stand beside the text, or alone', async () => {
	const images = (...values: IDataObject[]) => ({ images: { values } });
	await run(
		fields(
			{
				content: 'Compare',
				...images(
					{ source: 'url', url: ' https://example.com/a.png ', detail: 'high' },
					{ source: 'url', url: 'https://example.com/b.png' },
				),
			},
			{ content: '', ...images({ source: 'url', url: 'https://example.com/c.png', detail: 'low' }) },
		),
	);
	expect(sent()[0]).toEqual([
		{
			role: 'user',
			content: [
				{ type: 'text', text: 'Compare' },
				{ type: 'image_url', image_url: { url: 'https://example.com/a.png', detail: 'high' } },
				{ type: 'image_url', image_url: { url: 'https://example.com/b.png' } },
			],
		},
		{
			role: 'user',
			content: [{ type: 'image_url', image_url: { url: 'https://example.com/c.png', detail: 'low' } }],
		},
	]);
});

test("without messages, the template's are the chat", async () => {
	const parameters = chatWith(templated, {
		inputs: { mappingMode: 'defineBelow', value: { name: '={{ $json.name }}' } },
	});
	for (const none of [{}, json(''), json('[]'), json('={{ undefined }}')]) {
		const { success, failure } = await harness.run({ parameters: { ...parameters, ...none } });
		expect(failure).toBeUndefined();
		expect(success).toHaveLength(2);
		expect(harness.calls().map(({ body }) => [body!.messages, (body!.inputs as IDataObject).name])).toEqual([
			[[], 'Zoë'],
			[[], 'Jürgen "JJ" Groß'],
		]);
	}
});

test('without any message at all, the API says what to do', async () => {
	const { failure } = await run({});
	expect(failure?.message).toBe(
		`The model config ${configId} has no chat_template, and "messages" is empty. Send at least one message.`,
	);
	expect(failure?.description).toContain("'Messages' (messages)");
});

const bad: Array<[string, INodeParameters, string]> = [
	['a field without a text', fields({ content: 'Hi' }, { content: '' }), "'Messages' has no content in message 2"],
	[
		'an expression that finds nothing',
		fields({ content: '={{ $json.nothing }}' }),
		"'Messages' has no content in message 1",
	],
	[
		'an expression that gives an object',
		fields({ content: 'Hi' }, { content: '={{ ({ a: 1 }) }}' }),
		`'Content (message 2)' is not text: {"a":1}`,
	],
	[
		'an unknown role by an expression',
		fields({ role: '={{ "bot" }}', content: 'Hi' }),
		`'Messages' has an unknown role in message 1: "bot"`,
	],
	[
		'an image without an address',
		fields({ content: 'Hi' }, { content: 'Look', images: { values: [{ source: 'url', url: ' ' }] } }),
		"'URL (message 2)' is empty",
	],
	['no JSON', json('[{ role: user }]'), "'Messages (JSON)' is not valid JSON"],
	['an object', json({ role: 'user', content: 'Hi' }), "'Messages (JSON)' is an object, not a list"],
	['a text', json(['Hi']), "'Messages (JSON)' has no object in message 1"],
	['no role', json([{ role: 'user', content: 'Hi' }, { content: 'Hi' }]), "'Messages (JSON)' has no role in message 2"],
	[
		'an unknown role',
		json([{ role: 'human', content: 'Hi' }]),
		`'Messages (JSON)' has an unknown role in message 1: "human"`,
	],
	['no content', json([{ role: 'user' }]), "'Messages (JSON)' has no content in message 1"],
	['no result of a tool', json([{ role: 'tool', content: null }]), "'Messages (JSON)' has no content in message 1"],
	[
		'content of another kind',
		json([{ role: 'user', content: { text: 'Hi' } }]),
		"'Messages (JSON)' has content that is neither a text nor a list in message 1",
	],
];

test.each(bad)(
	'%s is named with its place, in each setting of On Error, and nothing is sent',
	async (_n, parameters, message) => {
		const { failure, success } = await run(parameters);
		expect([failure?.message, success]).toEqual([`${message} [item 0]`, []]);

		const regular = await run(parameters, 'continueRegularOutput');
		const branch = await run(parameters, 'continueErrorOutput');
		expect(branch.success).toEqual([]);
		for (const items of [regular.success, branch.error]) {
			expect(items.map(({ json: { error }, pairedItem }) => [(error as IDataObject).message, pairedItem])).toEqual([
				[`${message} [item 0]`, { item: 0 }],
				[`${message} [item 1]`, { item: 1 }],
			]);
		}
		expect(harness.calls()).toEqual([]);
	},
);
