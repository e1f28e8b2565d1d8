import type { IDataObject, INodeParameters, INodeExecutionData } from 'n8n-workflow';

import { chatWith, fields, storeChatConfig } from './harness/chat.ts';
import { startHarness, type Harness } from './harness/harness.ts';

/** Log → Get and Get Many, and with them what all lists share. */
let harness: Harness;
let projectId: string;
/** IDs of 230 logs, newest first. */
let ids: string[];
beforeAll(async () => {
	harness = await startHarness();
	const entries = Array.from({ length: 230 }, (_, minute) => ({
		project: 'paging',
		config_id: harness.configId,
		inputs: { name: `Zoë ${minute}`, topic: 'parcel' },
		output: minute === 7 ? 'The REFUND is on its way' : `Answer ${minute}`,
		source: minute % 10 === 0 ? 'n8n' : 'elsewhere',
		created_at: new Date(Date.UTC(2026, 0, 1, 0, minute)).toISOString(),
	}));
	const { data } = await harness.api.post<Array<{ id: string; project_id: string }>>('/logs', entries);
	ids = data.map(({ id }) => id).reverse();
	projectId = data[0]!.project_id;
});
afterAll(() => harness.close());
beforeEach(() => {
	harness.proxy.readFault = undefined;
	harness.proxy.requests.splice(0);
});

const locator = (mode: string, value: string) => ({ __rl: true, mode, value });
const idsOf = (items: INodeExecutionData[], item: number) =>
	items.filter(({ pairedItem }) => (pairedItem as { item: number }).item === item).map(({ json }) => json.id);
const queries = () =>
	harness.proxy.requests
		.map(({ path }) => new URL(path, 'http://host'))
		.filter(({ pathname }) => pathname === '/v4/logs')
		.map(({ search }) => search);

function getMany(parameters: INodeParameters = {}, more: Partial<Parameters<Harness['run']>[0]> = {}) {
	return harness.run({
		...more,
		parameters: { resource: 'log', operation: 'getAll', project: locator('id', projectId), ...parameters },
	});
}
function get(parameters: INodeParameters, more: Partial<Parameters<Harness['run']>[0]> = {}) {
	return harness.run({ ...more, parameters: { resource: 'log', operation: 'get', ...parameters } });
}

describe('paging', () => {
	test('Return All reads all pages, from 0 on, and every log once', async () => {
		const { success } = await getMany({ returnAll: true });
		expect(idsOf(success, 0)).toEqual(ids);
		expect(idsOf(success, 1)).toEqual(ids);
		const pages = [0, 1, 2].map((page) => `?project_id=${projectId}&page=${page}&size=100`);
		expect(queries().sort()).toEqual([...pages, ...pages].sort());
	});

	test.each([
		[1, ['page=0&size=1']],
		[100, ['page=0&size=100']],
		[101, ['page=0&size=100', 'page=1&size=100']],
		[230, ['page=0&size=100', 'page=1&size=100', 'page=2&size=100']],
		[1000, ['page=0&size=100', 'page=1&size=100', 'page=2&size=100']],
	])('Limit %i gives the newest, in no more pages than it takes', async (limit, pages) => {
		const { success } = await getMany({ limit: '={{ $json.limit }}' }, { items: [{ limit }, { limit: 2 }] });
		expect(idsOf(success, 0)).toEqual(ids.slice(0, limit));
		expect(idsOf(success, 1)).toEqual(ids.slice(0, 2));
		const expected = [...pages, 'page=0&size=2'].map((page) => `?project_id=${projectId}&${page}`);
		expect(queries().sort()).toEqual(expected.sort());
	});

	test('without more, fifty', async () => {
		const { success } = await getMany();
		expect(idsOf(success, 1)).toEqual(ids.slice(0, 50));
	});

	test('a log that comes in between two pages neither doubles nor hides another', async () => {
		const { data } = await harness.api.post<{ id: string; project_id: string }>('/logs', {
			project: 'growing',
			config_id: harness.configId,
		});
		const older = await harness.api.post<Array<{ id: string }>>(
			'/logs',
			Array.from({ length: 120 }, () => ({ project: 'growing', config_id: harness.configId })),
		);
		harness.proxy.readFault = async ({ path }) => {
			if (path.includes('page=1')) await harness.api.post('/logs', { project: 'growing', config_id: harness.configId });
			return false;
		};
		const { success } = await getMany({ project: locator('id', data.project_id), returnAll: true }, { items: [{}] });
		const found = success.map(({ json }) => json.id as string);
		expect(new Set(found).size).toBe(found.length);
		expect(found).toEqual(expect.arrayContaining([data.id, ...older.data.map(({ id }) => id)]));
	});

	test('a page that fails for a moment is asked for again, and it alone', async () => {
		let failures = 0;
		harness.proxy.readFault = ({ path }, response) => {
			if (!path.includes('page=1') || failures++ > 0) return false;
			response.writeHead(503, { 'retry-after': '0' }).end('{"detail":"busy"}');
			return true;
		};
		const { success } = await getMany({ returnAll: true }, { items: [{}] });
		expect(success.map(({ json }) => json.id)).toEqual(ids);
		expect(queries().map((query) => query.replace(/.*page=/, ''))).toEqual([
			'0&size=100',
			'1&size=100',
			'1&size=100',
			'2&size=100',
		]);
	});
});

