import type { IDataObject, StructuredChunk } from 'n8n-workflow';

import { type Harness } from './harness/harness.ts';
import { useHarness } from './harness/useHarness.ts';

/** What goes out, token by token, where a workflow answers in streaming mode. */
const harness = useHarness();

const stream = { options: { stream: true } };
const ofItem = (chunks: StructuredChunk[], item: number) =>
	chunks.filter(({ metadata }) => metadata.itemIndex === item);
const types = (chunks: StructuredChunk[]) => chunks.map(({ type }) => type);
const text = (chunks: StructuredChunk[]) =>
	chunks.map(({ type, content }) => (type === 'item' ? content : '')).join('');

const piece = (index: number, output: string, finish_reason: string | null = null) =>
	`data: ${JSON.stringify({
		data: [{ id: `data_${index}`, index, output, raw_output: output, finish_reason, model_config_id: 'c', inputs: {} }],
		provider_responses: [],
	})}\n\n`;

/** The first attempts get these events and lose the connection, the last one ends whole. */
function attempts(...streams: string[][]): void {
	const next = new Map<string, number>();
	harness.proxy.fault = async (request, response) => {
		const attempt = next.get(request.text) ?? 0;
		next.set(request.text, attempt + 1);
		response.writeHead(200, { 'content-type': 'text/event-stream' });
		for (const event of streams[attempt]!) await new Promise((resolve) => response.write(event, resolve));
		if (attempt < streams.length - 1) response.destroy();
		else response.end();
		return true;
	};
}

test('one sample: begin, its text in pieces, end, and the same items as without', async () => {
	const plain = await harness.run();
	const { success, chunks } = await harness.run({ parameters: stream, streaming: true, executionId: '2' });
	expect(success.map(({ json }) => json.output)).toEqual(plain.success.map(({ json }) => json.output));
	for (const item of [0, 1]) {
		const sent = ofItem(chunks, item);
		expect(types(sent)).toEqual(['begin', ...Array<string>(sent.length - 2).fill('item'), 'end']);
		expect(sent.length).toBeGreaterThan(5);
		expect(text(sent)).toBe(success[item]!.json.output);
		expect(sent[0]!.metadata).toMatchObject({ nodeName: 'Humanloop', runIndex: 0 });
	}
});

test('several samples: each begins and ends, and its pieces say whose they are', async () => {
	const { success, chunks } = await harness.run({
		parameters: { ...stream, numSamples: 2 },
		streaming: true,
		executionId: '3',
	});
	for (const item of [0, 1]) {
		const sent = ofItem(chunks, item).map(({ type, content }) => ({
			type,
			...(JSON.parse(content!) as { index: number; output?: string }),
		}));
		for (const index of [0, 1]) {
			const ofSample = sent.filter((chunk) => chunk.index === index);
			expect(ofSample.map(({ type }) => type)).toEqual([
				'begin',
				...Array<string>(ofSample.length - 2).fill('item'),
				'end',
			]);
			expect(ofSample.map(({ output }) => output ?? '').join('')).toBe(success[item * 2 + index]!.json.output);
		}
	}
});

test.each([
	['without Stream', {}, true],
	['where the workflow does not stream', stream, false],
])('%s there are items only', async (_name, parameters, streaming) => {
	const { success, chunks } = await harness.run({ parameters, streaming });
	expect([success.length, chunks]).toEqual([2, []]);
});

test('a replayed response goes out as well', async () => {
	const first = await harness.run({ parameters: stream, executionId: '4' });
	const again = await harness.run({ parameters: stream, streaming: true, executionId: '4' });
	expect(again.success).toEqual(first.success);
	for (const item of [0, 1]) expect(text(ofItem(again.chunks, item))).toBe(first.success[item]!.json.output);
});

