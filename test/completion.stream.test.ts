import type { IDataObject } from 'n8n-workflow';
import type { ServerResponse } from 'node:http';
import { setTimeout as wait } from 'node:timers/promises';

import { useHarness } from './harness/useHarness.ts';

const harness = useHarness();

const stream = { options: { stream: true, maxRetries: 0 } };
const withoutIds = (items: Array<{ json: IDataObject }>) => items.map(({ json: { id: _, ...rest } }) => rest);

/** Lets the host answer with a stream written by hand; the pieces go out one by one, 'cut' breaks the connection. */
function streamOf(...pieces: Array<string | Buffer>): void {
	harness.proxy.fault = async (_request, response) => {
		response.writeHead(200, { 'content-type': 'text/event-stream', 'x-request-id': 'req-9' });
		response.flushHeaders();
		for (const piece of pieces) await send(response, piece);
		if (!response.destroyed) response.end();
		return true;
	};
}

async function send(response: ServerResponse, piece: string | Buffer): Promise<void> {
	await wait(5);
	if (piece === 'cut') response.destroy();
	else await new Promise((resolve) => response.write(piece, resolve));
}

const event = (sample: IDataObject, call: IDataObject = {}) =>
	`data: ${JSON.stringify({ project_id: 'pr_1', data: [sample], provider_responses: [], ...call })}\n\n`;
const piece = (index: number, text: string, finish_reason: string | null = null) => ({
	id: `data_${index}`,
	index,
	output: text,
	raw_output: text,
	inputs: {},
	finish_reason,
	model_config_id: 'config_1',
	tool_results: [],
});

describe.each([true, false])('with simplify %s', (simplify) => {
	test('the items are the same as without stream', async () => {
		const parameters = {
			simplify,
			numSamples: 3,
			project: { __rl: true, mode: 'name', value: 'streams' },
		};
		const options = { session: { __rl: true, mode: 'referenceId', value: 'same' }, metadataJson: '{"a":1}', user: 'u' };
		const plain = await harness.run({ parameters: { ...parameters, options } });
		const streamed = await harness.run({ parameters: { ...parameters, options: { ...options, stream: true } } });
		expect(streamed.failure).toBeUndefined();
		expect(streamed.success).toHaveLength(6);
		expect(streamed.success.map(({ pairedItem }) => pairedItem)).toEqual(
			plain.success.map(({ pairedItem }) => pairedItem),
		);

		const comparable = (items: Array<{ json: IDataObject }>) =>
			withoutIds(items).map(({ provider_request, ...rest }) => ({
				...rest,
				...(provider_request !== undefined && {
					provider_request: { ...(provider_request as IDataObject), stream: 'either' },
				}),
			}));
		expect(comparable(streamed.success)).toEqual(comparable(plain.success));
		expect(harness.calls().map(({ body }) => body?.stream)).toEqual([undefined, undefined, true, true]);
	});
});

test('samples that interleave, a character cut between chunks, CRLF, comments, no space, [DONE]', async () => {
	const whole = Buffer.from(event(piece(1, ' Grüße 👩‍👧 '), { session_id: null }).replaceAll('\n', '\r\n'));
	const middle = whole.indexOf('👩') + 2;
	streamOf(
		': hello\r\n\r\n',
		event(piece(0, ' Hel')).replace('data: ', 'data:'),
		whole.subarray(0, middle),
		whole.subarray(middle, whole.length - 1),
		whole.subarray(whole.length - 1),
		event(piece(0, 'lo ')),
		event(piece(1, 'aus Köln\n', 'stop'), { session_id: 'sesh_1' }),
		event(piece(0, '', 'length'), {
			session_id: 'sesh_1',
			usage: { prompt_tokens: 5, generation_tokens: 6, total_tokens: 11 },
		}),
		'data: [DONE]\n\n',
	);
	const { success } = await harness.run({ parameters: { numSamples: 2, ...stream } });
	expect(success.map(({ json, pairedItem }) => ({ ...json, pairedItem }))).toEqual(
		[0, 1].flatMap((item) => [
			{
				output: 'Hello',
				id: 'data_0',
				index: 0,
				finishReason: 'length',
				modelConfigId: 'config_1',
				sessionId: 'sesh_1',
				promptTokens: 5,
				generationTokens: 6,
				totalTokens: 11,
				pairedItem: { item },
			},
			{
				output: 'Grüße 👩‍👧 aus Köln',
				id: 'data_1',
				index: 1,
				finishReason: 'stop',
				modelConfigId: 'config_1',
				sessionId: 'sesh_1',
				pairedItem: { item },
			},
		]),
	);
});

