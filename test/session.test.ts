import type { INodeParameters } from 'n8n-workflow';

import { startHarness, type Harness } from './harness/harness.ts';

/** Session → Get Many, the list whose pages count from 1. */
let harness: Harness;
let projectId: string;
/** Reference IDs of 205 sessions, newest first. */
const references = Array.from({ length: 205 }, (_, number) => `ticket-${205 - number}`);
beforeAll(async () => {
	harness = await startHarness();
	for (const session_reference_id of [...references].reverse()) {
		const { data } = await harness.api.post<{ project_id: string }>('/logs', {
			project: 'support',
			config_id: harness.configId,
			session_reference_id,
			inputs: { name: session_reference_id },
			output: `Answer to ${session_reference_id}`,
		});
		projectId = data.project_id;
	}
	await harness.api.post('/logs', { project: 'elsewhere', config_id: harness.configId, session_reference_id: 'other' });
});
afterAll(() => harness.close());
beforeEach(() => {
	harness.proxy.readFault = undefined;
	harness.proxy.requests.splice(0);
});

type RunOptions = NonNullable<Parameters<Harness['run']>[0]>;
const locator = (mode: string, value: string) => ({ __rl: true, mode, value });
function getMany(parameters: INodeParameters = {}, more: Partial<RunOptions> = {}) {
	return harness.run({
		items: [{}, {}],
		...more,
		parameters: { resource: 'session', operation: 'getAll', project: locator('id', projectId), ...parameters },
	});
}
const pages = () =>
	harness.proxy.requests.map(({ path }) => path.replace(`/v4/sessions?project_id=${projectId}&`, '')).sort();

test('Return All reads all pages, from 1 on, and every session once', async () => {
	const { success } = await getMany({ returnAll: true });
	expect(success.map(({ json }) => json.referenceId)).toEqual([...references, ...references]);
	expect(success.map(({ pairedItem }) => (pairedItem as { item: number }).item)).toEqual([
		...references.map(() => 0),
		...references.map(() => 1),
	]);
	expect(pages()).toEqual([1, 1, 2, 2, 3, 3].map((page) => `page=${page}&size=100`));
});

test('Limit reaches over the end of a page', async () => {
	const { success } = await getMany({ limit: '={{ $json.limit }}' }, { items: [{ limit: 150 }, { limit: 2 }] });
	expect(success.map(({ json }) => json.referenceId)).toEqual([...references.slice(0, 150), ...references.slice(0, 2)]);
	expect(pages()).toEqual(['page=1&size=100', 'page=1&size=2', 'page=2&size=100']);
});

test('an item is the session, in the casing of all items', async () => {
	const { success } = await getMany({ limit: 1 });
	const aTime = expect.stringMatching(/^20\d\d-.*Z$/) as string;
	expect(success[1]).toEqual({
		json: {
			lastOutput: 'Answer to ticket-205',
			id: expect.stringMatching(/^sesh_/) as string,
			referenceId: 'ticket-205',
			firstInputs: { name: 'ticket-205' },
			logCount: 1,
			projects: [{ id: projectId, name: 'support', type: expect.any(String) as string }],
			createdAt: aTime,
			updatedAt: aTime,
		},
		pairedItem: { item: 1 },
	});
	const { success: logs } = await harness.run({
		parameters: {
			resource: 'log',
			operation: 'getAll',
			project: locator('id', projectId),
			filters: { sessionId: success[0]!.json.id as string },
		},
	});
	expect(logs.map(({ json }) => json.output)).toEqual(['Answer to ticket-205', 'Answer to ticket-205']);
});

test('the project by name is looked up once for all items', async () => {
	const { success } = await getMany({ project: locator('name', 'support'), limit: 1 }, { items: Array(12).fill({}) });
	expect(success).toHaveLength(12);
	expect(harness.proxy.requests.filter(({ path }) => path.startsWith('/v4/projects'))).toHaveLength(1);
	expect(harness.proxy.requests).toHaveLength(13);
});

describe('a project that there is none of', () => {
	const items = [{ project: 'support' }, { project: 'supp' }];
	const run = (settings: RunOptions['settings']) =>
		getMany({ project: locator('name', '={{ $json.project }}'), limit: 1 }, { items, settings });
	const error = {
		message: "'Project' does not exist: supp [item 1]",
		description: expect.stringMatching(/^Correct the name/) as string,
		status: null,
		attempts: 0,
		requestId: null,
		link: null,
	};

	test('stop', async () => {
		const { failure } = await run({});
		expect(failure).toMatchObject({ message: error.message, context: { itemIndex: 1 } });
	});

	test('continue', async () => {
		const { success } = await run({ onError: 'continueRegularOutput' });
		expect(success[0]!.json.referenceId).toBe('ticket-205');
		expect(success[1]).toEqual({ json: { error }, pairedItem: { item: 1 } });
	});

	test('error output', async () => {
		const result = await run({ onError: 'continueErrorOutput' });
		expect(result.success).toHaveLength(1);
		expect(result.error).toEqual([{ json: { project: 'supp', error }, pairedItem: { item: 1 } }]);
	});
});

test('a page that breaks off in the middle is asked for again', async () => {
	let broken = 0;
	harness.proxy.readFault = ({ path }, response) => {
		if (!path.includes('page=2') || broken++ > 0) return false;
		response.destroy();
		return true;
	};
	const { success } = await getMany({ returnAll: true }, { items: [{}] });
	expect(success.map(({ json }) => json.referenceId)).toEqual(references);
	expect(pages()).toEqual([1, 2, 2, 3].map((page) => `page=${page}&size=100`));
});