test('so does the response of a host that does not stream', async () => {
	harness.proxy.fault = (_request, response) => {
		const sample = { index: 0, output: 'plain', raw_output: 'plain', finish_reason: 'stop' };
		response
			.writeHead(200, { 'content-type': 'application/json' })
			.end(JSON.stringify({ data: [sample], provider_responses: [] }));
		return true;
	};
	const { chunks } = await harness.run({ parameters: stream, streaming: true });
	for (const item of [0, 1])
		expect(ofItem(chunks, item).map(({ type, content }) => [type, content])).toEqual([
			['begin', undefined],
			['item', 'plain'],
			['end', undefined],
		]);
});

test('a broken attempt is carried on by the next one, nothing is said twice', async () => {
	attempts([piece(0, 'Thank '), piece(0, 'you')], [piece(0, 'Th'), piece(0, 'ank you '), piece(0, 'all.', 'stop')]);
	const { success, chunks } = await harness.run({ parameters: stream, streaming: true });
	expect(success.map(({ json }) => json.output)).toEqual(['Thank you all.', 'Thank you all.']);
	for (const item of [0, 1]) {
		expect(types(ofItem(chunks, item))).toEqual(['begin', 'item', 'item', 'item', 'item', 'end']);
		expect(text(ofItem(chunks, item))).toBe('Thank you all.');
	}
});

test('a sample that had ended and now goes on starts over', async () => {
	attempts([piece(0, 'Hello', 'stop'), 'data: {"data":[{"in'], [piece(0, 'Hello'), piece(0, ' world', 'stop')]);
	const { chunks } = await harness.run({ parameters: stream, streaming: true });
	for (const item of [0, 1]) {
		const sent = ofItem(chunks, item);
		expect(types(sent)).toEqual(['begin', 'item', 'end', 'begin', 'item', 'end']);
		expect(text(sent)).toBe('HelloHello world');
	}
});

test('a prompt that an AI Agent uses as its tool says nothing beside the Agent', async () => {
	const chunks: StructuredChunk[] = [];
	const responses = await harness.runTool(
		{
			items: [
				{ name: 'x', topic: 'y' },
				{ name: 'z', topic: 'y' },
			],
			parameters: stream,
			streaming: true,
		},
		1,
		chunks,
	);
	expect(responses.map(([response]) => typeof response!.json.output)).toEqual(['string', 'string']);
	expect(chunks).toEqual([]);
});

test('another text after a broken attempt starts over', async () => {
	attempts([piece(0, 'Thank '), piece(0, 'you')], [piece(0, 'Thanks'), piece(0, '!', 'stop')]);
	const { chunks } = await harness.run({ parameters: stream, streaming: true });
	for (const item of [0, 1]) {
		const sent = ofItem(chunks, item);
		expect(types(sent)).toEqual(['begin', 'item', 'item', 'end', 'begin', 'item', 'item', 'end']);
		expect(text(sent)).toBe('Thank youThanks!');
	}
});

test('what has begun is ended, also of an item that fails', async () => {
	attempts([piece(0, 'Thank '), 'data: {"detail":{"message":"filtered","code":422}}\n\n']);
	const { success, chunks } = await harness.run({
		parameters: stream,
		streaming: true,
		settings: { onError: 'continueRegularOutput' },
	});
	expect(success.map(({ json }) => (json.error as IDataObject).message)).toEqual(['filtered', 'filtered']);
	for (const item of [0, 1]) expect(types(ofItem(chunks, item))).toEqual(['begin', 'item', 'end']);
});

const usageOf = ({ run }: Awaited<ReturnType<Harness['run']>>) =>
	run.data.resultData.runData.Humanloop![0]!.metadata?.tokenUsage;

test('the tokens of what was paid for are reported to n8n, those of a repeat are not', async () => {
	const sum = (items: Array<{ json: IDataObject }>, key: string) =>
		items.reduce((total, { json }) => total + Number(json[key] ?? 0), 0);
	const first = await harness.run({ parameters: { numSamples: 2 }, executionId: 'tokens' });
	expect(sum(first.success, 'promptTokens')).toBeGreaterThan(0);
	expect(usageOf(first)).toEqual({
		inputTokens: sum(first.success, 'promptTokens'),
		outputTokens: sum(first.success, 'generationTokens'),
	});
	const again = await harness.run({ parameters: { numSamples: 2 }, executionId: 'tokens' });
	expect(again.success).toEqual(first.success);
	expect(usageOf(again)).toBeUndefined();
});