test('raw output is joined untrimmed; a host that sends no usage gives none', async () => {
	streamOf(event(piece(0, '\n  a')), event(piece(0, ' b \n', 'stop')));
	const { success } = await harness.run({ parameters: { simplify: false, ...stream } });
	expect(success[0]!.json).toMatchObject({ raw_output: '\n  a b \n', output: 'a b' });
	expect(success[0]!.json).not.toHaveProperty('usage');
});

test('a last event without its blank line still counts', async () => {
	streamOf(event(piece(0, 'all', 'stop')).trimEnd());
	const { success } = await harness.run({ parameters: stream });
	expect(success.map(({ json }) => json.output)).toEqual(['all', 'all']);
});

const cut = 'The connection ended before the response was complete';
const broken: Array<[string, string[], string]> = [
	[
		'an event with detail',
		[event(piece(0, 'Hel')), 'data: {"detail":{"message":"Model fell over","code":500,"origin":"OpenAI"}}\n\n'],
		'Model fell over',
	],
	['an event with error', [event(piece(0, 'Hel')), 'data: {"error":"overloaded"}\n\n'], 'overloaded'],
	[
		'an event that is no completion',
		['data: {"choices":[]}\n\n'],
		"Expected a model's answer from the v4 API, but the response is something else",
	],
	['an error in a sample', [event({ ...piece(0, '', 'error'), error: 'filtered' })], 'filtered'],
	['a connection that is cut between events', [event(piece(0, 'Hel')), 'cut'], cut],
	['a connection that is cut in an event', [event(piece(0, 'Hel')), 'data: {"data":[{"in', 'cut'], cut],
	['an end without a finish reason', [event(piece(0, 'Hello'))], cut],
	['an end in the middle of an event', [event(piece(0, 'Hello')), 'data: {"data":[{"index":0,"out'], cut],
	['an end without a single event', [], cut],
];

test.each(broken)('%s is an error, never a short response', async (_name, pieces, message) => {
	streamOf(...pieces);
	const stopped = await harness.run({ parameters: stream });
	expect(stopped.failure?.message).toBe(message);

	const continued = await harness.run({ parameters: stream, settings: { onError: 'continueErrorOutput' } });
	expect(continued.success).toEqual([]);
	expect(continued.error.map(({ json, pairedItem }) => [(json.error as IDataObject).message, pairedItem])).toEqual([
		[message, { item: 0 }],
		[message, { item: 1 }],
	]);
});

test('what is no passing fault is not sent again', async () => {
	for (const wire of [
		'data: {"error":{"code":"invalid_api_key","message":"no"}}\n\n',
		'data: {"choices":[{"delta":{"content":"Hi"}}]}\n\n',
	]) {
		streamOf(wire);
		const { success } = await harness.run({
			parameters: { options: { stream: true } },
			settings: { onError: 'continueRegularOutput' },
		});
		expect(success.map(({ json }) => (json.error as IDataObject).attempts)).toEqual([1, 1]);
	}
	expect(harness.calls()).toHaveLength(4);
});

test('one of two samples is missing at the end', async () => {
	streamOf(event(piece(0, 'Hello', 'stop')));
	const { failure } = await harness.run({ parameters: { numSamples: 2, ...stream } });
	expect(failure?.message).toBe(cut);
});

test('an error status before the stream arrives in the words of the API', async () => {
	const { failure } = await harness.run({
		parameters: { ...stream, modelConfig: { __rl: true, mode: 'id', value: 'config_unknown' } },
	});
	expect(failure).toMatchObject({ httpCode: '404', message: expect.stringContaining('config_unknown') as string });
});

test('a host that answers a stream request with a plain body', async () => {
	harness.proxy.fault = (_request, response) => {
		response.writeHead(200, { 'content-type': 'application/json' });
		response.end(JSON.stringify({ data: [{ ...piece(0, 'plain', 'stop') }], provider_responses: [] }));
		return true;
	};
	const { success } = await harness.run({ parameters: stream });
	expect(success.map(({ json }) => json.output)).toEqual(['plain', 'plain']);
});
