import { manualInputs } from './harness/harness.ts';
import { nameOf, threeItems as items, useHarness } from './harness/useHarness.ts';
import { soon, status } from './hosts/faultResponses.ts';

/** Which calls share an Idempotency-Key, and who else starts the node. */
const harness = useHarness();

describe('the idempotency key', () => {
	const keys = () => harness.calls().map(({ headers }) => headers['idempotency-key'] as string);

	test('differs between items and stays the same for the retries of an item', async () => {
		let left = 2;
		harness.proxy.fault = (request, response) => {
			if (nameOf(request) !== 'first' || left-- <= 0) return false;
			status(429, soon)(response);
			return true;
		};
		await harness.run({ items });
		const seen = keys();
		expect(seen).toHaveLength(5);
		expect(new Set(seen).size).toBe(3);
		for (const key of seen) expect(key).toMatch(/^[0-9a-f]{64}$/);
	});

	test('is the same in the tries of Retry On Fail, and for a job that is run again', async () => {
		harness.proxy.fault = (request, response) => {
			if (nameOf(request) !== 'last') return false;
			status(400)(response);
			return true;
		};
		const options = { items, settings: { retryOnFail: true, maxTries: 3, waitBetweenTries: 0 }, executionId: 'same' };
		await harness.run(options);
		const first = keys();
		expect(first.length).toBeGreaterThan(3);
		expect(new Set(first).size).toBe(3);
		await harness.run(options);
		expect(new Set([...first, ...keys()]).size).toBe(3);
	});

	test('is the same in every execution where the user says what makes a call the same', async () => {
		const options = { idempotencyKey: '={{ $json.name }}' };
		await harness.run({ items, executionId: '1', parameters: { options } });
		await harness.run({ items: [...items].reverse(), executionId: '2', parameters: { options } });
		expect(new Set(keys()).size).toBe(3);
		await harness.run({ items, executionId: '3', parameters: { options: { idempotencyKey: 'one for all' } } });
		await harness.run({ items, executionId: '3', parameters: { options: { ...options, source: 'other' } } });
		expect(new Set(keys()).size).toBe(6);
	});

	test('differs between executions and between bodies', async () => {
		await harness.run({ items, executionId: '1' });
		await harness.run({ items, executionId: '2' });
		await harness.run({ items, executionId: '2', parameters: { options: { source: 'other' } } });
		expect(new Set(keys()).size).toBe(9);
	});

	test('does not depend on the keys in the credentials', async () => {
		const credentials = { apiKey: harness.server.apiKey, baseUrl: harness.proxy.baseUrl };
		await harness.run({ items, executionId: '3', credentials });
		await harness.run({ items, executionId: '3', credentials: { ...credentials, openaiApiKey: 'rotated' } });
		expect(new Set(keys()).size).toBe(3);
	});

	test('is one per run where there is no execution ID', async () => {
		await harness.run({ items, executionId: '' });
		await harness.run({ items, executionId: '' });
		expect(new Set(keys()).size).toBe(6);
	});
});

describe('who else starts the node', () => {
	test('Execute Once: the first item is answered, the others are not sent', async () => {
		const { success, failure } = await harness.run({ items, settings: { executeOnce: true } });
		expect(failure).toBeUndefined();
		expect(success.map(({ pairedItem }) => pairedItem)).toEqual([{ item: 0 }]);
		expect(harness.calls().map(nameOf)).toEqual(['first']);
	});

	test('an AI Agent with several items, calling the tool several times at once: each call has its response', async () => {
		let left = 1;
		harness.proxy.fault = (_request, response) => {
			if (left-- <= 0) return false;
			status(429, soon)(response);
			return true;
		};
		// The Agent has already put the values in place of its $fromAI() expressions.
		const given = (name: string) => ({ inputs: manualInputs({ name, topic: 'x' }) });
		const calls = await Promise.all(
			['first', 'last'].map((name) => harness.runTool({ items: [{}], parameters: given(name) }, 3)),
		);
		expect(calls.flat().map((responses) => responses.map(({ json }) => typeof json.output))).toEqual([
			['string'],
			['string'],
		]);
		const together = await harness.runTool({ items: [{}, {}], parameters: given('both') }, 3);
		expect(together.map((responses) => responses.map(({ json }) => typeof json.output))).toEqual([
			['string'],
			['string'],
		]);
	});

	test('an AI Agent: a call that fails is an error', async () => {
		harness.proxy.fault = (_request, response) => {
			status(422)(response);
			return true;
		};
		await expect(harness.runTool({ items: [{ name: 'x', topic: 'y' }] }, 3)).rejects.toThrow('fault 422');
	});
});