describe('the project', () => {
	test.each(['list', 'id'])('by %s: nothing is looked up', async (mode) => {
		const { success } = await getMany({ project: locator(mode, ` ${projectId} `), limit: 3 });
		expect(success).toHaveLength(6);
		expect(harness.proxy.requests).toHaveLength(2);
	});

	test('by name: looked up once for all items', async () => {
		const { success } = await getMany(
			{ project: locator('name', 'paging'), limit: 1 },
			{ items: Array<IDataObject>(20).fill({}) },
		);
		expect(success).toHaveLength(20);
		expect(harness.proxy.requests.filter(({ path }) => path.startsWith('/v4/projects'))).toHaveLength(1);
		expect(queries()).toHaveLength(20);
	});

	test.each([
		['a name that no project has', 'name', 'pagin', "'Project' does not exist: pagin [item 1]"],
		['an unknown ID', 'id', 'pr_none', 'No such project_id: "pr_none".'],
		['nothing', 'name', ' ', "'Project' is empty [item 1]"],
	])('%s is an error of that item alone', async (_name, mode, value, message) => {
		const { success } = await getMany(
			{ project: locator(mode, '={{ $json.project }}'), limit: 1 },
			{
				items: [{ project: mode === 'name' ? 'paging' : projectId }, { project: value }],
				settings: { onError: 'continueRegularOutput' },
			},
		);
		expect(success.map(({ json }) => json.id)).toEqual([ids[0], undefined]);
		expect(success[1]!.json.error).toMatchObject({ message });
		expect(success[1]!.pairedItem).toEqual({ item: 1 });
	});
});

describe('filters', () => {
	test.each([
		['the text, in any case', { search: 'refund' }, 1],
		['the source', { source: 'n8n' }, 23],
		[
			'from a time on, of the zone of the workflow (n8n: America/New_York)',
			{ createdAfter: '2025-12-31T22:00:00' },
			50,
		],
		['up to a time with an offset', { createdBefore: '2026-01-01T01:09:00+01:00' }, 10],
		[
			'between the two',
			{ createdAfter: '2026-01-01T00:10:00Z', createdBefore: '={{ new Date(Date.UTC(2026, 0, 1, 0, 19)) }}' },
			10,
		],
		['the session', { sessionId: 'sesh_none' }, 0],
		['nothing that is left empty', { search: ' ', source: '', sessionId: '={{ undefined }}', createdAfter: '' }, 230],
	])('%s', async (_name, filters, count) => {
		const { success } = await getMany({ returnAll: true, filters });
		expect(success).toHaveLength(2 * count);
	});

	test('an expression of its own for each item', async () => {
		const { success } = await getMany(
			{ filters: { search: '={{ $json.search }}' } },
			{ items: [{ search: 'Answer 12' }, { search: 'zoë 7' }, {}] },
		);
		expect([0, 1, 2].map((item) => idsOf(success, item).length)).toEqual([11, 11, 50]);
	});

	test('what is no date is named, and nothing is sent for it', async () => {
		const { success } = await getMany(
			{ filters: { createdAfter: '={{ $json.since }}' }, limit: 1 },
			{ items: [{ since: 'last week' }, { since: '2025-12-31' }], settings: { onError: 'continueRegularOutput' } },
		);
		expect(success[0]!.json.error).toMatchObject({
			message: '\'Created After\' is not a date: "last week" [item 0]',
			attempts: 0,
		});
		expect(success[1]!.json.id).toBe(ids[0]);
		expect(harness.proxy.requests).toHaveLength(1);
	});
});

