import type { IDataObject, INodeParameters } from 'n8n-workflow';

import { startHarness, type Harness } from './harness/harness.ts';

/** Feedback → Create, up to what the server has of it afterwards. */
let harness: Harness;
let logIds: string[];
beforeAll(async () => {
	harness = await startHarness();
});
afterAll(() => harness.close());
beforeEach(async () => {
	harness.proxy.fault = undefined;
	harness.proxy.dropsResponse = () => false;
	const log = { project: 'tests', config_id: harness.configId, output: 'An answer' };
	logIds = (await harness.api.post<Array<{ id: string }>>('/logs', [log, log])).data.map(({ id }) => id);
	harness.proxy.requests.splice(0);
});

type RunOptions = NonNullable<Parameters<Harness['run']>[0]>;

/** One item per log, `more` beside its ID. */
const itemsWith = (...more: IDataObject[]) => more.map((fields, index) => ({ id: logIds[index], ...fields }));

function create(parameters: INodeParameters = {}, more: Partial<RunOptions> = {}) {
	return harness.run({
		items: itemsWith({ value: 'good' }, { value: 'bad' }),
		...more,
		parameters: {
			resource: 'feedback',
			operation: 'create',
			logId: '={{ $json.id }}',
			value: '={{ $json.value }}',
			...parameters,
		},
	});
}
const bodies = () => harness.proxy.requests.map(({ body }) => body!);
const storedOn = async (logId: string) =>
	(await harness.api.get<{ feedback: IDataObject[] }>(`/logs/${logId}`)).data.feedback;

/** The API's feedback under the names that the node gives it. */
const named = ({ value, type, data_id, user, created_at, id }: IDataObject) => ({
	value,
	type,
	logId: data_id,
	user,
	createdAt: created_at,
	id,
});

test('one item per feedback, in the casing of all items, and the log has it', async () => {
	const { success } = await create();
	expect(bodies()).toEqual([
		{ data_id: logIds[0], type: 'rating', value: 'good' },
		{ data_id: logIds[1], type: 'rating', value: 'bad' },
	]);
	for (const [item, { json, pairedItem }] of success.entries()) {
		expect(json).toMatchObject({
			id: expect.stringMatching(/^ann_/) as string,
			logId: logIds[item],
			value: ['good', 'bad'][item],
		});
		expect((await storedOn(logIds[item]!)).map(named)).toEqual([json]);
		expect(pairedItem).toEqual({ item });
	}
	const { success: logs } = await harness.run({
		items: [{}, {}],
		parameters: { resource: 'log', operation: 'get', logId: logIds[0]! },
	});
	expect(logs[1]!.json.feedback).toEqual([success[0]!.json]);
});

test.each(['action', 'comment', 'correction', 'issue', 'rating'])(
	'a feedback of the type %s, by another one for each item',
	async (type) => {
		const { success } = await create(
			{ type: '={{ $json.type }}' },
			{ items: itemsWith({ value: 'x', type }, { value: 'y', type: 'mine' }) },
		);
		expect(success.map(({ json }) => [json.type, json.value])).toEqual([
			[type, 'x'],
			['mine', 'y'],
		]);
	},
);

test('options are sent when they are set, in the types of the contract', async () => {
	const additionalFields = { createdAt: '2026-01-31T09:30:00', unset: 'false', user: ' customer-81 ' };
	const { success } = await create({ additionalFields });
	// Without an offset it is of the workflow's time zone, which is n8n's own here: America/New_York.
	const sent = { created_at: '2026-01-31T14:30:00.000Z', unset: false, user: 'customer-81' };
	expect(bodies()).toEqual([expect.objectContaining(sent), expect.objectContaining(sent)]);
	expect(success[1]!.json).toMatchObject({ createdAt: '2026-01-31T14:30:00.000Z', user: 'customer-81' });

	await create({ additionalFields: { createdAt: '', user: '={{ undefined }}' } });
	expect(Object.keys(bodies()[3]!).sort()).toEqual(['data_id', 'type', 'value']);
});

test('a number, a switch and a list of labels stay what they are', async () => {
	const values = [4.5, true, ['copied', 'shared']];
	const { success } = await create(
		{ type: 'action', logId: logIds[0]! },
		{ items: values.map((value) => ({ value })) },
	);
	expect(success.map(({ json }) => json.value)).toEqual(values);
});

test('Unset takes back what was given, with a value or without', async () => {
	await create();
	const { success } = await create({ value: '', additionalFields: { unset: true } });
	expect(success.map(({ json }) => json.value)).toEqual(['good', 'bad']);
	expect(bodies().slice(2)).toEqual(logIds.map((data_id) => ({ data_id, type: 'rating', unset: true })));
	expect(await storedOn(logIds[0]!)).toEqual([]);
});

