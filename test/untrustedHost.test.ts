import type { ServerResponse } from 'node:http';
import type { IDataObject } from 'n8n-workflow';

import { pages } from '../nodes/Humanloop/transport/pagination.ts';
import { askEditor } from './harness/askEditor.ts';
import { manualInputs, twoItems } from './harness/harness.ts';
import { useHarness } from './harness/useHarness.ts';

/** Hosts that repeat keys, dawdle or never end: nothing of theirs may harm the workflow. */
const harness = useHarness();

const keys = { apiKey: 'hl_sk_canary_of_the_host', openaiApiKey: 'sk-canary-of-the-provider' };
const onErrors = ['stopWorkflow', 'continueRegularOutput', 'continueErrorOutput'] as const;
const credentials = () => ({ ...keys, baseUrl: harness.proxy.baseUrl });
const json = (response: ServerResponse, status: number, body: unknown, headers: Record<string, string> = {}) => {
	response.writeHead(status, { 'content-type': 'application/json', ...headers }).end(JSON.stringify(body));
	return true;
};
const echo = `Yours are ${keys.apiKey} and ${keys.openaiApiKey}.`;
const sample = (more: object = {}) => ({ id: 'data_1', index: 0, output: echo, finish_reason: 'stop', ...more });
const sendEvents = (response: ServerResponse, parts: object[]) => {
	response.writeHead(200, { 'content-type': 'text/event-stream', 'x-request-id': keys.apiKey });
	for (const part of parts) response.write(`data: ${JSON.stringify({ data: [part] })}\n\n`);
	response.end();
	return true;
};

describe('keys that a host repeats are in no item, error or chunk', () => {
	async function outcomes(options: { parameters?: IDataObject; streaming?: boolean } = {}): Promise<string> {
		const seen: unknown[] = [];
		for (const onError of onErrors) {
			const { failure, run, chunks } = await harness.run({
				...options,
				parameters: { ...options.parameters } as never,
				credentials: credentials(),
				settings: { onError },
			});
			const error = failure as (Error & { description?: string }) | undefined;
			seen.push(run, chunks, error?.message, error?.description, error?.stack, error && { ...error });
		}
		return JSON.stringify(seen);
	}
	function expectNone(text: string, kept: string): void {
		for (const key of Object.values(keys)) expect([key, text.includes(key)]).toEqual([key, false]);
		expect(text).toContain(kept);
	}

	test.each(['message', 'origin', 'x-request-id'])('in an error: %s', async (place) => {
		harness.proxy.fault = (_request, response) =>
			json(
				response,
				401,
				{ detail: { message: place === 'message' ? echo : 'refused', origin: place === 'origin' ? echo : 'openai' } },
				place === 'x-request-id' ? { 'x-request-id': keys.openaiApiKey } : {},
			);
		expectNone(await outcomes(), '[hidden]');
	});

	test.each([true, false])('in a good response, with Simplify %s', async (simplify) => {
		harness.proxy.fault = (_request, response) =>
			json(response, 200, { data: [sample()], project_id: keys.apiKey, provider_responses: [{ [keys.apiKey]: 1 }] });
		expectNone(await outcomes({ parameters: { simplify } }), 'Yours are [hidden] and [hidden].');
	});

	test('in a stream, one letter at a time, and in the chunks that n8n passes on', async () => {
		harness.proxy.fault = (_request, response) =>
			sendEvents(response, [
				...[...echo].map((output) => ({ index: 0, output })),
				{ index: 0, output: '', finish_reason: 'stop' },
			]);
		const parameters = { options: { stream: true, maxRetries: 0 } };
		const text = await outcomes({ parameters, streaming: true });
		expectNone(text, 'Yours are [hidden] and [hidden].');
	});

	test('in an error inside a stream', async () => {
		harness.proxy.fault = (_request, response) => {
			response.writeHead(200, { 'content-type': 'text/event-stream' });
			response.end(`data: ${JSON.stringify({ detail: { message: echo, origin: echo, code: 401 } })}\n\n`);
			return true;
		};
		expectNone(await outcomes({ parameters: { options: { stream: true, maxRetries: 0 } } }), '[hidden]');
	});

	test.each([
		['a list', { resource: 'project', operation: 'getAll' }],
		['a record', { resource: 'log', operation: 'get', logId: 'data_1' }],
	])('in %s', async (_name, parameters) => {
		harness.proxy.readFault = (_request, response) =>
			json(response, 200, { records: [{ id: 'pr_1', name: echo }], output: echo, total: 1 });
		expectNone(await outcomes({ parameters }), 'Yours are [hidden]');
	});
});