describe('items', () => {
	const keys = [
		'output',
		'inputs',
		'feedback',
		'error',
		'createdAt',
		'totalTokens',
		'cost',
		'id',
		'modelConfigId',
		'sessionId',
	];

	test('simplified: the same fields from Get and Get Many', async () => {
		const { success: completions } = await harness.run({
			parameters: {
				project: locator('name', 'simple'),
				options: { session: locator('referenceId', 's-1'), source: 'n8n' },
			},
		});
		const logIds = completions.map(({ json }) => json.id);
		const { success: listed } = await getMany({ project: locator('name', 'simple') }, { items: [{}] });
		const { success } = await get({ logId: '={{ $json.id }}' }, { items: logIds.map((id) => ({ id })) });
		expect(success.map(({ json }) => json.id)).toEqual(logIds);
		expect(listed.map(({ json }) => json).sort(byId)).toEqual(success.map(({ json }) => json).sort(byId));
		for (const { json } of success) {
			expect(Object.keys(json)).toEqual(keys);
			const completion = completions.find((one) => one.json.id === json.id)!.json;
			const { output, modelConfigId, sessionId, totalTokens, cost } = completion;
			expect(modelConfigId).toBe(harness.configId);
			expect(json).toMatchObject({
				output,
				modelConfigId,
				sessionId,
				totalTokens,
				cost,
				feedback: [],
				error: null,
				createdAt: expect.stringMatching(/^20\d\d-.*Z$/) as string,
			});
			expect((json.inputs as IDataObject).name).toMatch(/Zoë|Jürgen/);
		}
	});

	test("simplified: a chat's log has the tool calls as the chat's item has them", async () => {
		const configId = await storeChatConfig(harness, {
			tools: [{ name: 'get_order', parameters: { type: 'object', properties: {} } }],
			other: {
				humanloop_server: { mock: { otherwise: { tool_calls: [{ name: 'get_order', arguments: { id: 1 } }] } } },
			},
		});
		const { success: chats } = await harness.run({ parameters: chatWith(configId, fields({ content: 'Where?' })) });
		const { success } = await get({ logId: '={{ $json.id }}' }, { items: chats.map(({ json: { id } }) => ({ id })) });
		expect(success).toHaveLength(2);
		for (const [index, { json }] of success.entries()) {
			const { finishReason, index: _, promptTokens, generationTokens, ...shared } = chats[index]!.json;
			expect(shared).toMatchObject({ toolCalls: [{ name: 'get_order', args: { id: 1 } }], modelConfigId: configId });
			expect(json).toMatchObject(shared);
		}
	});

	test('simplified: the cost is the sum of both parts, or null if one is unknown', async () => {
		const store = async (costs: IDataObject) =>
			(await harness.api.post<{ id: string }>('/logs', { project: 'costs', config_id: harness.configId, ...costs }))
				.data.id;
		const items = [
			{ id: await store({ output: 'a', prompt_cost: 0.1, output_cost: 0.2 }) },
			{ id: await store({ output: 'b', prompt_cost: 0.1 }) },
		];
		const { success } = await get({ logId: '={{ $json.id }}' }, { items });
		expect(success.map(({ json }) => json.cost)).toEqual([0.3, null]);
	});

	test('not simplified: as the API gives it, in Get and Get Many', async () => {
		const { data } = await harness.api.get<IDataObject>(`/logs/${ids[3]}`);
		const { success } = await get({ logId: ids[3]!, simplify: false });
		expect(success).toEqual([0, 1].map((item) => ({ json: data, pairedItem: { item } })));
		const { success: listed } = await getMany({ simplify: false, limit: 4 });
		expect(listed[3]).toEqual(success[0]);
	});

	test('a log of a failed call is a result, not an error of the node', async () => {
		const { data } = await harness.api.post<{ id: string }>('/logs', {
			project: 'failed',
			config_id: harness.configId,
			error: 'The model is gone',
		});
		for (const simplify of [true, false]) {
			const { success, error } = await get(
				{ logId: data.id, simplify },
				{ settings: { onError: 'continueErrorOutput' } },
			);
			expect(success.map(({ json }) => json.error)).toEqual(['The model is gone', 'The model is gone']);
			expect(error).toEqual([]);
		}
	});
});

