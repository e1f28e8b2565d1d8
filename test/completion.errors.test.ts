import type { IDataObject } from 'n8n-workflow';

import { twoItems } from './harness/harness.ts';
import { useHarness } from './harness/useHarness.ts';
import type { Fault } from './hosts/recordingProxy.ts';

const harness = useHarness();

const threeItems = [...twoItems, { name: 'Ὀδυσσεύς', topic: 'the way home' }];

/** Lets the host answer the item with this name in place of the server. */
function responseFor(item: number, status: number, body: string, headers: Record<string, string> = {}): Fault {
	return (request, response) => {
		if ((request.body?.inputs as IDataObject | undefined)?.name !== threeItems[item]!.name) return false;
		response.writeHead(status, { 'content-type': 'application/json', 'x-request-id': 'req-7', ...headers });
		response.end(body);
		return true;
	};
}

interface Form {
	status: number;
	body: string;
	message: string;
	advice: RegExp;
}

const forms: Record<string, Form> = {
	'a list of fields': {
		status: 422,
		body: JSON.stringify({
			detail: [
				{ loc: ['body', 'num_samples'], msg: 'value is not a valid integer', type: 'type_error.integer' },
				{ loc: ['body', 'color'], msg: 'extra fields not permitted', type: 'value_error.extra' },
			],
		}),
		message: "'Number of Samples' (num_samples): value is not a valid integer; color: extra fields not permitted",
		advice: /Change the field/,
	},
	'an object with a message': {
		status: 422,
		body: JSON.stringify({
			detail: { type: 'unprocessable_entity_error', message: 'Too many tokens', code: 422, origin: 'OpenAI' },
		}),
		message: 'Too many tokens',
		advice: /Change the field/,
	},
	'an object with a description': {
		status: 400,
		body: '{"detail":{"description":"No such thing"}}',
		message: 'No such thing',
		advice: /Change what/,
	},
	'an object with msg': { status: 404, body: '{"detail":{"msg":"Gone"}}', message: 'Gone', advice: /Base URL/ },
	'a model that its host does not have': {
		status: 404,
		body: JSON.stringify({ detail: { message: 'No model "llama9"', code: 404, origin: 'OpenAI' } }),
		message: 'No model "llama9"',
		advice: /^OpenAI does not have this model, or its address is wrong\. Check the model of the config/,
	},
	'a text in detail': { status: 401, body: '{"detail":"Bad key"}', message: 'Bad key', advice: /'API Key'/ },
	'an error with a message': { status: 500, body: '{"error":{"message":"Oops"}}', message: 'Oops', advice: /later/ },
	'plain text': { status: 503, body: 'Service overloaded', message: 'Service overloaded', advice: /overloaded/ },
	'a web page': {
		status: 502,
		body: '<!doctype html><h1>Bad gateway</h1>',
		message: 'The response is a web page, not from the API',
		advice: /later/,
	},
	nothing: {
		status: 429,
		body: '',
		message: 'The API responded with status 429 and no explanation',
		advice: /fewer requests/,
	},
	'a refused provider key': {
		status: 401,
		body: JSON.stringify({
			detail: { type: 'authentication_error', message: 'Wrong key', code: 401, origin: 'OpenAI' },
		}),
		message: 'Wrong key',
		advice: /^OpenAI rejected its key/,
	},
	'a redirect': {
		status: 301,
		body: '',
		message: 'The API responded with status 301 and no explanation',
		advice: /has moved/,
	},
	'success with a sample that is none': {
		status: 200,
		body: '{"data":[null]}',
		message: "Expected a model's answer from the v4 API, but the response is something else",
		advice: /Base URL/,
	},
	'success without a completion': {
		status: 200,
		body: '{"ok":true}',
		message: "Expected a model's answer from the v4 API, but the response is something else",
		advice: /Base URL/,
	},
};

describe.each(Object.entries(forms))('a response with %s', (_name, { status, body, message, advice }) => {
	const error = {
		message,
		description: expect.stringMatching(advice) as string,
		status,
		attempts: 1,
		requestId: 'req-7',
		link: null,
	};
	const parameters = { options: { maxRetries: 0 } };

	test.each([0, 1, 2])('continue: the error item of item %i stands in its place', async (bad) => {
		harness.proxy.fault = responseFor(bad, status, body, { location: 'http://127.0.0.1:1/elsewhere' });
		const { success } = await harness.run({
			items: threeItems,
			parameters,
			settings: { onError: 'continueRegularOutput' },
		});
		expect(success.map(({ pairedItem }) => pairedItem)).toEqual([{ item: 0 }, { item: 1 }, { item: 2 }]);
		expect(success[bad]!.json).toEqual({ error });
		expect(success.filter(({ json }) => json.output)).toHaveLength(2);
		expect(harness.calls()).toHaveLength(3);
	});

	test.each([0, 1, 2])('error output: item %i takes the branch, with its input beside the error', async (bad) => {
		harness.proxy.fault = responseFor(bad, status, body);
		const result = await harness.run({ items: threeItems, parameters, settings: { onError: 'continueErrorOutput' } });
		expect(result.success.map(({ pairedItem }) => pairedItem)).toEqual(
			[0, 1, 2].filter((item) => item !== bad).map((item) => ({ item })),
		);
		expect(result.error).toEqual([{ json: { ...threeItems[bad], error }, pairedItem: { item: bad } }]);
		expect(harness.calls()).toHaveLength(3);
	});

	test.each([0, 1, 2])('stop: the workflow ends with the error of item %i', async (bad) => {
		harness.proxy.fault = responseFor(bad, status, body);
		const { failure, success } = await harness.run({ items: threeItems, parameters });
		expect(success).toHaveLength(0);
		expect(failure).toMatchObject({
			name: 'NodeApiError',
			message,
			httpCode: String(status),
			context: { itemIndex: bad },
		});
		expect(failure?.description).toMatch(advice);
	});
});

