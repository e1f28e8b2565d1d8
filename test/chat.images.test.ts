import { randomBytes } from 'node:crypto';
import type { IBinaryData, IBinaryKeyData, IDataObject, INodeParameters } from 'n8n-workflow';

import { chatWith, fields, storeChatConfig } from './harness/chat.ts';
import { storeFile, type FileInfo } from './harness/storedFile.ts';
import { useHarness } from './harness/useHarness.ts';

const harness = useHarness();

let configId: string;
beforeAll(async () => {
	configId = await storeChatConfig(harness);
});

const png = randomBytes(1_000);
const jpeg = randomBytes(2_000);
const inMemory = (content: Buffer, about: FileInfo): IBinaryData => ({
	...about,
	data: content.toString('base64'),
});
const url = (content: Buffer, type: string) => `data:${type};base64,${content.toString('base64')}`;
const imageOf = (...values: IDataObject[]) => fields({ content: 'Look', images: { values } });
const run = (binary: IBinaryKeyData | undefined, parameters: INodeParameters, onError?: 'continueErrorOutput') =>
	harness.run({ binary, parameters: chatWith(configId, parameters), settings: { onError } });
const contents = () =>
	harness.calls().map(({ body }) => (body!.messages as IDataObject[]).map(({ content }) => content as unknown));

describe.each([
	['in the item', async (content: Buffer, about: FileInfo) => inMemory(content, about)],
	['in a file of n8n', storeFile],
])('%s', (_where, keep) => {
	test('an image from the binary field "data"; several from fields that are named', async () => {
		const binary = {
			data: await keep(png, { mimeType: 'image/png', fileName: 'a.png' }),
			photo: await keep(jpeg, { mimeType: 'image/jpeg' }),
			note: await keep(Buffer.from('text'), { mimeType: 'text/plain' }),
		};
		const { failure } = await run(binary, imageOf({}, { binaryField: ' data , photo,', detail: 'low' }));
		expect(failure).toBeUndefined();
		const look = [
			{ type: 'text', text: 'Look' },
			{ type: 'image_url', image_url: { url: url(png, 'image/png') } },
			{ type: 'image_url', image_url: { url: url(png, 'image/png'), detail: 'low' } },
			{ type: 'image_url', image_url: { url: url(jpeg, 'image/jpeg'), detail: 'low' } },
		];
		expect(contents()).toEqual([[look], [look]]);
	});

	test('the idempotency key depends on the image; each attempt sends it whole, with the same key', async () => {
		const keys = async (content: Buffer): Promise<string[]> => {
			const fail = { left: 2 };
			harness.proxy.fault = (_request, response) => {
				if (fail.left-- <= 0) return false;
				response.writeHead(500, { 'retry-after': '0' }).end('{"detail":"try again"}');
				return true;
			};
			const binary = { data: await keep(content, { mimeType: 'image/png' }) };
			const { failure, success } = await run(binary, imageOf({}));
			expect([failure, success.length]).toEqual([undefined, 2]);
			const calls = harness.calls();
			expect(calls).toHaveLength(4);
			for (const { body } of calls) expect(JSON.stringify(body!.messages)).toContain(url(content, 'image/png'));
			const byKey = [...new Set(calls.map(({ headers }) => String(headers['idempotency-key'])))];
			expect(byKey).toHaveLength(2);
			return byKey.sort();
		};
		const [first, again, other] = [await keys(png), await keys(png), await keys(jpeg)];
		expect(again).toEqual(first);
		expect(new Set([...first, ...other]).size).toBe(4);
	});

	test('images that are too large together: the error has the field, the file and both sizes; nothing is sent', async () => {
		const binary = {
			data: await keep(Buffer.alloc(15_000_000), { mimeType: 'image/png', fileName: 'big.png' }),
			more: await keep(Buffer.alloc(5_100_000), { mimeType: 'image/png', fileName: 'more.png' }),
		};
		const { error } = await run(binary, imageOf({ binaryField: 'data,more' }), 'continueErrorOutput');
		expect(error.map(({ json, pairedItem }) => [json.error, pairedItem])).toEqual(
			[0, 1].map((item) => [
				expect.objectContaining({
					message: `'Input Binary Field (message 1)' is too large: 'more.png' has 5.1 MB, and the images before it have 15 MB [item ${item}]`,
					description: 'The images of one item can have up to 20 MB in all. Make them smaller, or send their URLs.',
					attempts: 0,
				}) as IDataObject,
				{ item },
			]),
		);
		const alone = await run(
			{ data: await keep(Buffer.alloc(20_000_001), { mimeType: 'image/png', fileName: 'big.png' }) },
			imageOf({}),
		);
		expect(alone.failure?.message).toMatch(/^'Input Binary Field \(message 1\)' is too large: 'big.png' has 20 MB/);
		expect(harness.calls()).toEqual([]);
	});
});

