import { LLMock } from '@copilotkit/aimock';

import { manualInputs, startHarness, type Harness } from './harness/harness.ts';
import { startRecordingProxy, type RecordedRequest, type RecordingProxy } from './hosts/recordingProxy.ts';

/** Node → server → model provider, counted at the provider: what is counted there is paid for. */
let provider: LLMock;
let standIn: RecordingProxy;
let harness: Harness;
let configId: string;
beforeAll(async () => {
	provider = new LLMock({ port: 0 });
	provider.onMessage(/.*/, { content: 'An answer that somebody has paid for' });
	await provider.start();
	standIn = await startRecordingProxy(`${provider.url}/v1`);
	harness = await startHarness({ env: { OPENAI_BASE_URL: standIn.baseUrl, OPENAI_API_KEY: 'none-needed' } });
	const { data } = await harness.api.post<{ config: { id: string } }>('/model-configs', {
		project: 'tests',
		provider: 'openai',
		model: 'gpt-6-luna',
		prompt_template: '{{name}}',
	});
	configId = data.config.id;
});
afterAll(async () => {
	await harness.close();
	await standIn.stop();
	await provider.stop();
});
beforeEach(() => standIn.requests.splice(0));

const ten = (run: string) => Array.from({ length: 10 }, (_, item) => ({ name: `${run}, item ${item}` }));
const promptOf = ({ body }: RecordedRequest) => (body!.messages as Array<{ content: string }>)[0]!.content;

/** The provider answers the fifth item's first calls with 429. */
function refuse(run: string, times: number): void {
	let left = times;
	standIn.fault = (request, response) => {
		if (promptOf(request) !== `${run}, item 4` || left-- <= 0) return false;
		response.writeHead(429, { 'content-type': 'application/json', 'retry-after-ms': '1' });
		response.end(JSON.stringify({ error: { message: 'Rate limit reached', type: 'requests' } }));
		return true;
	};
}

/** How often each item was paid for, refused calls included. */
const callsOf = (run: string) =>
	ten(run).map(({ name }) => standIn.requests.filter((request) => promptOf(request) === name).length);

const run = (name: string, executionId: string, options: object, settings: object) =>
	harness.run({
		items: ten(name),
		executionId,
		parameters: {
			modelConfig: { __rl: true, mode: 'id', value: configId },
			inputs: manualInputs({ name: '={{ $json.name }}' }),
			options: { ...options },
		},
		settings,
	});

test.each([false, true])(
	'ten items, one of which the provider refuses twice, are twelve calls (Retry On Fail: %s)',
	async (retryOnFail) => {
		const name = `probe ${retryOnFail}`;
		refuse(name, 2);
		const { success } = await run(name, name, {}, { retryOnFail, maxTries: 3, waitBetweenTries: 0 });
		expect(success).toHaveLength(10);
		expect(callsOf(name)).toEqual([1, 1, 1, 1, 3, 1, 1, 1, 1, 1]);
	},
);

test("n8n's Retry On Fail repeats all items; those that had a response are not paid for again", async () => {
	const name = 'repeat';
	refuse(name, 2);
	const { success } = await run(name, name, { maxRetries: 0 }, { retryOnFail: true, maxTries: 3, waitBetweenTries: 0 });
	expect(success).toHaveLength(10);
	// Each try may send one request: two are refused, the third is answered.
	expect(callsOf(name)).toEqual([1, 1, 1, 1, 3, 1, 1, 1, 1, 1]);
});

test.each([0, 2])(
	'an item that the provider always refuses is %i retries and one call in each try of Retry On Fail',
	async (maxRetries) => {
		const name = `refused ${maxRetries}`;
		refuse(name, Infinity);
		const settings = { retryOnFail: true, maxTries: 3, waitBetweenTries: 0 };
		const { failure } = await run(name, name, { maxRetries }, settings);
		expect(failure).toMatchObject({ httpCode: '429', context: { itemIndex: 4 } });
		expect(callsOf(name)[4]).toBe(3 * (1 + maxRetries));
		expect(Math.max(...callsOf(name).filter((_, item) => item !== 4))).toBe(1);
	},
);

test('after an outage, another execution with the same key works', async () => {
	const options = { idempotencyKey: '={{ $json.name }}', maxRetries: 1 };
	const settings = { onError: 'continueRegularOutput' };
	refuse('outage', 2);
	const during = await run('outage', 'outage 1', options, settings);
	expect(during.success[4]!.json.error).toMatchObject({ status: 429 });
	const after = await run('outage', 'outage 2', options, settings);
	expect(after.success.map(({ json }) => typeof json.output)).toEqual(Array(10).fill('string'));
	expect(callsOf('outage')).toEqual([1, 1, 1, 1, 3, 1, 1, 1, 1, 1]);
});

test('a request that is sent again is another execution: with a key of its own it gets the same responses', async () => {
	standIn.fault = undefined;
	const options = { idempotencyKey: '={{ $json.name }}' };
	const first = await run('again', 'again 1', options, {});
	const second = await run('again', 'again 2', options, {});
	expect(second.success).toEqual(first.success);
	expect(callsOf('again')).toEqual(Array(10).fill(1));
});

test('a job that is run again gets the same responses', async () => {
	standIn.fault = undefined;
	const first = await run('job', 'job', {}, {});
	const second = await run('job', 'job', {}, {});
	expect(second.success).toEqual(first.success);
	expect(callsOf('job')).toEqual(Array(10).fill(1));
});

test('the samples that are missing are asked for within Max Retries, beyond the two retries of the server', async () => {
	const name = 'samples';
	let sent = 0;
	standIn.fault = (request, response) => {
		// The first sample comes. The next four requests are refused, then the other samples come.
		if (promptOf(request) !== `${name}, item 4` || (sent++, sent === 1 || sent > 5)) return false;
		response.writeHead(429, { 'content-type': 'application/json', 'retry-after-ms': '1' });
		response.end(JSON.stringify({ error: { message: 'Rate limit reached', type: 'requests' } }));
		return true;
	};
	const { success } = await harness.run({
		items: ten(name),
		executionId: name,
		parameters: {
			modelConfig: { __rl: true, mode: 'id', value: configId },
			inputs: manualInputs({ name: '={{ $json.name }}' }),
			numSamples: 2,
		},
	});
	expect(success).toHaveLength(20);
	expect(callsOf(name)).toEqual([2, 2, 2, 2, 6, 2, 2, 2, 2, 2]);
});
