import type { IDataObject, INodeExecutionData } from 'n8n-workflow';

import { nameOf, threeItems as items, useHarness } from './harness/useHarness.ts';
import { soon, status } from './hosts/faultResponses.ts';

/** A host that could not get all samples sends a response with those that exist, and with `num_samples` as asked. */
const harness = useHarness();

const sample = (index: number, more: IDataObject = {}) => ({
	id: `data_${index}`,
	index,
	output: `sample ${index}`,
	raw_output: `sample ${index}`,
	finish_reason: 'stop',
	model_config_id: 'config_1',
	...more,
});
const callKeys = { num_samples: 3, usage: { prompt_tokens: 1, generation_tokens: 2, total_tokens: 3 } };

/** What a host sends for a call of three samples of which it has these two. */
const forms = {
	plain: JSON.stringify({ data: [sample(2), sample(0)], provider_responses: [], ...callKeys }),
	stream: [
		{ data: [sample(0, { finish_reason: null })] },
		{ data: [sample(1, { output: 'half a sam', raw_output: 'half a sam', finish_reason: null })] },
		{ data: [sample(2, { finish_reason: null })] },
		{ data: [sample(0, { output: '', raw_output: '' })] },
		{ data: [sample(2, { output: '', raw_output: '' })], ...callKeys },
	]
		.map((event) => `data: ${JSON.stringify({ provider_responses: [], ...event })}\n\n`)
		.join(''),
};

const error = {
	message: '1 of 3 samples is missing',
	description: expect.stringMatching(/^To get only the missing samples.*24 hours.*'Idempotency Key'/) as string,
	status: 200,
	attempts: 1,
	requestId: 'req-5',
	link: null,
};
const samples = (item: number) => [0, 2].map((index) => [`sample ${index}`, { item }]);
const outputs = (result: INodeExecutionData[]) =>
	result.map(({ json, pairedItem }) => [json.output ?? json.error, pairedItem]);

describe.each(['plain', 'stream'] as const)('%s: the middle item lacks one of three samples', (form) => {
	const parameters = { numSamples: 3, options: { stream: form === 'stream' } };
	let refusals = 0;
	/** The host says with the last of these that another try is of no use. */
	let partials = 1;
	beforeEach(() => {
		refusals = 0;
		partials = 1;
		harness.proxy.fault = (request, response) => {
			if (nameOf(request) !== 'middle') return false;
			if (refusals-- > 0) {
				status(503, soon)(response);
				return true;
			}
			const type = form === 'stream' ? 'text/event-stream' : 'application/json';
			const shouldRetry = partials-- > 1 ? {} : { 'x-should-retry': 'false' };
			response.writeHead(200, { 'content-type': type, 'x-request-id': 'req-5', ...soon, ...shouldRetry });
			response.end(forms[form]);
			return true;
		};
	});
	const callsOfMiddle = () => harness.calls().filter((call) => nameOf(call) === 'middle').length;

	test('continue: those that exist, and an error item after them', async () => {
		const { success } = await harness.run({ items, parameters, settings: { onError: 'continueRegularOutput' } });
		const middle = success.filter(({ pairedItem }) => (pairedItem as { item: number }).item === 1);
		expect(outputs(middle)).toEqual([...samples(1), [error, { item: 1 }]]);
		expect(Object.keys(middle[2]!.json)).toEqual(['error']);
		expect(success.indexOf(middle[0]!)).toBe(3);
		expect(success).toHaveLength(9);
		expect(callsOfMiddle()).toBe(1);
	});

	test('error output: those that exist on the success branch, the error on its own', async () => {
		const result = await harness.run({ items, parameters, settings: { onError: 'continueErrorOutput' } });
		expect(result.success).toHaveLength(8);
		expect(outputs(result.success.slice(3, 5))).toEqual(samples(1));
		expect(result.error).toEqual([{ json: { ...items[1], error }, pairedItem: { item: 1 } }]);
	});

	test('stop: the workflow ends with the error', async () => {
		const { failure, success } = await harness.run({ items, parameters });
		expect(success).toEqual([]);
		expect(failure).toMatchObject({ message: error.message, httpCode: '200', context: { itemIndex: 1 } });
		expect(failure?.description).toMatch(/only the missing samples/);
		expect(callsOfMiddle()).toBe(1);
	});

	test('the input fields are beside the samples, and not beside the error', async () => {
		const { success } = await harness.run({
			items,
			parameters: { ...parameters, options: { ...parameters.options, includeInputFields: true } },
			settings: { onError: 'continueRegularOutput' },
		});
		expect(success.slice(3, 6).map(({ json }) => json.name)).toEqual(['middle', 'middle', undefined]);
	});

	test('the error counts the attempts before it', async () => {
		refusals = 1;
		const { success } = await harness.run({ items, parameters, settings: { onError: 'continueRegularOutput' } });
		expect(success[5]!.json.error).toMatchObject({ message: error.message, attempts: 2 });
	});

	test.each([undefined, 'continueRegularOutput', 'continueErrorOutput'] as const)(
		'it is sent again with its key until the host says that this is of no use (On Error: %s)',
		async (onError) => {
			partials = 4;
			const result = await harness.run({ items, parameters, ...(onError && { settings: { onError } }) });
			const calls = harness.calls().filter((call) => nameOf(call) === 'middle');
			expect(calls).toHaveLength(4);
			expect(new Set(calls.map(({ headers }) => headers['idempotency-key'])).size).toBe(1);
			if (onError) expect(result.success.slice(3, 5).map(({ json }) => json.output)).toEqual(['sample 0', 'sample 2']);
			else expect(result.failure?.message).toBe(error.message);
		},
	);

	test('a repeat that gets the rest makes the item whole', async () => {
		const { fault } = harness.proxy;
		let left = 2;
		harness.proxy.fault = (request, response, next) =>
			nameOf(request) === 'middle' && left-- > 0 ? fault!(request, response, next) : false;
		partials = 3;
		const { success } = await harness.run({ items, parameters });
		expect(success).toHaveLength(9);
		expect(callsOfMiddle()).toBe(3);
	});

	test('with Save off, it is sent once: the host may not keep the samples', async () => {
		partials = 4;
		const options = { ...parameters.options, save: false };
		await harness.run({ items, parameters: { ...parameters, options } });
		expect(callsOfMiddle()).toBe(1);
	});
});

