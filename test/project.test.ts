import type { IDataObject, INodeParameters } from 'n8n-workflow';

import { startHarness, type Harness } from './harness/harness.ts';

/** Project → Get Many. */
let harness: Harness;
/** Names of all projects, in the order of their creation. */
const names = [
	'tests',
	...Array.from({ length: 102 }, (_, number) => `Team ${String((number * 37) % 102).padStart(3, '0')}`),
	'a&filter=b#c ü',
];
beforeAll(async () => {
	harness = await startHarness();
	for (const project of names.slice(1)) {
		await harness.api.post('/model-configs', {
			project,
			provider: 'mock',
			model: 'mock-1',
			prompt_template: '{{name}}',
			name: `Config of ${project}`,
		});
	}
	await harness.api.post('/logs', { project: 'tests', config_id: harness.configId });
});
afterAll(() => harness.close());
beforeEach(() => {
	harness.proxy.readFault = undefined;
	harness.proxy.requests.splice(0);
});

type RunOptions = NonNullable<Parameters<Harness['run']>[0]>;
function getMany(parameters: INodeParameters = {}, more: Partial<RunOptions> = {}) {
	return harness.run({
		items: [{}, {}],
		...more,
		parameters: { resource: 'project', operation: 'getAll', ...parameters },
	});
}
const queries = () => harness.proxy.requests.map(({ path }) => path.replace('/v4/projects', ''));

test('a list that says neither how long it is nor which page it gives is read once more, not for ever', async () => {
	harness.proxy.readFault = (_request, response) => {
		const records = Array.from({ length: 100 }, (_, id) => ({ id, name: `p${id}` }));
		response.writeHead(200, { 'content-type': 'application/json' }).end(JSON.stringify({ records }));
		return true;
	};
	harness.proxy.requests.splice(0);
	const { success } = await getMany({ returnAll: true });
	harness.proxy.readFault = undefined;
	expect(success).toHaveLength(200);
	expect(harness.proxy.requests).toHaveLength(4);
});

test('Return All reads all pages, from 0 on, newest first', async () => {
	const { success } = await getMany({ returnAll: true });
	const newestFirst = [...names].reverse();
	expect(success.map(({ json }) => json.name)).toEqual([...newestFirst, ...newestFirst]);
	expect(success.map(({ pairedItem }) => (pairedItem as { item: number }).item)).toEqual([
		...names.map(() => 0),
		...names.map(() => 1),
	]);
	expect(queries().sort()).toEqual(['?page=0&size=100', '?page=0&size=100', '?page=1&size=100', '?page=1&size=100']);
});

test('Limit reaches over the end of a page', async () => {
	const { success } = await getMany({ limit: '={{ $json.limit }}' }, { items: [{ limit: 101 }, { limit: 3 }] });
	expect(success.map(({ json }) => json.name)).toEqual([
		...[...names].reverse().slice(0, 101),
		...[...names].reverse().slice(0, 3),
	]);
});

test('simplified: ten flat fields at most', async () => {
	const { success } = await getMany({ filters: { name: 'TEST' } });
	const aTime = expect.stringMatching(/^20\d\d-.*Z$/) as string;
	const json = {
		id: expect.stringMatching(/^pr_/) as string,
		name: 'tests',
		logCount: 1,
		activeModelConfigId: harness.configId,
		activeModelConfigName: expect.stringMatching(/^mock-1 /) as string,
		provider: 'mock',
		model: 'mock-1',
		createdAt: aTime,
		updatedAt: aTime,
	};
	expect(success).toEqual([
		{ json, pairedItem: { item: 0 } },
		{ json, pairedItem: { item: 1 } },
	]);
});

test('not simplified: as the API gives it', async () => {
	const { data } = await harness.api.get<{ records: IDataObject[] }>('/projects', { params: { filter: 'tests' } });
	const { success } = await getMany({ simplify: false, filters: { name: 'tests' } });
	expect(success.map(({ json }) => json)).toEqual([data.records[0], data.records[0]]);
});

