import type { IDataObject, INodeParameters } from 'n8n-workflow';

import { callPaths } from './harness/harness.ts';
import { nameOf, threeItems as items, useHarness } from './harness/useHarness.ts';
import { soon, status } from './hosts/faultResponses.ts';

/** What holds for every call that runs a model. The files named completion.* test the same in detail for one of them. */
const harness = useHarness();

describe.each(callPaths)('$path', ({ resource, run, path }) => {
	const parameters = async (options: INodeParameters = {}): Promise<INodeParameters> => ({
		...(await harness.minimalFor(resource, run)),
		options,
	});

	test('each call has its key, its origin and its limits', async () => {
		await harness.run({ items, executionId: '71', parameters: await parameters({ maxRetries: 2 }) });
		const calls = harness.calls();
		expect(calls.map((call) => call.path)).toEqual(Array(3).fill(`/v4${path}`));
		expect(new Set(calls.map(({ headers }) => headers['idempotency-key'])).size).toBe(3);
		for (const { headers } of calls) {
			expect(headers).toMatchObject({ 'x-max-retries': '2', 'x-request-timeout-ms': '300000' });
			expect(JSON.parse(headers['x-call-origin'] as string)).toEqual({
				execution_url: 'http://127.0.0.1/workflow/workflow-1/executions/71',
				workflow_id: 'workflow-1',
				node_name: 'Humanloop',
			});
		}
	});

	test.each([429, 503])('an item that is refused with %i is sent again, alone', async (code) => {
		let left = 2;
		harness.proxy.fault = (request, response) => {
			if (nameOf(request) !== 'middle' || left-- <= 0) return false;
			status(code, soon)(response);
			return true;
		};
		const { success } = await harness.run({ items, parameters: await parameters() });
		expect(success.map(({ json, pairedItem }) => [typeof json.output, pairedItem])).toEqual(
			[0, 1, 2].map((item) => ['string', { item }]),
		);
		expect(harness.calls().map(nameOf).sort()).toEqual(['first', 'last', 'middle', 'middle', 'middle']);
	});

	test('no more calls at once than Max Concurrency', async () => {
		let open = 0;
		let most = 0;
		let release: () => void;
		const allOpen = new Promise<void>((resolve) => (release = resolve));
		harness.proxy.fault = async (_request, response) => {
			most = Math.max(most, ++open);
			response.once('close', () => open--);
			if (most >= 3) release();
			await allOpen;
			// One call too many has the time to arrive.
			await new Promise((resolve) => setTimeout(resolve, 20));
			return false;
		};
		const many = Array.from({ length: 12 }, (_, item) => ({ name: `item ${item}`, topic: 'x' }));
		const { success } = await harness.run({ items: many, parameters: await parameters({ maxConcurrency: 3 }) });
		expect([success.length, most]).toEqual([12, 3]);
	});

	test.each(['stopWorkflow', 'continueRegularOutput', 'continueErrorOutput'] as const)(
		"On Error %s: an item that fails has the API's own words",
		async (onError) => {
			harness.proxy.fault = (request, response) => {
				if (nameOf(request) !== 'middle') return false;
				response.writeHead(422, { 'content-type': 'application/json' }).end('{"detail":"The prompt is too long"}');
				return true;
			};
			const { success, error, failure } = await harness.run({
				items,
				parameters: await parameters(),
				settings: { onError },
			});
			const outcome = (json: IDataObject) => (json.error ? (json.error as IDataObject).message : typeof json.output);
			const message = 'The prompt is too long';
			expect([
				failure?.message,
				success.map(({ json }) => outcome(json)),
				error.map(({ json }) => outcome(json)),
			]).toEqual(
				{
					stopWorkflow: [message, [], []],
					continueRegularOutput: [undefined, ['string', message, 'string'], []],
					continueErrorOutput: [undefined, ['string', 'string'], [message]],
				}[onError],
			);
		},
	);

	test('a call that does not answer within the timeout is an error that says so', async () => {
		harness.proxy.fault = () => true;
		const { failure } = await harness.run({
			items: items.slice(0, 1),
			parameters: { ...(await parameters({ maxRetries: 0 })), requestOptions: { timeout: 100 } },
		});
		expect(failure?.message).toMatch(/No response within the timeout/);
	});
});