const bad: Array<[string, IBinaryKeyData | undefined, IDataObject, string, string]> = [
	[
		'no binary data',
		undefined,
		{},
		"'Input Binary Field (message 1)' is not a binary field of the incoming item: 'data'",
		'The item has no binary data.',
	],
	[
		'another name',
		{ photo: inMemory(png, { mimeType: 'image/png' }) },
		{},
		"'Input Binary Field (message 1)' is not a binary field of the incoming item: 'data'",
		'The item has: photo.',
	],
	[
		'a name that every object has',
		{ photo: inMemory(png, { mimeType: 'image/png' }) },
		{ binaryField: 'constructor' },
		"'Input Binary Field (message 1)' is not a binary field of the incoming item: 'constructor'",
		'The item has: photo.',
	],
	[
		'a file that is no image',
		{ data: inMemory(png, { mimeType: 'application/pdf', fileName: 'a.pdf' }) },
		{},
		"'Input Binary Field (message 1)' is not an image: 'a.pdf' has the type application/pdf",
		'Name a field with an image',
	],
	[
		'an empty name',
		{ data: inMemory(png, { mimeType: 'image/png' }) },
		{ binaryField: ' , ' },
		"'Input Binary Field (message 1)' is empty",
		'Fill it in, or remove the image.',
	],
	[
		'a file that n8n has deleted',
		{
			data: {
				data: 'filesystem-v2',
				id: 'filesystem-v2:workflows/x/executions/1/binary_data/none',
				mimeType: 'image/png',
			},
		},
		{},
		"'Input Binary Field (message 1)' cannot be read: 'data'",
		'Run the node that provides the file again.',
	],
	[
		'a file that n8n has deleted, whose size is known',
		{
			data: {
				data: 'filesystem-v2',
				id: 'filesystem-v2:workflows/x/executions/1/binary_data/none',
				mimeType: 'image/png',
				fileName: 'a.png',
				bytes: 5,
			},
		},
		{},
		"'Input Binary Field (message 1)' cannot be read: 'a.png'",
		'Run the node that provides the file again.',
	],
];

test.each(bad)(
	'%s is an error that says what to do, and nothing is sent',
	async (_n, binary, image, message, advice) => {
		// So that n8n knows where files are.
		await storeFile(png, { mimeType: 'image/png' });
		const { failure } = await run(binary, imageOf(image));
		// The run ends with the item that fails first, which can be either.
		expect(failure).toMatchObject({ description: expect.stringContaining(advice) as string });
		expect([`${message} [item 0]`, `${message} [item 1]`]).toContain(failure!.message);
		const { success, error } = await run(binary, imageOf(image), 'continueErrorOutput');
		expect(success).toEqual([]);
		expect(error.map(({ json, pairedItem }) => [(json.error as IDataObject).message, pairedItem])).toEqual([
			[`${message} [item 0]`, { item: 0 }],
			[`${message} [item 1]`, { item: 1 }],
		]);
		expect(harness.calls()).toEqual([]);
	},
);

test('an image without a text is a message', async () => {
	await run(
		{ data: inMemory(png, { mimeType: 'image/png' }) },
		fields({ content: '', images: { values: [{ source: 'binary' }] } }),
	);
	expect(contents()[0]).toEqual([[{ type: 'image_url', image_url: { url: url(png, 'image/png') } }]]);
});

test("an image that is gone before the JSON is repaired: the field's words, beside what is wrong with the text", async () => {
	const image = await storeFile(png, { mimeType: 'image/png' });
	harness.proxy.fault = () => {
		// Its ID leads to no file any more.
		image.id = 'filesystem-v2:workflows/gone/executions/1/binary_data/gone';
		return false;
	};
	const { success } = await harness.run({
		binary: { data: image },
		parameters: chatWith(configId, {
			...imageOf({ source: 'binary' }),
			outputFormat: 'json',
			options: { repairJson: true },
		}),
		settings: { onError: 'continueRegularOutput' },
	});
	for (const { json } of success) {
		const { message, description } = json.error as IDataObject;
		expect(message).toMatch(
			/^The output is not valid JSON: .*The repair failed: 'Input Binary Field \(message 1\)' cannot be read/,
		);
		expect(description).not.toMatch(/Base URL/);
	}
	expect(success.length).toBeGreaterThan(0);
});
