import type { IDataObject, INodeParameters } from 'n8n-workflow';

import { manualInputs, twoItems } from './harness/harness.ts';
import { useHarness } from './harness/useHarness.ts';

/** How the inputs are mapped, and checked against the template before anything is paid for. */
const harness = useHarness();

const field = (id: string, more: object = {}) => ({
	id,
	displayName: id,
	required: true,
	display: true,
	type: 'string',
	defaultMatch: false,
	canBeUsedToMatch: false,
	...more,
});
const automatic = (schema: object[] = []) =>
	({
		inputs: { mappingMode: 'autoMapInputData', value: null, matchingColumns: [], schema },
	}) as unknown as INodeParameters;
const manual = (value: IDataObject, schema: object[] = []) =>
	({ inputs: { ...manualInputs(value), schema } }) as INodeParameters;
const json = (inputsJson: string): INodeParameters => ({ specifyInputs: 'json', inputsJson });
const inputsOf = () => harness.calls().map(({ body }) => body!.inputs);
const reads = () => harness.proxy.requests.filter(({ method }) => method === 'GET').map(({ path }) => path);
const spreadsheet = twoItems.map((item, row) => ({ row_number: row, ...item, Notes: 'not for the prompt' }));

describe('what is sent', () => {
	test('mapped automatically: the fields that the template names, and no others', async () => {
		const { success } = await harness.run({ items: spreadsheet, parameters: automatic() });
		expect(success).toHaveLength(2);
		expect(inputsOf()).toEqual(twoItems);
	});

	test('mapped automatically: numbers, switches and objects as they are, an empty text too', async () => {
		const items = [
			{ name: 3, topic: '' },
			{ name: { first: 'Zoë' }, topic: false },
		];
		await harness.run({ items, parameters: automatic() });
		expect(inputsOf()).toEqual(items);
	});

	test('mapped manually: what the editor shows, not what it keeps of another template', async () => {
		const parameters = manual({ name: '={{ $json.name }}', topic: 'x', subject: 'of another template' }, [
			field('name'),
			field('topic'),
			field('gone', { required: false, removed: true }),
		]);
		const { failure } = await harness.run({ parameters });
		expect(failure).toBeUndefined();
		expect(inputsOf()).toEqual(twoItems.map(({ name }) => ({ name, topic: 'x' })));
	});

	test('mapped manually for another version: names missing and surplus inputs, and how to see them', async () => {
		const parameters = manual({ name: '={{ $json.name }}', tone: 'kind' }, [field('name'), field('tone')]);
		const { success } = await harness.run({ parameters, settings: { onError: 'continueRegularOutput' } });
		expect(success.map(({ json }) => json.error)).toEqual(
			Array(2).fill(
				expect.objectContaining({
					message: expect.stringMatching(/^'Inputs' has no value for: topic \[item \d\]$/) as string,
					description: expect.stringMatching(
						/reopen the node.* Inputs that are not in the template: tone\.$/,
					) as string,
				}),
			),
		);
		const tooMuch = manual(
			{ name: 'a', topic: 'b', tone: 'kind' },
			['name', 'topic', 'tone'].map((id) => field(id)),
		);
		const { failure } = await harness.run({ parameters: tooMuch });
		expect(failure?.message).toBe("'Inputs' has inputs that are not in the template: tone [item 0]");
		expect(failure?.description).toMatch(/^Close and reopen the node.* The template has: name, topic\.$/);
		expect(harness.calls()).toEqual([]);
	});

	test('a template without variables needs nothing', async () => {
		const { data } = await harness.api.post<{ config: { id: string } }>('/model-configs', {
			project: 'tests',
			provider: 'mock',
			model: 'mock-1',
			prompt_template: 'Say something.',
		});
		const modelConfig = { __rl: true, mode: 'list', value: data.config.id };
		for (const parameters of [automatic(), manual({})]) {
			const { success } = await harness.run({ items: spreadsheet, parameters: { ...parameters, modelConfig } });
			expect(success).toHaveLength(2);
			expect(inputsOf()).toEqual([undefined, undefined]);
		}
	});
});

test('a misspelt input is named beside the one that is missing', async () => {
	const { failure } = await harness.run({ parameters: json('{"name": "x", "topci": "y"}') });
	expect(failure).toMatchObject({
		message: "'Inputs (JSON)' has no value for: topic [item 0]",
		description: expect.stringContaining('Inputs that are not in the template: topci.') as string,
	});
});

