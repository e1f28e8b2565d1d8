import { nameOf, useHarness } from './harness/useHarness.ts';
import { soon, status } from './hosts/faultResponses.ts';

/** How many calls are under way at once. */
const harness = useHarness();

describe('the concurrency limit', () => {
	const moment = () => new Promise((resolve) => setTimeout(resolve, 20));

	/** Holds all calls until so many are open at once, then answers. Counts how many are open at most. */
	function holdUntilOpen(expected: number): { most: number } {
		let open = 0;
		const count = { most: 0 };
		let release: () => void;
		const reached = new Promise<void>((resolve) => (release = resolve));
		harness.proxy.fault = async (_request, response) => {
			count.most = Math.max(count.most, ++open);
			response.once('close', () => open--);
			if (count.most >= expected) release();
			await reached;
			// One call too many has the time to arrive.
			if (count.most <= expected) await moment();
			return false;
		};
		return count;
	}
	const many = (count: number) => Array.from({ length: count }, (_, item) => ({ name: `item ${item}`, topic: 'x' }));

	test('no more calls at once than Max Concurrency, with 1,000 items', async () => {
		const count = holdUntilOpen(10);
		const { success } = await harness.run({ items: many(1000) });
		expect(success).toHaveLength(1000);
		expect(success.map(({ pairedItem }) => (pairedItem as { item: number }).item)).toEqual(
			many(1000).map((_, item) => item),
		);
		expect(count.most).toBe(10);
		expect(harness.calls()).toHaveLength(1000);
	});

	test('the first item says how many', async () => {
		const count = holdUntilOpen(3);
		await harness.run({
			items: many(12),
			parameters: { options: { maxConcurrency: '={{ $itemIndex === 0 ? 3 : 100 }}' } },
		});
		expect(count.most).toBe(3);
	});

	test('two executions at once do not share a limit', async () => {
		const count = holdUntilOpen(8);
		const options = { items: many(8), parameters: { options: { maxConcurrency: 4 } } };
		await Promise.all([harness.run({ ...options, executionId: '1' }), harness.run({ ...options, executionId: '2' })]);
		expect(count.most).toBe(8);
	});

	/**
	 * Holds calls and answers them together, as soon as `expected` are open, or all of the items that are left. A node that
	 * sends fewer at once would wait for ever.
	 */
	function answerInBatches(
		items: number,
		expected: (answered: number) => number,
		isRefused: (position: number) => boolean,
	) {
		const held: Array<(isRefused: boolean) => void> = [];
		const batches: number[] = [];
		let answered = 0;
		let position = 0;
		harness.proxy.fault = async (_request, response) => {
			const mine = new Promise<boolean>((resolve) => held.push(resolve));
			if (held.length >= Math.min(expected(position), items - answered)) {
				await moment();
				batches.push(held.length);
				for (const answer of held.splice(0)) {
					const refused = isRefused(position++);
					if (!refused) answered++;
					answer(refused);
				}
			}
			if (!(await mine)) return false;
			status(429, soon)(response);
			return true;
		};
		return batches;
	}

	test('fewer at once while the host asks for fewer, and more again afterwards', async () => {
		// All of the first 16 calls are refused, which halves the limit. It grows by one in each round.
		const expected = (position: number) => (position < 16 ? 16 : position < 200 ? 8 : 13);
		const batches = answerInBatches(300, expected, (position) => position < 16);
		const { success } = await harness.run({
			items: many(300),
			parameters: { options: { maxConcurrency: 16, maxRetries: 9 } },
		});
		expect(success.filter(({ json }) => json.output)).toHaveLength(300);
		expect(batches[0]).toBe(16);
		expect(Math.max(...batches.slice(1, 4))).toBeLessThan(12);
		expect(Math.max(...batches.slice(1))).toBeGreaterThan(12);
	});

	test('as many at once with a host that refuses one call in ten', async () => {
		const batches = answerInBatches(
			300,
			() => 16,
			(position) => position % 10 === 9,
		);
		const { success } = await harness.run({ items: many(300), parameters: { options: { maxConcurrency: 16 } } });
		expect(success.filter(({ json }) => json.output)).toHaveLength(300);
		expect(Math.max(...batches)).toBe(16);
	});

	test('after the first final error nothing more is sent, and it is the error that is shown', async () => {
		harness.proxy.fault = (request, response) => {
			if (nameOf(request) !== 'item 3') return false;
			status(422)(response);
			return true;
		};
		const { failure } = await harness.run({ items: many(50), parameters: { options: { maxConcurrency: 1 } } });
		expect(failure).toMatchObject({ message: 'fault 422', context: { itemIndex: 3 } });
		expect(harness.calls().map(nameOf)).toEqual(['item 0', 'item 1', 'item 2', 'item 3']);
	});

	test('nor after bad input', async () => {
		const { failure } = await harness.run({
			items: many(50),
			parameters: {
				specifyInputs: 'json',
				inputsJson: '={{ $itemIndex === 0 ? "{" : $json }}',
				options: { maxConcurrency: 1 },
			},
		});
		expect(failure?.message).toBe("'Inputs (JSON)' is not valid JSON [item 0]");
		expect(harness.calls()).toHaveLength(0);
	});

	test('nor when the expression of a later item throws and n8n ends the node', async () => {
		const { failure } = await harness.run({
			items: many(30),
			parameters: {
				options: { user: '={{ $itemIndex === 29 ? $("Nowhere").first().json.x : "u" }}', maxConcurrency: 2 },
			},
			settings: { retryOnFail: true, maxTries: 2, waitBetweenTries: 0 },
		});
		expect(failure).toBeDefined();
		await new Promise((resolve) => setTimeout(resolve, 300));
		expect(harness.calls()).toHaveLength(0);
	});

	test('nor with batching, where all items of a batch have ended before the next one begins', async () => {
		harness.proxy.fault = (request, response) => {
			if (nameOf(request) !== 'item 1') return false;
			status(422)(response);
			return true;
		};
		const requestOptions = { batching: { batch: { batchSize: 1, batchInterval: 100 } } };
		const { failure } = await harness.run({ items: many(5), parameters: { requestOptions } });
		expect(failure).toMatchObject({ message: 'fault 422', context: { itemIndex: 1 } });
		expect(harness.calls()).toHaveLength(2);
	});

	test('nor does the end wait for those that wait for their retry', async () => {
		let failedAt = 0;
		const fail = (response: Parameters<ReturnType<typeof status>>[0]) => {
			failedAt = Date.now();
			status(422)(response);
		};
		harness.proxy.fault = (request, response) => {
			if (nameOf(request) === 'item 0') status(429, { 'retry-after': '25' })(response);
			else if (nameOf(request) === 'item 3') setTimeout(fail, 50, response);
			else return false;
			return true;
		};
		const { failure } = await harness.run({ items: many(4) });
		expect(failure?.message).toBe('fault 422');
		expect(Date.now() - failedAt).toBeLessThan(20_000);
	});
});

test('many items that wait for their retry are no leak to Node.js', async () => {
	const warnings: string[] = [];
	const hear = (warning: Error) => warnings.push(warning.name);
	process.on('warning', hear);
	let left = 60;
	harness.proxy.fault = (_request, response) => {
		if (left-- <= 0) return false;
		status(429, soon)(response);
		return true;
	};
	const many = Array.from({ length: 60 }, (_, item) => ({ name: `item ${item}`, topic: 'x' }));
	await harness.run({ items: many, parameters: { options: { maxConcurrency: 60 } } });
	process.off('warning', hear);
	expect(warnings).toEqual([]);
});
