import { LLMock } from '@copilotkit/aimock';
import type { IDataObject, INodeExecutionData, INodeParameters } from 'n8n-workflow';

import { manualInputs, startHarness, type Harness, type Resource, type RunKind } from './harness/harness.ts';
import type { NodeRunOptions } from './harness/runNode.ts';
import { startRecordingProxy, type RecordingProxy } from './hosts/recordingProxy.ts';

/** 'Reuse Answers', counted at the provider, which says something else each time: what is counted there is paid for. */
let provider: LLMock;
let standIn: RecordingProxy;
let harness: Harness;
let answers = 0;
beforeAll(async () => {
	provider = new LLMock({ port: 0, chunkSize: 4 });
	provider.onMessage(/.*/, async () => {
		answers += 1;
		return {
			content: `Answer number ${answers} to you`,
			usage: { prompt_tokens: 5, completion_tokens: 9, total_tokens: 14 },
		};
	});
	await provider.start();
	standIn = await startRecordingProxy(`${provider.url}/v1`);
	harness = await startHarness({ env: { OPENAI_BASE_URL: standIn.baseUrl, OPENAI_API_KEY: 'none-needed' } });
});
afterAll(async () => {
	await harness.close();
	await standIn.stop();
	await provider.stop();
});
beforeEach(() => {
	standIn.requests.splice(0);
	harness.proxy.fault = undefined;
});

const paid = () => standIn.requests.splice(0).length;
const onErrors = ['stopWorkflow', 'continueRegularOutput', 'continueErrorOutput'] as const;

let projects = 0;

/** A project of its own, with a deployed config, and the parameters that run it. */
async function parametersFor(resource: Resource = 'completion', run: RunKind = 'version') {
	const project = `reuse ${(projects += 1)}`;
	const store = async (text: string) => {
		const { data } = await harness.api.post<{ config: { id: string }; project_id: string }>('/model-configs', {
			...{ project, provider: 'openai', model: 'gpt-6-luna' },
			...(resource === 'chat'
				? { endpoint: 'chat', chat_template: [{ role: 'user', content: text }] }
				: { prompt_template: text }),
		});
		return data.config.id;
	};
	const id = await store('Write to {{name}}');
	const config: INodeParameters =
		run === 'version'
			? { modelConfig: { __rl: true, mode: 'id', value: id } }
			: { project: { __rl: true, mode: 'name', value: project } };
	const parameters: INodeParameters = { resource, run, ...config, inputs: manualInputs({ name: '={{ $json.name }}' }) };
	return { project, store, parameters };
}

let executions = 0;
/** One click, or one start by a trigger: two items, in an execution of its own. */
const run = (parameters: INodeParameters, options: IDataObject, more: Partial<NodeRunOptions> = {}) =>
	harness.run({
		executionId: `execution ${(executions += 1)}`,
		...more,
		parameters: { ...parameters, options: options as INodeParameters },
	});
const texts = (items: INodeExecutionData[]) => items.map(({ json }) => json.output);
const flags = (items: INodeExecutionData[]) => items.map(({ json }) => json.reused);
const idOf = ({ json }: INodeExecutionData) => json.id as string;

const forms = [
	['completion', 'version'],
	['completion', 'deployed'],
	['chat', 'version'],
	['chat', 'deployed'],
] as const;

