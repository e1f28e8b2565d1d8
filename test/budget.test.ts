import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';

import { startHarness, twoItems, type Harness } from './harness/harness.ts';

/** A budget that allows one call of two: the other item fails in the server's words, where the user wired errors. */
let harness: Harness;
let dir: string;
let budgetId: string;
beforeAll(async () => {
	dir = mkdtempSync(path.join(tmpdir(), 'humanloop-budget-'));
	const file = path.join(dir, 'prices.json');
	// Each call costs something, and can cost far more than it does.
	const prices = [
		{
			provider: 'mock',
			model: 'mock-1',
			usd_per_million_tokens: { prompt: 0, output: 1_000 },
			context_window: 1_000,
		},
	];
	writeFileSync(file, JSON.stringify(prices));
	harness = await startHarness({ env: { PRICES_FILE: file } });
});
afterAll(async () => {
	await harness?.close();
	rmSync(dir, { recursive: true, force: true });
});

// One call may cost a little more than $1, and costs less than half a dollar: what is left after it is too little for the other.
beforeEach(async () => {
	const body = { api_key: 'HUMANLOOP_API_KEY', period: 'month', limit: 1.001 };
	const { data, status } = await harness.api.put<{ id: string }>('/budgets', body);
	expect(status).toBe(200);
	budgetId = data.id;
});
afterEach(async () => {
	await harness.api.delete(`/budgets/${budgetId}`);
});

// A repeat of a call would be a replay, which is free.
let runs = 0;
const newItems = () => twoItems.map((item) => ({ ...item, topic: `run ${++runs}` }));

const parameters = { options: { maxConcurrency: 1 } };
const message =
	/^The budget of the API key "HUMANLOOP_API_KEY" for a month has \$0\.\d+ of \$1\.001 left, and this call could cost \$1\.000000002\./;
const error = {
	message: expect.stringMatching(
		/has \$0\.\d+ of \$1\.001 left.* The budget renews at \d{4}-\d\d-01T00:00:00\.000Z\.$/,
	) as string,
	description:
		'Wait until the budget renews, or ask an admin of the server to raise it. Then run the failed items again.',
	status: 402,
	attempts: 1,
};

test.each(['continueRegularOutput', 'continueErrorOutput'] as const)('%s: the item says why', async (onError) => {
	const result = await harness.run({ items: newItems(), parameters, settings: { onError } });
	const all = [...result.success, ...result.error];
	expect(all).toHaveLength(2);
	const failed = onError === 'continueErrorOutput' ? result.error : result.success.slice(1);
	expect(failed).toHaveLength(1);
	expect(failed[0]).toMatchObject({ json: { error }, pairedItem: { item: 1 } });
	expect(harness.calls()).toHaveLength(2);
});

test('stop: the workflow ends in the words of the server', async () => {
	const { failure } = await harness.run({ items: newItems(), parameters });
	expect(failure).toMatchObject({ httpCode: '402', context: { itemIndex: 1 }, description: error.description });
	expect(failure!.message).toMatch(message);
	expect(harness.calls()).toHaveLength(2);
});