describe('once, however often it is sent', () => {
	const keys = () => harness.proxy.requests.map(({ headers }) => headers['idempotency-key']);

	/** What the log has when the good feedback comes for the second time. */
	let before: IDataObject[] | undefined;
	const watched = (also: Harness['proxy']['fault'] = () => false): Harness['proxy']['fault'] => {
		before = undefined;
		let good = 0;
		return async (request, response, position) => {
			if (request.body?.value === 'good' && good++ === 1) before = await storedOn(logIds[0]!);
			return await also(request, response, position);
		};
	};

	test('after a response that was lost', async () => {
		let lost = 0;
		harness.proxy.fault = watched();
		harness.proxy.dropsResponse = ({ body }) => body?.value === 'good' && lost++ === 0;
		const { success } = await create();
		expect(new Set(keys()).size).toBe(2);
		expect(harness.proxy.requests).toHaveLength(3);
		expect(before!.map(named)).toEqual([success[0]!.json]);
		expect(await storedOn(logIds[0]!)).toEqual(before);
	});

	test('by Retry On Fail, which sends every item again', async () => {
		let failures = 0;
		harness.proxy.fault = watched(({ body }, response) => {
			if (body?.value !== 'bad' || failures++ > 0) return false;
			response.writeHead(400).end('{"detail":"not now"}');
			return true;
		});
		const { success } = await create({}, { settings: { retryOnFail: true, maxTries: 2, waitBetweenTries: 1 } });
		expect(new Set(keys()).size).toBe(2);
		expect(harness.proxy.requests).toHaveLength(4);
		expect(before!.map(named)).toEqual([success[0]!.json]);
		expect(await storedOn(logIds[0]!)).toEqual(before);
	});

	test('another execution, and another item with the same content, have keys of their own', async () => {
		await create({ logId: logIds[0]!, value: 'good' });
		await create({ logId: logIds[0]!, value: 'good' }, { executionId: '2' });
		expect(new Set(keys()).size).toBe(4);
	});
});

describe('a log that the API does not know', () => {
	const threeItems = () => [
		{ id: logIds[0], value: 'a' },
		{ id: 'data_none', value: 'b' },
		{ id: logIds[1], value: 'c' },
	];
	const error = {
		message: 'No such data_id: "data_none".',
		description: expect.stringMatching(/^Check 'Log ID' \(data_id\)\.$/) as string,
		status: 404,
		attempts: 1,
		requestId: expect.any(String) as string,
		link: null,
	};

	test('stop: the workflow ends with it', async () => {
		const { failure, success } = await create({}, { items: threeItems() });
		expect(failure).toMatchObject({
			name: 'NodeApiError',
			message: error.message,
			httpCode: '404',
			context: { itemIndex: 1 },
		});
		expect(success).toEqual([]);
	});

	test('continue: an error item in its place', async () => {
		const { success } = await create({}, { items: threeItems(), settings: { onError: 'continueRegularOutput' } });
		expect(success.map(({ json, pairedItem }) => [json.value ?? json, pairedItem])).toEqual([
			['a', { item: 0 }],
			[{ error }, { item: 1 }],
			['c', { item: 2 }],
		]);
	});

	test('error output: it takes the branch, with its input beside the error', async () => {
		const result = await create({}, { items: threeItems(), settings: { onError: 'continueErrorOutput' } });
		expect(result.success.map(({ json }) => json.value)).toEqual(['a', 'c']);
		expect(result.error).toEqual([{ json: { ...threeItems()[1], error }, pairedItem: { item: 1 } }]);
	});
});

describe('bad input names the field and the item, and nothing is sent for it', () => {
	test.each([
		['no log', { logId: ' ' }, "'Log ID' is empty [item 1]"],
		['a log that is an object', { logId: '={{ ({}) }}' }, "'Log ID' is not text: {} [item 1]"],
		['an empty value', { value: '' }, "'Value' is empty [item 1]"],
		['a value that an expression did not find', { value: '={{ $json.valeu }}' }, "'Value' is empty [item 1]"],
		[
			'an empty value that is to be kept',
			{ value: '', additionalFields: { unset: false } },
			"'Value' is empty [item 1]",
		],
		[
			'a time that is none',
			{ additionalFields: { createdAt: 'soon' } },
			'\'Created At\' is not a date: "soon" [item 1]',
		],
		[
			'a switch that is none',
			{ additionalFields: { unset: 'perhaps' } },
			'\'Unset\' is neither true nor false: "perhaps" [item 1]',
		],
	])('%s', async (_name, bad: INodeParameters, message) => {
		// The good item has the parameters of the test above, the bad one what is under test.
		const perItem = (name: string, value: unknown) => {
			const text = typeof value === 'string' && value.startsWith('={{') ? value.slice(3, -2) : JSON.stringify(value);
			const good: Record<string, string> = {
				logId: '$json.id',
				value: '$json.value',
				createdAt: '"2026-01-31"',
				unset: 'false',
			};
			return `={{ $itemIndex === 1 ? (${text}) : (${good[name]}) }}`;
		};
		const { additionalFields, ...plain } = bad;
		const filled = (fields: object) =>
			Object.fromEntries(Object.entries(fields).map(([name, value]) => [name, perItem(name, value)]));
		const { success } = await create(
			{
				...filled(plain),
				...(additionalFields !== undefined && { additionalFields: filled(additionalFields as object) }),
			},
			{ settings: { onError: 'continueRegularOutput' } },
		);
		expect(success[0]!.json).toMatchObject({ value: 'good' });
		expect(success[1]).toMatchObject({
			json: { error: { message, status: null, attempts: 0 } },
			pairedItem: { item: 1 },
		});
		expect(harness.proxy.requests).toHaveLength(1);
	});
});

test('as a tool of an AI Agent: one call, one feedback', async () => {
	const items = itemsWith({ value: 'good' }, { value: 'bad' });
	const responses = await harness.runTool(
		{
			items,
			parameters: { resource: 'feedback', operation: 'create', logId: '={{ $json.id }}', value: '={{ $json.value }}' },
		},
		1,
	);
	expect(responses.map(([item]) => item!.json.value)).toEqual(['good', 'bad']);
});