describe.each(onErrors)('with On Error %s', (onError) => {
	test.each(forms)('a second click does not pay (%s, %s)', async (resource, kind) => {
		const { parameters } = await parametersFor(resource, kind);
		const options = { reuseAnswers: 'manual' };
		const first = await run(parameters, options, { settings: { onError } });
		expect([flags(first.success), paid()]).toEqual([[false, false], 2]);
		const second = await run(parameters, options, { settings: { onError } });
		expect([flags(second.success), paid()]).toEqual([[true, true], 0]);
		expect(texts(second.success)).toEqual(texts(first.success));
		expect(second.success.map(({ pairedItem }) => pairedItem)).toEqual([{ item: 0 }, { item: 1 }]);
		for (const [index, { json }] of second.success.entries()) {
			expect(json).toMatchObject({ promptTokens: 0, generationTokens: 0, totalTokens: 0, cost: 0 });
			expect(json.id).not.toBe(idOf(first.success[index]!));
			expect(Object.keys(json)).toEqual(Object.keys(first.success[index]!.json));
			// The ten of every item, and `reused`, which the option adds.
			expect(Object.keys(json)).toHaveLength(11);
		}
	});

	test('of two items, the one that changed pays, and the one that fails goes where errors go', async () => {
		const { parameters } = await parametersFor();
		const options = { reuseAnswers: 'always', maxRetries: 0 };
		const named = (...names: string[]) => ({ items: names.map((name) => ({ name })), settings: { onError } });
		await run(parameters, options, named('Zoë', 'Jürgen'));
		expect(paid()).toBe(2);
		standIn.fault = (_, response) => {
			response.writeHead(400, { 'content-type': 'application/json' });
			response.end(JSON.stringify({ error: { message: 'Too long', type: 'invalid_request_error' } }));
			return true;
		};
		const { success, error, failure } = await run(parameters, options, named('Zoë', 'José'));
		standIn.fault = undefined;
		expect(paid()).toBe(1);
		if (onError === 'stopWorkflow') return expect(failure?.message).toBe('Too long');
		const failed = onError === 'continueErrorOutput' ? error[0]! : success[1]!;
		expect([failed.json.error, failed.json.reused]).toEqual([
			expect.objectContaining({ message: 'Too long' }),
			undefined,
		]);
		expect(flags(success.slice(0, 1))).toEqual([true]);
	});
});

test.each(['trigger', 'webhook', 'integrated', 'evaluation', 'retry'] as const)(
	"'In Manual Runs' pays in the mode %s, 'Always' does not",
	async (mode) => {
		const { parameters } = await parametersFor();
		const manual = { reuseAnswers: 'manual' };
		await run(parameters, manual);
		expect(paid()).toBe(2);
		const { success } = await run(parameters, manual, { mode });
		expect([flags(success), paid()]).toEqual([[false, false], 2]);
		const always = await run(parameters, { reuseAnswers: 'always' }, { mode });
		expect([flags(always.success), paid()]).toEqual([[true, true], 0]);
	},
);

test('without the option, each execution pays, and items do not say whether they were reused', async () => {
	const { parameters } = await parametersFor();
	for (const options of [{}, { reuseAnswers: 'never' }, {}]) {
		const { success } = await run(parameters, options);
		expect(paid()).toBe(2);
		for (const { json } of success) expect(json).not.toHaveProperty('reused');
	}
});

test('after a deployment, what is deployed pays once more', async () => {
	const { project, store, parameters } = await parametersFor('completion', 'deployed');
	const options = { reuseAnswers: 'manual' };
	await run(parameters, options);
	await run(parameters, options);
	expect(paid()).toBe(2);
	const id = await store('Dear {{name}}');
	const { data } = await harness.api.get<{ records: { id: string }[] }>('/projects', { params: { filter: project } });
	const { status } = await harness.api.patch(`/projects/${data.records[0]!.id}/deploy-config`, { config_id: id });
	expect(status).toBe(200);
	expect([flags((await run(parameters, options)).success), paid()]).toEqual([[false, false], 2]);
	expect([flags((await run(parameters, options)).success), paid()]).toEqual([[true, true], 0]);
});

test('another API key pays', async () => {
	const { parameters } = await parametersFor();
	const { data } = await harness.api.post<{ key: string }>('/keys', { name: 'a colleague', role: 'run' });
	const credentials = { apiKey: data.key, baseUrl: harness.proxy.baseUrl };
	await run(parameters, { reuseAnswers: 'always' });
	expect(paid()).toBe(2);
	const { success } = await run(parameters, { reuseAnswers: 'always' }, { credentials });
	expect([flags(success), paid()]).toEqual([[false, false], 2]);
});