describe('a connection that fails', () => {
	test('nothing listens', async () => {
		const { success } = await harness.run({
			credentials: { apiKey: 'any', baseUrl: 'http://127.0.0.1:1/v4' },
			parameters: { options: { maxRetries: 0 } },
			settings: { onError: 'continueRegularOutput' },
		});
		for (const [item, { json, pairedItem }] of success.entries()) {
			expect(json.error).toMatchObject({
				message: "Nothing listens at the 'Base URL' (ECONNREFUSED)",
				status: null,
				requestId: null,
				link: null,
			});
			expect(pairedItem).toEqual({ item });
		}
	});

	test('reset before the response', async () => {
		harness.proxy.fault = (request, response) => {
			if ((request.body?.inputs as IDataObject).name !== 'Zoë') return false;
			response.destroy();
			return true;
		};
		const { success } = await harness.run({
			parameters: { options: { maxRetries: 0 } },
			settings: { onError: 'continueRegularOutput' },
		});
		expect(success[0]!.json.error).toMatchObject({ message: 'The connection ended before the response (ECONNRESET)' });
		expect(success[1]!.json.output).toEqual(expect.any(String));
	});

	test('no response in time', async () => {
		harness.proxy.fault = (request) => (request.body?.inputs as IDataObject).name === 'Zoë';
		const { success } = await harness.run({
			parameters: {
				requestOptions: { timeout: '={{ $json.name === "Zoë" ? 300 : 100000 }}' },
				options: { maxRetries: 0 },
			},
			settings: { onError: 'continueRegularOutput' },
		});
		expect(success[0]!.json.error).toMatchObject({ message: 'No response within the timeout (ECONNABORTED)' });
		expect(success[1]!.json.output).toEqual(expect.any(String));
	});

	test('an empty base URL', async () => {
		const { failure } = await harness.run({ credentials: { apiKey: 'any', baseUrl: ' ' } });
		expect(failure?.message).toMatch(/'Base URL' of the Humanloop API credentials is empty/);
	});
});

test('a sample with an error is an error, in a plain response too', async () => {
	harness.proxy.fault = responseFor(1, 200, '{"data":[{"index":0,"output":"","error":"filtered"}]}');
	const { success } = await harness.run({ items: threeItems, settings: { onError: 'continueRegularOutput' } });
	expect(success.map(({ json }) => (json.error as IDataObject | undefined)?.message)).toEqual([
		undefined,
		'filtered',
		undefined,
	]);
});

describe('keys that a response repeats', () => {
	const key = 'sk-a-rather-long-secret';
	const credentials = () => ({
		apiKey: harness.server.apiKey,
		baseUrl: harness.proxy.baseUrl,
		openaiApiKey: key,
		cohereApiKey: `${key}-and-longer`,
	});

	test.each([
		['one that begins with another one', `no ${key}-and-longer and no ${key}`, 'no [hidden] and no [hidden]'],
		['one that the end of a long message would cut', `${'x'.repeat(1_990)}${key}`, `${'x'.repeat(1_990)}[hidden]`],
		['a message that is longer than an item needs', 'y'.repeat(5_000), `${'y'.repeat(2_000)}…`],
	])('%s', async (_name, detail, message) => {
		harness.proxy.fault = responseFor(0, 422, JSON.stringify({ detail }));
		const { success } = await harness.run({
			credentials: credentials(),
			settings: { onError: 'continueRegularOutput' },
		});
		expect(success[0]!.json.error).toMatchObject({ message });
	});

	test('credentials that hold no text do not hide the error', async () => {
		harness.proxy.fault = responseFor(0, 422, '{"detail":"the reason"}');
		const { success } = await harness.run({
			credentials: { ...credentials(), openaiApiKey: null as never, mockApiKey: 12345678 as never },
			settings: { onError: 'continueRegularOutput' },
		});
		expect(success[0]!.json.error).toMatchObject({ message: 'the reason' });
		expect(success[1]!.json.output).toEqual(expect.any(String));
	});
});

test("the server's own errors arrive in its words", async () => {
	const { success } = await harness.run({
		parameters: {
			modelConfig: { __rl: true, mode: 'id', value: '={{ $itemIndex ? "config_unknown" : $parameter.nothing ?? "" }}' },
		},
		settings: { onError: 'continueRegularOutput' },
	});
	expect(success[1]!.json.error).toMatchObject({
		status: 404,
		message: expect.stringContaining('config_unknown') as string,
		requestId: expect.any(String) as string,
		link: null,
	});
});