describe('a body that dawdles ends with the timeout', () => {
	const timeout = 400;
	test.each([
		['a response', {}, 200],
		['a response to a call that asks for a stream', { stream: true }, 200],
		['an error', {}, 422],
	])('%s', async (_name, options, status) => {
		const closed: Promise<unknown>[] = [];
		harness.proxy.fault = (_request, response) => {
			response.writeHead(status, { 'content-type': 'application/json' });
			const timer = setInterval(() => response.write(' '), 50);
			closed.push(
				new Promise<void>((resolve) =>
					response.once('close', () => {
						clearInterval(timer);
						resolve();
					}),
				),
			);
			return true;
		};
		for (const onError of onErrors) {
			const result = await harness.run({
				parameters: { options: { ...options, maxRetries: 0 }, requestOptions: { timeout } },
				settings: { onError },
			});
			const messages = [...result.success, ...result.error].map(({ json }) => (json.error as IDataObject).message);
			if (result.failure) messages.push(result.failure.message);
			expect(messages).toHaveLength(onError === 'stopWorkflow' ? 1 : 2);
			for (const message of messages) expect(message).toBe('The response was not complete within the timeout of 0.4 s');
		}
		// The host is told, too: the connection does not stay open.
		await Promise.all(closed);
		expect(closed).toHaveLength(6);
	});
});

describe('a list without end', () => {
	beforeEach(() => {
		harness.proxy.readFault = (request, response) => {
			const page = Number(new URL(request.path, 'http://x').searchParams.get('page'));
			const records = Array.from({ length: 100 }, (_, row) => ({ id: `pr_${page}_${row}`, name: `project ${page}` }));
			return json(response, 200, { records, total: Number.MAX_SAFE_INTEGER });
		};
	});
	const message = "The project 'nowhere' is not on the first 100 pages of the API's project list";

	test.each(onErrors)('a project that is looked up by name, %s', async (onError) => {
		const { success, error, failure } = await harness.run({
			parameters: { resource: 'session', operation: 'getAll', project: { __rl: true, mode: 'name', value: 'nowhere' } },
			settings: { onError },
		});
		const messages = [...success, ...error].map(({ json }) => (json.error as IDataObject).message);
		expect(failure ? [failure.message] : messages).toEqual(failure ? [message] : [message, message]);
		// The name is looked up once for both items.
		expect(harness.proxy.requests).toHaveLength(100);
	});

	test.each(onErrors)('Return All, of a host that repeats its page, %s', async (onError) => {
		harness.proxy.readFault = (_request, response) =>
			json(response, 200, { records: [{ id: 'pr_1', name: 'a' }], total: Number.MAX_SAFE_INTEGER });
		const { success, error, failure } = await harness.run({
			parameters: { resource: 'project', operation: 'getAll', returnAll: true },
			settings: { onError },
		});
		const text = "The API's list has no end: it repeats the same page";
		const messages = [...success, ...error].map(({ json: { error } }) => (error as IDataObject).message);
		expect(failure ? [failure.message] : messages).toEqual(failure ? [text] : [text, text]);
	});

	test('a list that always has something new is read up to a bound', async () => {
		let id = 0;
		const list = pages(async () => ({ records: [{ id: id++ }], total: Infinity }));
		const read = async () => {
			while (!(await list.next()).done);
		};
		await expect(read()).rejects.toThrow("The API's list has no end: it has more than 10000 pages");
		expect(id).toBe(10_000);
	});

	test('a project that the editor looks up by name', async () => {
		const parameters = { project: { __rl: true, mode: 'name', value: 'nowhere' } } as never;
		const editor = askEditor(harness.loaded, { parameters, credentials: credentials() });
		await expect(editor.search('searchModelConfigs')).rejects.toThrow(message);
		expect(harness.proxy.requests).toHaveLength(100);
	});
});

test.each(onErrors)('__proto__ in an event does not make half a response look complete, %s', async (onError) => {
	harness.proxy.fault = (request, response) => {
		const isBad = (request.body!.inputs as IDataObject).name === 'bad';
		response.writeHead(200, { 'content-type': 'text/event-stream' });
		response.end(
			isBad
				? 'data: {"data":[{"index":0,"output":"Hel","__proto__":{"finish_reason":"stop"}}],"__proto__":{"usage":{"total_tokens":9}}}\n\n'
				: 'data: {"data":[{"index":0,"output":"Hello","finish_reason":"stop"}]}\n\n',
		);
		return true;
	};
	const { success, error, failure } = await harness.run({
		items: twoItems,
		parameters: {
			inputs: manualInputs({ name: "={{ $itemIndex === 0 ? 'bad' : 'good' }}", topic: 'x' }),
			options: { stream: true, maxRetries: 0 },
		},
		settings: { onError },
	});
	const broken = 'The connection ended before the response was complete';
	if (onError === 'stopWorkflow') return expect(failure?.message).toBe(broken);
	const items = [...success, ...error];
	expect(items.find(({ pairedItem }) => (pairedItem as { item: number }).item === 0)!.json.error).toMatchObject({
		message: broken,
	});
	expect(success.at(-1)!.json.output).toBe('Hello');
});