const byId = (a: IDataObject, b: IDataObject) => String(a.id).localeCompare(String(b.id));

describe('Get: an ID that the API does not know', () => {
	const hostile = 'a/../../x?y=1#z';
	const run = (settings: object) =>
		get({ logId: '={{ $json.id }}' }, { items: [{ id: ids[0] }, { id: hostile }, { id: ids[1] }], settings });
	const error = {
		message: `No such log: ${JSON.stringify(hostile)}.`,
		description: expect.stringMatching(/^Check the IDs/) as string,
		status: 404,
		attempts: 1,
		requestId: expect.any(String) as string,
		link: null,
	};

	test('stop: the workflow ends with it', async () => {
		const { failure, success } = await run({});
		expect(failure).toMatchObject({
			name: 'NodeApiError',
			message: error.message,
			httpCode: '404',
			context: { itemIndex: 1 },
		});
		expect(success).toEqual([]);
	});

	test('continue: an error item in its place', async () => {
		const { success } = await run({ onError: 'continueRegularOutput' });
		expect(success.map(({ json, pairedItem }) => [json.id, json.error, pairedItem])).toEqual([
			[ids[0], null, { item: 0 }],
			[undefined, error, { item: 1 }],
			[ids[1], null, { item: 2 }],
		]);
	});

	test('error output: it takes the branch, with its input beside the error', async () => {
		const { success, error: branch } = await run({ onError: 'continueErrorOutput' });
		expect(success.map(({ pairedItem }) => pairedItem)).toEqual([{ item: 0 }, { item: 2 }]);
		expect(branch).toEqual([{ json: { id: hostile, error }, pairedItem: { item: 1 } }]);
	});

	test('it reaches the logs and nothing else', async () => {
		const items = [hostile, '%2e%2e/projects', '..', '.'].map((id) => ({ id }));
		const { success } = await get(
			{ logId: '={{ $json.id }}' },
			{ items, settings: { onError: 'continueRegularOutput' } },
		);
		expect(harness.proxy.requests.map(({ method, path }) => [method, path])).toEqual([
			['GET', '/v4/logs/a%2F..%2F..%2Fx%3Fy%3D1%23z'],
			['GET', '/v4/logs/%252e%252e%2Fprojects'],
		]);
		expect(success[2]!.json.error).toMatchObject({ message: "'Log ID' is not an ID: .. [item 2]", attempts: 0 });
	});

	test('an empty one is named, and nothing is sent', async () => {
		const { failure } = await get({ logId: '={{ $json.none }}' });
		expect(failure?.message).toBe("'Log ID' is empty [item 0]");
		expect(harness.proxy.requests).toHaveLength(0);
	});
});

describe('Get Many: a response that is no page of logs', () => {
	test.each([
		['an object', '{"ok":true}', 'Expected a list from the v4 API, but the response is something else'],
		['a web page', '<html></html>', 'Expected JSON from the v4 API, but the response is something else'],
	])('%s', async (_name, body, message) => {
		harness.proxy.readFault = ({ path }, response, position) => {
			if (position !== 0 || !path.startsWith('/v4/logs')) return false;
			response.writeHead(200, { 'content-type': body.startsWith('{') ? 'application/json' : 'text/html' }).end(body);
			return true;
		};
		const { success } = await getMany({ limit: 1 }, { settings: { onError: 'continueRegularOutput' } });
		expect(success.map(({ json }) => (json.error as IDataObject | null)?.message)).toEqual([message, undefined]);
	});
});
