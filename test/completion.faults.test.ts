import type { IDataObject } from 'n8n-workflow';

import { nameOf, threeItems as items, useHarness } from './harness/useHarness.ts';
import { cutBody, cutStream, reset, silence, soon, status, type FaultResponse } from './hosts/faultResponses.ts';

/**
 * The fault matrix: {stop, continue, error output} × {first, middle, last item} × faults, answered by
 * the host that the node calls; what is not faulty is answered by the server.
 */
const harness = useHarness();

interface Fault {
	result: FaultResponse;
	isRetryable: boolean;
	message: RegExp;
	/** @param name of the faulty item, @param timeout of its calls in milliseconds */
	parameters?: (name: string, timeout: number) => IDataObject;
	options?: IDataObject;
}

const faults: Record<string, Fault> = {
	400: { result: status(400), isRetryable: false, message: /^fault 400$/ },
	401: { result: status(401), isRetryable: false, message: /^fault 401$/ },
	404: { result: status(404), isRetryable: false, message: /^fault 404$/ },
	422: { result: status(422), isRetryable: false, message: /^fault 422$/ },
	'429 with Retry-After': { result: status(429, { 'retry-after': '0' }), isRetryable: true, message: /^fault 429$/ },
	'429 without Retry-After': { result: status(429), isRetryable: true, message: /^fault 429$/ },
	500: { result: status(500, soon), isRetryable: true, message: /^fault 500$/ },
	503: { result: status(503, soon), isRetryable: true, message: /^fault 503$/ },
	'a time-out': {
		result: silence,
		isRetryable: true,
		message: /timeout/,
		// The others are answered, however busy the machine is.
		parameters: (name, timeout) => ({
			requestOptions: { timeout: `={{ $json.name === "${name}" ? ${timeout} : 100000 }}` },
		}),
	},
	'a reset': { result: reset, isRetryable: true, message: /ended before the response/ },
	'a cut body': { result: cutBody, isRetryable: true, message: /ended in the middle of the response/ },
	'a cut stream': {
		result: cutStream,
		isRetryable: true,
		message: /ended before the response was complete/,
		options: { stream: true },
	},
};

describe.each(Object.entries(faults))('%s', (_name, { result: answer, isRetryable, message, parameters, options }) => {
	const maxRetries = 1;
	const given = (bad: number, timeout = 250) => ({
		...parameters?.(items[bad]!.name, timeout),
		options: { ...options, maxRetries },
	});

	/** Faulty for one item, for the first so many of its calls. */
	function failFor(item: number, times: number): void {
		let left = times;
		harness.proxy.fault = (request, response) => {
			if (nameOf(request) !== items[item]!.name || left-- <= 0) return false;
			answer(response);
			return true;
		};
	}

	const callsPerItem = () => {
		const calls = harness.calls();
		return items.map(({ name }) => calls.filter((call) => nameOf(call) === name).length);
	};
	const expectedCalls = (bad: number) => items.map((_, item) => (item === bad && isRetryable ? 1 + maxRetries : 1));

	test.each([0, 1, 2])('continue, item %i: one error item, the others answered once', async (bad) => {
		failFor(bad, Infinity);
		const { success } = await harness.run({
			items,
			parameters: given(bad),
			settings: { onError: 'continueRegularOutput' },
		});
		expect(callsPerItem()).toEqual(expectedCalls(bad));
		expect(success.map(({ pairedItem }) => pairedItem)).toEqual([{ item: 0 }, { item: 1 }, { item: 2 }]);
		for (const [item, { json }] of success.entries()) {
			if (item !== bad) expect(json.output).toEqual(expect.any(String));
			else {
				expect(json).toEqual({
					error: {
						message: expect.stringMatching(message) as string,
						description: expect.any(String) as string,
						status: Number(/^fault (\d+)/.exec(String((json.error as IDataObject).message))?.[1]) || null,
						attempts: isRetryable ? 1 + maxRetries : 1,
						requestId: null,
						link: null,
					},
				});
			}
		}
	});

	test.each([0, 1, 2])('error output, item %i: it takes the branch', async (bad) => {
		failFor(bad, Infinity);
		const { success, error } = await harness.run({
			items,
			parameters: given(bad),
			settings: { onError: 'continueErrorOutput' },
		});
		expect(callsPerItem()).toEqual(expectedCalls(bad));
		expect(success).toHaveLength(2);
		expect(error).toEqual([
			{
				json: {
					...items[bad],
					error: expect.objectContaining({ message: expect.stringMatching(message) as string }) as object,
				},
				pairedItem: { item: bad },
			},
		]);
	});

	test.each([0, 1, 2])('stop, item %i: its error is the one shown', async (bad) => {
		failFor(bad, Infinity);
		const { failure } = await harness.run({ items, parameters: given(bad) });
		expect(failure?.message).toMatch(message);
		expect(failure?.context).toMatchObject({ itemIndex: bad });
		expect(callsPerItem()[bad]).toBe(expectedCalls(bad)[bad]);
	});

	test('once, then answered: every item has its response, if the fault may pass', async () => {
		failFor(1, 1);
		// The second call must be answered within the time-out that ends the first one.
		const { success, failure } = await harness.run({ items, parameters: given(1, 5_000) });
		if (!isRetryable) return expect(failure?.message).toMatch(message);
		expect(failure).toBeUndefined();
		expect(success.map(({ json }) => typeof json.output)).toEqual(['string', 'string', 'string']);
		expect(callsPerItem()).toEqual([1, 2, 1]);
	});
});

test('ten items of which one answers 429 twice are twelve calls, with Retry On Fail on as well', async () => {
	for (const retryOnFail of [false, true]) {
		const ten = Array.from({ length: 10 }, (_, item) => ({ name: `item ${item}`, topic: 'x' }));
		let left = 2;
		harness.proxy.fault = (request, response) => {
			if (nameOf(request) !== 'item 4' || left-- <= 0) return false;
			status(429, soon)(response);
			return true;
		};
		const { success } = await harness.run({ items: ten, settings: { retryOnFail, maxTries: 3, waitBetweenTries: 0 } });
		expect(success).toHaveLength(10);
		expect(harness.calls()).toHaveLength(12);
	}
});
