import type { IDataObject } from 'n8n-workflow';

import { nameOf, threeItems as items, useHarness } from './harness/useHarness.ts';
import { soon, status } from './hosts/faultResponses.ts';

/** Node and host share one limit: the host counts its requests to the provider, and says when another attempt will not help. */
const harness = useHarness();

const stopRetrying = status(503, { ...soon, 'x-should-retry': 'false' });
const callsOf = (name: string) => harness.calls().filter((call) => nameOf(call) === name).length;

/** The host refuses the middle item: first in the ordinary way, then with the word that no try will help. */
function refuseMiddle(ordinaryRefusals: number): void {
	let left = ordinaryRefusals;
	harness.proxy.fault = (request, response) => {
		if (nameOf(request) !== 'middle') return false;
		(left-- > 0 ? status(503, soon) : stopRetrying)(response);
		return true;
	};
}

test('the host learns how often the item may be retried', async () => {
	await harness.run({ items });
	expect(harness.calls().map(({ headers }) => headers['x-max-retries'])).toEqual(['6', '6', '6']);
	await harness.run({ items, parameters: { options: { maxRetries: '={{ $itemIndex }}' } } });
	const limits = Object.fromEntries(harness.calls().map((call) => [nameOf(call), call.headers['x-max-retries']]));
	expect(limits).toEqual({ first: '0', middle: '1', last: '2' });
});

describe.each([0, 2])('a host that says so after %i ordinary refusals is not asked again', (ordinaryRefusals) => {
	const error = {
		message: 'fault 503',
		description: expect.stringMatching(/run the failed items again\.$/) as string,
		status: 503,
		attempts: ordinaryRefusals + 1,
		requestId: null,
		link: null,
	};
	beforeEach(() => refuseMiddle(ordinaryRefusals));
	afterEach(() => expect(callsOf('middle')).toBe(ordinaryRefusals + 1));

	test('stop: the workflow ends with its error', async () => {
		const { failure } = await harness.run({ items });
		expect(failure).toMatchObject({ message: 'fault 503', httpCode: '503', context: { itemIndex: 1 } });
	});

	test('continue: the error item stands in its place', async () => {
		const { success } = await harness.run({ items, settings: { onError: 'continueRegularOutput' } });
		expect(success[1]).toEqual({ json: { error }, pairedItem: { item: 1 } });
		expect(success.map(({ json }) => typeof json.output)).toEqual(['string', 'undefined', 'string']);
	});

	test('error output: the item takes the branch', async () => {
		const result = await harness.run({ items, settings: { onError: 'continueErrorOutput' } });
		expect(result.success).toHaveLength(2);
		expect(result.error).toEqual([{ json: { ...items[1], error }, pairedItem: { item: 1 } }]);
	});
});

test('the word counts for every request, and any other word changes nothing', async () => {
	const parameters = { resource: 'feedback', operation: 'create', logId: 'data_1', type: 'rating', value: 'good' };
	const feedback = async (word: string) => {
		harness.proxy.requests.splice(0);
		harness.proxy.fault = (_request, response) => {
			status(503, { ...soon, 'x-should-retry': word })(response);
			return true;
		};
		const { success } = await harness.run({ parameters, settings: { onError: 'continueRegularOutput' } });
		return success.map(({ json }) => (json.error as IDataObject).attempts);
	};
	expect(await feedback('false')).toEqual([1, 1]);
	expect(await feedback('true')).toEqual([7, 7]);
});
