import type { IDataObject } from 'n8n-workflow';

import { useHarness } from './harness/useHarness.ts';
import type { RecordedRequest } from './hosts/recordingProxy.ts';

/** Where a call says that it came from, and how an error leads to the log of its call. */
const harness = useHarness();

const headerOf = ({ headers }: RecordedRequest) => headers['x-call-origin'] as string | undefined;
const originOf = (call: RecordedRequest) => JSON.parse(headerOf(call)!) as IDataObject;
const onErrors = ['stopWorkflow', 'continueRegularOutput', 'continueErrorOutput'] as const;
const name = 'Grüße 📦 "1"\\';

describe('X-Call-Origin', () => {
	test('each call of a run has it, and the logs of the server too', async () => {
		const { success } = await harness.run({ executionId: '71', settings: { name } });
		const calls = harness.calls();
		expect(calls.map(originOf)).toEqual(
			Array(2).fill({
				execution_url: 'http://127.0.0.1/workflow/workflow-1/executions/71',
				workflow_id: 'workflow-1',
				node_name: name,
			}),
		);
		for (const { json } of success) {
			const { headers } = await harness.api.get(`/logs/${String(json.id)}`);
			expect(headers['x-call-origin']).toBe(headerOf(calls[0]!));
		}
	});

	test('so does each retry, and the key of the call does not change with it', async () => {
		let left = 2;
		harness.proxy.fault = (_request, response) => {
			if (left-- <= 0) return false;
			response.writeHead(503, { 'retry-after-ms': '1' }).end();
			return true;
		};
		await harness.run({ executionId: '71' });
		const calls = harness.calls();
		expect(calls).toHaveLength(4);
		expect(new Set(calls.map(headerOf)).size).toBe(1);
		await harness.run({ executionId: '71', settings: { name: 'Renamed' } });
		const renamed = harness.calls();
		expect(renamed.map(({ headers }) => headers['idempotency-key']).sort()).toEqual(
			[...new Set(calls.map(({ headers }) => headers['idempotency-key']))].sort(),
		);
		expect(originOf(renamed[0]!).node_name).toBe('Renamed');
	});

	test.each(['', '__UNKNOWN__'])('without an execution ID (%j), the address is left out', async (executionId) => {
		await harness.run({ executionId });
		expect(originOf(harness.calls()[0]!)).toEqual({ workflow_id: 'workflow-1', node_name: 'Humanloop' });
	});

	test.each([
		['https://n8n.example.com', 'https://n8n.example.com/workflow/workflow-1/executions/1'],
		['https://n8n.example.com/below//', 'https://n8n.example.com/below/workflow/workflow-1/executions/1'],
		['https://user:geheim@n8n.example.com/?a#b', 'https://n8n.example.com/workflow/workflow-1/executions/1'],
		['', undefined],
		['n8n', undefined],
		['file:///home', undefined],
	])('n8n at %j', async (instanceBaseUrl, expected) => {
		await harness.run({ instanceBaseUrl });
		expect(originOf(harness.calls()[0]!).execution_url).toBe(expected);
	});

	test('a name of any length fits into 2,048 bytes', async () => {
		for (const long of ['📦'.repeat(300), 'x'.repeat(5_000), '"'.repeat(1_500)]) {
			await harness.run({ settings: { name: long } });
			const [call] = harness.calls();
			expect(headerOf(call!)!.length).toBeLessThanOrEqual(2_048);
			const sent = originOf(call!);
			expect(sent.workflow_id).toBe('workflow-1');
			expect(long.startsWith(sent.node_name as string)).toBe(true);
			expect((sent.node_name as string).length).toBeGreaterThan(200);
		}
	});

	test.each([false, 'false'])('is not sent when the credential has it switched off (%j)', async (sendCallOrigin) => {
		const credentials = { apiKey: harness.server.apiKey, baseUrl: harness.proxy.baseUrl, sendCallOrigin };
		const { success } = await harness.run({ credentials });
		expect(success).toHaveLength(2);
		expect(harness.proxy.requests.map(headerOf).filter(Boolean)).toEqual([]);
	});

	test('goes with calls that run a model only', async () => {
		await harness.run();
		await harness.run({ parameters: { resource: 'project', operation: 'getAll' } });
		const others = harness.proxy.requests.filter(({ path }) => !path.endsWith('/completion-model-config'));
		expect(others.length).toBeGreaterThan(0);
		expect(others.map(headerOf).filter(Boolean)).toEqual([]);
	});

	test('has no secret', async () => {
		const credentials = { apiKey: harness.server.apiKey, baseUrl: harness.proxy.baseUrl, openaiApiKey: 'sk-canary-1' };
		await harness.run({ credentials });
		for (const call of harness.calls()) {
			expect(headerOf(call)).not.toContain(harness.server.apiKey);
			expect(headerOf(call)).not.toContain('sk-canary-1');
		}
	});

	test('a call by an AI Agent has it', async () => {
		await harness.runTool({ items: [{ name: 'a', topic: 'b' }] }, 1);
		expect(originOf(harness.calls()[0]!)).toMatchObject({ workflow_id: 'workflow-1', node_name: 'Humanloop' });
	});
});

describe('the link to the log of a call that failed', () => {
	const link = 'https://humanloop.example.com/logs/data_1';
	const fail = (header: string) => {
		harness.proxy.fault = (_request, response) => {
			response
				.writeHead(422, { link: header, 'content-type': 'application/json' })
				.end(JSON.stringify({ detail: { message: 'refused' } }));
			return true;
		};
	};

	test.each(onErrors)('%s: it is in the error and nowhere else', async (onError) => {
		fail(`<${link}>; rel="describedby"`);
		const { success, error, failure } = await harness.run({ settings: { onError } });
		const items = onError === 'continueErrorOutput' ? error : success;
		expect(items.map(({ json }) => (json.error as IDataObject).link)).toEqual(
			onError === 'stopWorkflow' ? [] : [link, link],
		);
		expect(items.map(({ pairedItem }) => pairedItem)).toEqual(items.map((_, item) => ({ item })));
		if (onError === 'continueRegularOutput')
			expect(success.map(({ json }) => Object.keys(json))).toEqual([['error'], ['error']]);
		expect(failure === undefined).toBe(onError !== 'stopWorkflow');
	});

	test.each([
		[`<https://a.test/x>; rel="next", <${link}>; rel=describedby`, link],
		[`<${link}>; rel="describedby"; title="x"`, link],
		[`<https://a.test/x>; rel="next"`, null],
		['<javascript:alert(1)>; rel="describedby"', null],
		['<//a.test/x>; rel="describedby"', null],
		['nonsense', null],
	])('%s', async (header, expected) => {
		fail(header);
		const { success } = await harness.run({ settings: { onError: 'continueRegularOutput' } });
		expect(success.map(({ json }) => (json.error as IDataObject).link)).toEqual([expected, expected]);
	});

	test('success items have no further keys', async () => {
		const { success } = await harness.run();
		expect(Object.keys(success[1]!.json).sort()).toEqual(
			[
				'cost',
				'finishReason',
				'generationTokens',
				'id',
				'index',
				'modelConfigId',
				'output',
				'promptTokens',
				'sessionId',
				'totalTokens',
			].sort(),
		);
	});
});