test.each(['plain', 'stream'])(
	'of a completed response, the tokens of its new samples are reported (%s)',
	async (form) => {
		const text = piece(0, 'Thank you');
		const usage = { prompt_tokens: 20, generation_tokens: 36, total_tokens: 56 };
		harness.proxy.fault = (_request, response) => {
			const sample = { index: 0, output: 'Thank you', raw_output: 'Thank you', finish_reason: 'stop' };
			const whole = { data: [sample], num_samples: 1, usage, provider_responses: [] };
			const last = { ...whole, data: [{ ...sample, output: '', raw_output: '' }] };
			response.writeHead(200, {
				'content-type': form === 'stream' ? 'text/event-stream' : 'application/json',
				'idempotent-prior-usage': 'prompt_tokens=10, generation_tokens=18',
			});
			response.end(form === 'stream' ? `${text}data: ${JSON.stringify(last)}\n\n` : JSON.stringify(whole));
			return true;
		};
		for (const onError of [undefined, 'continueRegularOutput', 'continueErrorOutput'] as const) {
			const result = await harness.run({
				parameters: { options: { stream: form === 'stream' } },
				...(onError ? { settings: { onError } } : {}),
			});
			expect(result.success).toHaveLength(2);
			// Two items, each with as many new tokens as earlier ones.
			expect(usageOf(result)).toEqual({ inputTokens: 20, outputTokens: 36 });
		}
	},
);

test('keys that a host repeats are hidden, even if they come one letter at a time', async () => {
	const keys = { apiKey: 'hl_sk_canary_of_the_host', openaiApiKey: 'sk-canary-of-the-provider' };
	const letters = [...`Yours are ${keys.apiKey} and ${keys.openaiApiKey}.`];
	attempts([...letters.map((letter) => piece(0, letter)), piece(0, '', 'stop')]);
	const credentials = { ...keys, baseUrl: harness.proxy.baseUrl };
	const { chunks } = await harness.run({ parameters: stream, streaming: true, credentials });
	for (const item of [0, 1]) expect(text(ofItem(chunks, item))).toBe('Yours are [hidden] and [hidden].');
});

/** A whole stream of a call for three samples, of which the middle one has no end. */
const withoutMiddle = [
	piece(0, 'sample 0'),
	piece(1, 'half a sam'),
	piece(2, 'sample 2'),
	piece(0, '', 'stop'),
	piece(2, '', 'stop').replace(
		/}\n\n$/,
		',"num_samples":3,"usage":{"prompt_tokens":1,"generation_tokens":2,"total_tokens":3}}\n\n',
	),
].join('');

test('a listener gets the samples that exist, and each begun one ends', async () => {
	harness.proxy.fault = (_request, response) => {
		response.writeHead(200, { 'content-type': 'text/event-stream', 'retry-after-ms': '1' }).end(withoutMiddle);
		return true;
	};
	const { chunks } = await harness.run({
		parameters: { numSamples: 3, options: { stream: true } },
		settings: { onError: 'continueRegularOutput' },
		streaming: true,
	});
	const first = chunks
		.filter(({ metadata }) => metadata.itemIndex === 0)
		.map(({ type, content }) => ({ type, ...(JSON.parse(content!) as { index: number; output?: string }) }));
	for (const index of [0, 1, 2]) {
		const ofSample = first.filter((chunk) => chunk.index === index);
		expect(ofSample.map(({ type }) => type)).toEqual(['begin', 'item', 'end']);
	}
});

test('a reused answer is sent on, too', async () => {
	const options = { reuseAnswers: 'always', stream: true };
	await harness.run({ parameters: { options }, executionId: 'reuse-1' });
	const { success, chunks } = await harness.run({ parameters: { options }, streaming: true, executionId: 'reuse-2' });
	expect(success.map(({ json }) => json.reused)).toEqual([true, true]);
	for (const item of [0, 1]) expect(text(ofItem(chunks, item))).toBe(success[item]!.json.output);
});