describe('a variable without a value', () => {
	const cases: Array<[string, INodeParameters, string, string]> = [
		['mapped automatically', automatic(), 'Inputs', 'no such field'],
		[
			'mapped manually by an expression that finds nothing',
			manual({ name: '={{ $json.name }}', topic: '={{ $json.topik }}' }),
			'Inputs',
			'Fill it in',
		],
		['mapped manually and left out', manual({ name: 'x' }), 'Inputs', 'Fill it in'],
		['null', manual({ name: 'x', topic: null }), 'Inputs', 'Fill it in'],
		['as JSON', json('{"name": "x"}'), 'Inputs (JSON)', 'Add each of them'],
		['null as JSON', json('{"name": "x", "topic": null}'), 'Inputs (JSON)', 'Add each of them'],
	];
	const items = twoItems.map(({ name }) => ({ name }));

	test.each(cases)('%s is named, and nothing is sent', async (_name, parameters, field, remedy) => {
		const message = (item: number) => `'${field}' has no value for: topic [item ${item}]`;
		const stopped = await harness.run({ items, parameters });
		expect(stopped.failure).toMatchObject({
			message: message(0),
			description: expect.stringContaining(remedy) as string,
		});

		const continued = await harness.run({ items, parameters, settings: { onError: 'continueRegularOutput' } });
		expect(continued.success.map(({ json, pairedItem }) => [(json.error as IDataObject).message, pairedItem])).toEqual(
			[0, 1].map((item) => [message(item), { item }]),
		);
		const branched = await harness.run({ items, parameters, settings: { onError: 'continueErrorOutput' } });
		expect(branched.success).toEqual([]);
		// n8n adds the input's fields on the error branch.
		expect(
			branched.error.map(({ json, pairedItem }) => [(json.error as IDataObject).message, json.name, pairedItem]),
		).toEqual([0, 1].map((item) => [message(item), items[item]!.name, { item }]));
		expect(harness.calls()).toHaveLength(0);
	});

	test.each([0, 3, 9])(
		'with Stop Workflow: nothing is sent of the items that are under way with it, item %s',
		async (bad) => {
			const items = Array.from({ length: 20 }, (_, item) => (item === bad ? { name: 'x' } : { name: 'x', topic: 'y' }));
			const { failure } = await harness.run({ items, parameters: automatic() });
			expect(failure).toMatchObject({ message: `'Inputs' has no value for: topic [item ${bad}]` });
			expect(harness.calls()).toHaveLength(0);
		},
	);

	test('in one item alone: the other one is answered', async () => {
		const result = await harness.run({
			items: [spreadsheet[0]!, { name: 'x' }],
			parameters: automatic(),
			settings: { onError: 'continueErrorOutput' },
		});
		expect(result.success.map(({ pairedItem }) => pairedItem)).toEqual([{ item: 0 }]);
		expect(result.error.map(({ pairedItem }) => pairedItem)).toEqual([{ item: 1 }]);
		expect(inputsOf()).toEqual([twoItems[0]]);
	});
});

test.each([
	['mapped manually', manual({ name: 'x', topic: 'y', topics: 'z' }), 'Inputs'],
	['as JSON', json('{"name": "x", "topic": "y", "topics": "z"}'), 'Inputs (JSON)'],
])('an input that the template does not know is pointed out, not sent along: %s', async (_name, parameters, field) => {
	const { success } = await harness.run({ parameters, settings: { onError: 'continueRegularOutput' } });
	expect(success.map(({ json }) => json.error)).toEqual(
		[0, 1].map((item) => ({
			message: `'${field}' has inputs that are not in the template: topics [item ${item}]`,
			description: 'Remove them, or correct their names. The template has: name, topic.',
			status: null,
			attempts: 0,
			requestId: null,
			link: null,
		})),
	);
	expect(harness.calls()).toHaveLength(0);
});

describe('the template', () => {
	test('is read once for all items, with a hostile ID in its place', async () => {
		await harness.run({ items: [...spreadsheet, ...spreadsheet], parameters: automatic() });
		expect(reads()).toEqual([`/v4/model-configs/${harness.configId}`]);
		harness.proxy.requests.splice(0);
		const modelConfig = { __rl: true, mode: 'id', value: 'a/../../admin?x=1#f' };
		await harness.run({ parameters: { modelConfig }, settings: { onError: 'continueRegularOutput' } });
		expect(reads()).toEqual(['/v4/model-configs/a%2F..%2F..%2Fadmin%3Fx%3D1%23f']);
	});

	test('that a host does not give is not checked: the call itself decides', async () => {
		harness.proxy.readFault = (_request, response) => {
			response.writeHead(404, { 'content-type': 'application/json' }).end('{"detail":"Not Found"}');
			return true;
		};
		const { success } = await harness.run();
		expect(success).toHaveLength(2);
		const { success: refused } = await harness.run({
			parameters: manual({ name: 'x' }),
			settings: { onError: 'continueRegularOutput' },
		});
		expect(refused.map(({ json }) => json.error)).toEqual(
			[0, 1].map(
				() => expect.objectContaining({ status: 422, message: expect.stringContaining('topic') as string }) as object,
			),
		);
		expect(reads()).toHaveLength(2);
	});

	test('that a host does not give, and nothing else says which inputs there are: nothing is sent', async () => {
		harness.proxy.readFault = (_request, response) => {
			response.writeHead(405, { 'content-type': 'application/json' }).end('{"detail":"Method Not Allowed"}');
			return true;
		};
		const { success } = await harness.run({
			items: spreadsheet,
			parameters: automatic(),
			settings: { onError: 'continueRegularOutput' },
		});
		expect(success.map(({ json }) => (json.error as IDataObject).message)).toEqual(
			[0, 1].map((item) => `'Inputs' cannot be mapped automatically: the template cannot be read [item ${item}]`),
		);
		expect(harness.calls()).toHaveLength(0);
	});

	test('that a passing fault hides is asked for again where nothing else says which inputs there are', async () => {
		let left = 2;
		harness.proxy.readFault = (_request, response) => {
			if (left-- <= 0) return false;
			response.writeHead(503, { 'retry-after-ms': '1' }).end();
			return true;
		};
		const { success } = await harness.run({ items: spreadsheet, parameters: automatic() });
		expect(success).toHaveLength(2);
		expect(inputsOf()).toEqual(twoItems);
	});

	test('that a passing fault hides does not hold up what the editor has kept of it', async () => {
		harness.proxy.readFault = (_request, response) => {
			response.writeHead(503).end();
			return true;
		};
		const { success } = await harness.run({
			items: spreadsheet,
			parameters: automatic([field('name'), field('topic')]),
		});
		expect(success).toHaveLength(2);
		expect(inputsOf()).toEqual(twoItems);
	});
});