test('a project without a model config', async () => {
	harness.proxy.readFault = (_request, response) => {
		response.writeHead(200, { 'content-type': 'application/json' });
		response.end(
			JSON.stringify({
				records: [{ id: 'pr_1', name: 'empty', active_config: null, data_count: 0, created_at: 'a', updated_at: 'b' }],
				total: 1,
			}),
		);
		return true;
	};
	const { success } = await getMany();
	expect(success[1]!.json).toEqual({
		id: 'pr_1',
		name: 'empty',
		logCount: 0,
		activeModelConfigId: null,
		activeModelConfigName: null,
		provider: null,
		model: null,
		createdAt: 'a',
		updatedAt: 'b',
	});
});

test('a name is a part of the name, for each item another, sent as it was typed', async () => {
	const { success } = await getMany(
		{ filters: { name: '={{ $json.part }}' } },
		{ items: [{ part: ' A&filter=b#c ü' }, { part: 'team 00' }] },
	);
	expect(success.map(({ json }) => json.name)).toEqual([
		'a&filter=b#c ü',
		...names.filter((name) => name.startsWith('Team 00')).reverse(),
	]);
});

test.each([
	[{ field: 'name', direction: 'asc' }, 'Team 000'],
	[{ field: 'name', direction: 'desc' }, 'Team 101'],
	[{ field: 'created_at', direction: 'asc' }, names[1]],
	[{ field: 'updated_at', direction: 'desc' }, names[102]],
])('sorted by %j', async (sort, first) => {
	const { success } = await getMany({ returnAll: true, filters: { name: 'Team' }, listOptions: { sort: { sort } } });
	expect(success).toHaveLength(204);
	expect(success[102]!.json.name).toBe(first);
});

describe('a list that the API refuses', () => {
	const error = {
		message: 'no such order',
		description: expect.any(String) as string,
		status: 400,
		attempts: 1,
		requestId: null,
		link: null,
	};
	const run = async (settings: RunOptions['settings']) => {
		harness.proxy.readFault = ({ path }, response) => {
			if (!path.includes('filter=bad')) return false;
			response.writeHead(400).end('{"detail":"no such order"}');
			return true;
		};
		return await getMany(
			{ filters: { name: '={{ $json.part }}' } },
			{ items: [{ part: 'tests' }, { part: 'bad' }, { part: 'tests' }], settings },
		);
	};

	test('stop', async () => {
		const { failure, success } = await run({});
		expect(failure).toMatchObject({ message: error.message, httpCode: '400', context: { itemIndex: 1 } });
		expect(success).toEqual([]);
	});

	test('continue', async () => {
		const { success } = await run({ onError: 'continueRegularOutput' });
		expect(success.map(({ json, pairedItem }) => [json.name ?? json, pairedItem])).toEqual([
			['tests', { item: 0 }],
			[{ error }, { item: 1 }],
			['tests', { item: 2 }],
		]);
	});

	test('error output', async () => {
		const result = await run({ onError: 'continueErrorOutput' });
		expect(result.success).toHaveLength(2);
		expect(result.error).toEqual([{ json: { part: 'bad', error }, pairedItem: { item: 1 } }]);
	});
});

test('a limit that is none is named, and nothing is sent', async () => {
	const { failure } = await getMany({ limit: '={{ $json.none }}' });
	expect(failure?.message).toBe("'Limit' is not a whole number: undefined [item 0]");
	const { failure: tooSmall } = await getMany({ limit: '={{ 0 }}' });
	expect(tooSmall?.message).toBe("'Limit' is below 1: 0 [item 0]");
	expect(harness.proxy.requests).toHaveLength(0);
});

test('as a tool of an AI Agent', async () => {
	const responses = await harness.runTool(
		{
			items: [{ part: 'tests' }, { part: 'Team 00' }],
			parameters: { resource: 'project', operation: 'getAll', filters: { name: '={{ $json.part }}' } },
		},
		1,
	);
	expect(responses.map((items) => items.length)).toEqual([1, 10]);
});