test('a host that returns other samples in the repeat does not keep them, and is not asked a third time', async () => {
	let id = 0;
	harness.proxy.fault = (_request, response) => {
		response.writeHead(200, { 'content-type': 'application/json' });
		response.end(JSON.stringify({ data: [sample(0, { id: `data_${id++}` })], provider_responses: [], ...callKeys }));
		return true;
	};
	await harness.run({ parameters: { numSamples: 3 }, settings: { onError: 'continueRegularOutput' } });
	expect(harness.calls()).toHaveLength(4);
});

test('two of three are missing', async () => {
	harness.proxy.fault = (_request, response) => {
		response.writeHead(200, { 'content-type': 'application/json', ...soon });
		response.end(JSON.stringify({ data: [sample(1)], provider_responses: [], ...callKeys }));
		return true;
	};
	const { success } = await harness.run({
		parameters: { numSamples: 3 },
		settings: { onError: 'continueRegularOutput' },
	});
	expect(success.map(({ json }) => json.output ?? (json.error as IDataObject).message)).toEqual([
		'sample 1',
		'2 of 3 samples are missing',
		'sample 1',
		'2 of 3 samples are missing',
	]);
});

test.each([
	['before its last event', forms.stream.split('\n\n').slice(0, 4)],
	[
		'halfway, with num_samples in every event',
		[0, 1].map((index) => `data: ${JSON.stringify({ data: [sample(index)], provider_responses: [], num_samples: 3 })}`),
	],
])('a stream that ends %s is broken, even if some samples are whole', async (_where, events) => {
	harness.proxy.fault = (_request, response) => {
		response.writeHead(200, { 'content-type': 'text/event-stream' }).end(`${events.join('\n\n')}\n\n`);
		return true;
	};
	const { success } = await harness.run({
		parameters: { numSamples: 3, options: { stream: true, maxRetries: 0 } },
		settings: { onError: 'continueRegularOutput' },
	});
	expect(success.map(({ json }) => (json.error as IDataObject).message)).toEqual(
		Array(2).fill('The connection ended before the response was complete'),
	);
});
