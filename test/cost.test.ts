import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { setGlobalState, type INodeParameters } from 'n8n-workflow';

import { startHarness, type Harness } from './harness/harness.ts';

/** What completions cost, on their items and in Project → Get Usage. */
let harness: Harness;
let dir: string;
beforeAll(async () => {
	dir = mkdtempSync(path.join(tmpdir(), 'humanloop-prices-'));
	const file = path.join(dir, 'prices.json');
	const prices = [{ provider: 'mock', model: 'mock-1', usd_per_million_tokens: { prompt: 0, output: 2 } }];
	writeFileSync(file, JSON.stringify(prices));
	harness = await startHarness({ env: { PRICES_FILE: file } });
});
afterAll(async () => {
	await harness.close();
	rmSync(dir, { recursive: true });
});

const locator = (mode: string, value: string) => ({ __rl: true, mode, value });
const costs = [expect.any(Number) as number, undefined, expect.any(Number) as number, undefined];

test.each([false, true])('the first sample of a call has its cost; stream: %s', async (stream) => {
	const { success } = await harness.run({
		parameters: { project: locator('name', `cost ${stream}`), numSamples: 2, options: { stream } },
	});
	expect(success.map(({ json }) => json.cost)).toEqual(costs);
	for (const { json } of success) {
		if (json.cost === undefined) continue;
		expect(json.cost).toBeGreaterThan(0);
		expect(json.cost).toBeCloseTo(((json.generationTokens as number) * 2) / 1e6, 12);
	}
	const { success: raw } = await harness.run({
		parameters: { simplify: false, numSamples: 2, options: { stream } },
	});
	expect(raw.map(({ json }) => json.cost)).toEqual(costs);
});

const errorSettings = [undefined, 'continueRegularOutput', 'continueErrorOutput'] as const;

test.each(errorSettings)('Get Usage has totals by day, one item each; onError %s', async (onError) => {
	const project = locator('name', `usage ${onError}`);
	const { success: completions } = await harness.run({ parameters: { project, numSamples: 2 } });
	const paid = completions.reduce((sum, { json }) => sum + Number(json.cost ?? 0), 0);
	const { success } = await harness.run({
		items: [{}, {}],
		...(onError && { settings: { onError } }),
		parameters: { resource: 'project', operation: 'getUsage', project },
	});
	expect(success.map(({ pairedItem }) => (pairedItem as { item: number }).item)).toEqual([0, 1]);
	for (const { json } of success) {
		expect(json).toMatchObject({ calls: 2, failedCalls: 0, unpricedCalls: 0 });
		expect(json.day).toMatch(/^20\d\d-\d\d-\d\d$/);
		expect(json.cost).toBeCloseTo(paid, 9);
	}
});

test.each(errorSettings)('Get Usage of all projects, by project; onError %s', async (onError) => {
	const names = [`all one ${onError}`, `all two ${onError}`];
	for (const name of names) await harness.run({ parameters: { project: locator('name', name) } });
	const run = (project: INodeParameters[string], more: INodeParameters = {}) =>
		harness.run({
			items: [{ id: '' }, { id: 'pr_missing' }],
			...(onError && { settings: { onError } }),
			parameters: { resource: 'project', operation: 'getUsage', groupBy: 'project', project, ...more },
		});
	const { success } = await run(locator('list', ''), { returnAll: true });
	for (const item of [0, 1]) {
		const own = success.filter(({ pairedItem }) => (pairedItem as { item: number }).item === item);
		for (const name of names) {
			const found = own.filter(({ json }) => json.projectName === name);
			expect(found).toMatchObject([{ json: { calls: 2, projectId: expect.stringMatching(/^pr_/) as string } }]);
		}
	}
	const total = await harness.api.get<{ records: { calls: number }[] }>('/usage');
	expect(success.reduce((sum, { json }) => sum + (json.calls as number), 0)).toBe(2 * total.data.records[0]!.calls);
	// The first item has no project, and the second one a project that does not exist.
	const { success: some, error, failure } = await run(locator('id', '={{ $json.id }}'));
	const words = 'No such project_id: "pr_missing".';
	if (onError === undefined) {
		expect(failure?.message).toContain(words);
		return;
	}
	const ofItem = (item: number) => some.filter(({ pairedItem }) => (pairedItem as { item: number }).item === item);
	expect(ofItem(0).map(({ json }) => json.projectName)).toEqual(expect.arrayContaining(names));
	const failed = onError === 'continueErrorOutput' ? error : ofItem(1);
	expect(failed).toHaveLength(1);
	expect(JSON.stringify(failed[0]!.json.error)).toContain(words.replaceAll('"', '\\"'));
});

test('Get Usage by workflow, without Simplify, and with a day that nothing was called on', async () => {
	const project = locator('name', 'grouped');
	await harness.run({ parameters: { project } });
	const run = (more: INodeParameters) =>
		harness.run({ parameters: { resource: 'project', operation: 'getUsage', project, ...more } });
	const { success } = await run({ groupBy: 'workflow', simplify: false });
	expect(success[0]!.json).toMatchObject({ workflow_id: expect.any(String) as string, calls: 2, cached_tokens: 0 });
	const { success: none } = await run({ filters: { to: '2020-01-31' } });
	expect(none).toEqual([]);
	const { failure } = await run({ filters: { from: 'no day' } });
	expect(failure?.message).toContain('From');
});

test.each(['Europe/Berlin', 'America/New_York'])(
	'the day that a user in %s picks is the day that is counted',
	async (zone) => {
		const project = locator('name', 'days');
		await harness.run({ parameters: { project } });
		harness.proxy.requests.splice(0);
		setGlobalState({ defaultTimezone: zone });
		try {
			await harness.run({
				items: [{ day: '2026-01-31T00:00:00' }, { day: '2026-01-31' }],
				parameters: {
					...{ resource: 'project', operation: 'getUsage', project },
					filters: { from: '={{ $json.day }}', to: '={{ DateTime.fromISO($json.day) }}' },
				},
			});
		} finally {
			setGlobalState({ defaultTimezone: 'America/New_York' });
		}
		const queries = harness.proxy.requests.filter(({ path }) => path.includes('/usage'));
		expect(queries).toHaveLength(2);
		for (const { path } of queries) expect(path).toContain('from=2026-01-31&to=2026-01-31');
	},
);