test('session, parent, metadata and feedback of a reused answer are its own', async () => {
	const { parameters } = await parametersFor();
	const of = (name: string) => ({
		...{ reuseAnswers: 'always', metadataJson: `{"of":"${name}"}` },
		session: { __rl: true, mode: 'referenceId', value: `session ${name}` },
	});
	const first = await run(parameters, of('one'));
	const second = await run(parameters, of('two'));
	expect(paid()).toBe(2);
	const rated = { type: 'rating', value: 'bad', data_id: idOf(second.success[0]!) };
	expect((await harness.api.post('/feedback', rated)).status).toBe(200);
	for (const [index, item] of second.success.entries()) {
		const { data, headers } = await harness.api.get<IDataObject>(`/logs/${idOf(item)}`);
		expect(data).toMatchObject({ metadata: { of: 'two' }, session_reference_id: 'session two', prompt_tokens: 0 });
		expect(headers['x-reused-log-id']).toBe(idOf(first.success[index]!));
		const original = await harness.api.get<IDataObject>(`/logs/${idOf(first.success[index]!)}`);
		expect(original.data).toMatchObject({ metadata: { of: 'one' }, feedback: [] });
		expect(data.feedback).toHaveLength(index === 0 ? 1 : 0);
	}
});

test('samples, streams and raw items are reused, in any order', async () => {
	const { parameters } = await parametersFor();
	const three = { ...parameters, numSamples: 3 };
	const options = { reuseAnswers: 'always' };
	const first = await run(three, { ...options, stream: true });
	expect(paid()).toBe(6);
	const second = await run(three, options);
	const streamed = await run({ ...three, simplify: false }, { ...options, stream: true });
	expect(paid()).toBe(0);
	for (const { success } of [second, streamed]) {
		expect([texts(success), flags(success)]).toEqual([texts(first.success), Array<boolean>(6).fill(true)]);
	}
	expect((await run(parameters, options)).success.map(({ json }) => json.reused)).toEqual([false, false]);
	expect(paid()).toBe(2);
});

test('when the first log is deleted, the next click pays', async () => {
	const { parameters } = await parametersFor();
	const options = { reuseAnswers: 'manual' };
	const { success } = await run(parameters, options);
	expect((await harness.api.delete('/logs', { params: { id: idOf(success[0]!) } })).status).toBeLessThan(300);
	expect(flags((await run(parameters, options)).success)).toEqual([false, true]);
	expect(paid()).toBe(3);
});

test('a lost response that was reused is replayed, and still says so', async () => {
	const { parameters } = await parametersFor();
	const options = { reuseAnswers: 'always' };
	await run(parameters, options);
	const seen = new Set<string>();
	harness.proxy.dropsResponse = ({ headers }) => {
		const key = headers['idempotency-key'] as string | undefined;
		return key !== undefined && !seen.has(key) && Boolean(seen.add(key));
	};
	const { success } = await run(parameters, options);
	harness.proxy.dropsResponse = () => false;
	expect([seen.size, flags(success), paid()]).toEqual([2, [true, true], 2]);
});

test('the longest time is taken by the server', async () => {
	const { parameters } = await parametersFor();
	await run(parameters, { reuseAnswers: 'always' });
	harness.calls();
	const { success } = await run(parameters, { reuseAnswers: 'always', reuseHours: 876_000 });
	expect(flags(success)).toEqual([true, true]);
	expect(harness.calls().map(({ headers }) => headers['x-reuse-max-age'])).toEqual(Array(2).fill('3153600000'));
});

test.each([
	[{ reuseAnswers: 'sometimes' }, '\'Reuse Answers\' is none of its options: "sometimes" [item 0]'],
	[{ reuseAnswers: 'always', reuseHours: 0 }, "'Reuse Answers For (Hours)' is below 1: 0 [item 0]"],
	[{ reuseAnswers: 'always', reuseHours: 1.5 }, "'Reuse Answers For (Hours)' is not a whole number: 1.5 [item 0]"],
])('a bad value is named before anything is sent: %j', async (options, message) => {
	const { parameters } = await parametersFor();
	const { failure } = await run(parameters, options);
	expect([failure?.message, paid()]).toEqual([message, 0]);
});

test('another host ignores the header: everything is paid for, and the items say so', async () => {
	const { parameters } = await parametersFor();
	harness.proxy.fault = (_request, response) => {
		response.writeHead(200, { 'content-type': 'application/json' });
		response.end(JSON.stringify({ data: [{ id: 'data_x', index: 0, output: 'Hi', finish_reason: 'stop' }] }));
		return true;
	};
	const { success } = await run(parameters, { reuseAnswers: 'always' });
	expect(flags(success)).toEqual([false, false]);
});
