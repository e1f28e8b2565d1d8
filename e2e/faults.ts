import assert from 'node:assert/strict';
import axios, { type AxiosInstance } from 'axios';
import type { IDataObject, INodeExecutionData, NodeApiError } from 'n8n-workflow';

import type { ExportedWorkflow } from '../n8n/instance.ts';
import type { Fault } from '../test/hosts/recordingProxy.ts';
import { check } from './check.ts';
import type { Execution } from './n8nApi.ts';
import { refusedCredentialId, type Environment } from './environment.ts';
import { automatic, webhookWorkflow } from './workflows.ts';

/*
 * The core of the fault matrix: what the engine's tests say of each setting of On Error and each fault must be so in the
 * real n8n. Three items over a webhook; the host fails for the second one.
 */
const settings = { stop: 'stopWorkflow', continue: 'continueRegularOutput', output: 'continueErrorOutput' } as const;
type Setting = keyof typeof settings;
const all = Object.keys(settings) as Setting[];

const items = [
	{ name: 'Zoë', topic: 'late parcel 📦' },
	{ name: 'Jürgen "JJ" Groß', topic: 'refund\nof 12 €' },
	{ name: 'Ὀδυσσεύς', topic: 'the way home' },
];

export async function faultWorkflows(api: AxiosInstance): Promise<ExportedWorkflow[]> {
	const { data } = await api.post<{ config: { id: string } }>('/model-configs', {
		project: 'e2e/faults',
		provider: 'mock',
		model: 'mock-1',
		prompt_template: 'Write to {{name}} about {{ topic }}.',
	});
	const parameters = { modelConfig: { __rl: true, mode: 'id', value: data.config.id } as never, inputs: automatic };
	return all.flatMap((setting) => [
		webhookWorkflow({ id: `faults-${setting}`, parameters, settings: { onError: settings[setting] } }),
		webhookWorkflow({
			id: `refused-${setting}`,
			parameters: { ...parameters, options: { maxRetries: 0 } },
			settings: { onError: settings[setting] },
			credential: refusedCredentialId,
		}),
	]);
}

const result =
	(status: number, body: object, headers: Record<string, string> = {}) =>
	(...[request, response]: Parameters<Fault>): boolean => {
		if ((request.body?.inputs as IDataObject | undefined)?.name !== items[1]!.name) return false;
		response.writeHead(status, { 'content-type': 'application/json', 'x-request-id': 'req-e2e', ...headers });
		response.end(JSON.stringify(body));
		return true;
	};

const finals = {
	422: { detail: [{ loc: ['body', 'inputs', 'topic'], msg: 'topic is not allowed', type: 'value_error' }] },
	401: { detail: 'This key is not valid here' },
};
const words = { 422: 'inputs.topic: topic is not allowed', 401: 'This key is not valid here' };

interface Outcome {
	/** The status of the webhook's answer. */
	status: number;
	/** The items of the webhook's answer. */
	answered: IDataObject[];
	/** The node's outputs, as n8n has stored them. */
	outputs: INodeExecutionData[][];
	execution: Execution;
	/** The names of the items that were called for, in order of arrival. */
	called: string[];
	keys: string[];
}

async function send(environment: Environment, id: string): Promise<Outcome> {
	environment.proxy.requests.splice(0);
	const { status, data } = await axios.post<IDataObject[]>(
		`${environment.main.url}/webhook/${id}`,
		{ items },
		{ validateStatus: () => true },
	);
	const execution = await environment.n8nApi.lastExecution(id);
	const calls = environment.proxy.requests.filter(({ path }) => path.endsWith('/completion-model-config'));
	const task = execution.data.resultData.runData.Humanloop?.[0];
	return {
		status,
		answered: data,
		outputs: (task?.data?.main ?? []).map((output) => output ?? []),
		execution,
		called: calls.map(({ body }) => (body!.inputs as { name: string }).name),
		keys: calls.map(({ headers }) => String(headers['idempotency-key'])),
	};
}

const links = (output: INodeExecutionData[] | undefined) => output?.map(({ pairedItem }) => pairedItem);
const links012 = [{ item: 0 }, { item: 1 }, { item: 2 }];

function assertStopped({ status, execution, outputs }: Outcome, message: string, item: number): void {
	assert.equal(status, 500, 'the webhook says that the workflow failed');
	assert.equal(execution.status, 'error');
	const error = execution.data.resultData.error as NodeApiError;
	assert.equal(error.message, message);
	assert.equal(error.context?.itemIndex, item);
	assert.deepEqual(outputs.flat(), []);
}

export async function checkFaults(environment: Environment): Promise<void> {
	for (const id of all.flatMap((setting) => [`faults-${setting}`, `refused-${setting}`]))
		await environment.n8nApi.activate(id, id);

	for (const status of [422, 401] as const) {
		const error = { message: words[status], status, attempts: 1, requestId: 'req-e2e' };
		const fault = result(status, finals[status]);

		await check(`faults: ${status}, Stop Workflow: the execution fails with the API's words and the item`, async () => {
			environment.proxy.fault = fault;
			assertStopped(await send(environment, 'faults-stop'), words[status], 1);
		});

		await check(
			`faults: ${status}, Continue: the error item stands in its place, linked, and the others are answered`,
			async () => {
				environment.proxy.fault = fault;
				const { status: answered, answered: body, outputs, called } = await send(environment, 'faults-continue');
				assert.equal(answered, 200);
				assert.equal(called.length, 3);
				assert.partialDeepStrictEqual(body[1], { error });
				assert.deepEqual(Object.keys(body[1]!), ['error']);
				assert.ok([0, 2].every((item) => typeof body[item]!.output === 'string'));
				assert.deepEqual(links(outputs[0]), links012);
			},
		);

		await check(
			`faults: ${status}, Continue (using error output): the error item takes its branch with the input's fields`,
			async () => {
				environment.proxy.fault = fault;
				const { outputs, called } = await send(environment, 'faults-output');
				assert.equal(called.length, 3);
				assert.deepEqual(links(outputs[0]), [{ item: 0 }, { item: 2 }]);
				assert.deepEqual(links(outputs[1]), [{ item: 1 }]);
				assert.partialDeepStrictEqual(outputs[1]![0]!.json, { ...items[1], error });
			},
		);
	}

	for (const setting of all) {
		await check(
			`faults: 429 and then an answer, ${settings[setting]}: every item is answered, one call is repeated with its key`,
			async () => {
				let left = 1;
				const refuse = result(429, { detail: 'Slow down' }, { 'retry-after': '0' });
				environment.proxy.fault = (...asked) => left > 0 && refuse(...asked) && left-- > 0;
				const { status, answered, outputs, called, keys } = await send(environment, `faults-${setting}`);
				assert.equal(status, 200);
				assert.deepEqual(
					answered.map(({ output }) => typeof output),
					['string', 'string', 'string'],
				);
				assert.deepEqual(links(outputs[0]), links012);
				assert.deepEqual(called.toSorted(), [...items, items[1]!].map(({ name }) => name).toSorted());
				assert.equal(new Set(keys).size, 3);
			},
		);
	}

	const nobody = "Nothing listens at the 'Base URL' (ECONNREFUSED)";
	await check('faults: connection refused, Stop Workflow', async () => {
		assertStopped(await send(environment, 'refused-stop'), nobody, 0);
	});
	await check('faults: connection refused, Continue: each item is an error item in its place', async () => {
		const { answered, outputs } = await send(environment, 'refused-continue');
		for (const { error } of answered)
			assert.partialDeepStrictEqual(error, { message: nobody, status: null, requestId: null });
		assert.deepEqual(links(outputs[0]), links012);
	});
	await check('faults: connection refused, Continue (using error output): all items take the branch', async () => {
		const { outputs } = await send(environment, 'refused-output');
		assert.deepEqual(outputs[0], []);
		assert.deepEqual(links(outputs[1]), links012);
		assert.deepEqual(
			outputs[1]!.map(({ json }) => json.name),
			items.map(({ name }) => name),
		);
	});
	environment.proxy.fault = undefined;
}
