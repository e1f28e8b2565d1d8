import type { IBinaryKeyData, IDataObject } from 'n8n-workflow';

import { nameOf, useHarness } from './harness/useHarness.ts';

/** 'Include Input Fields': a row stays a row, with its answer beside it. */
const harness = useHarness();

const rows: IDataObject[] = [
	{ row_number: 2, name: 'Zoë', topic: 'late parcel', id: 'ticket-1', output: 'of the row' },
	{ row_number: 3, name: 'Jürgen', topic: 'refund', id: 'ticket-2', output: null },
];
const binary: IBinaryKeyData = { photo: { data: 'aGk=', mimeType: 'image/png', fileName: 'photo.png' } };
const onErrors = ['stopWorkflow', 'continueRegularOutput', 'continueErrorOutput'] as const;
const run = (options: IDataObject, more: IDataObject = {}, onError: (typeof onErrors)[number] = 'stopWorkflow') =>
	harness.run({ items: rows, binary, parameters: { ...more, options } as never, settings: { onError } });

test('off by default: no field of the input item', async () => {
	const { success } = await run({});
	for (const { json, binary: kept } of success)
		expect([json.row_number, json.name, kept]).toEqual([undefined, undefined, undefined]);
});

describe.each(onErrors)('%s', (onError) => {
	test('the input fields come first, the answer wins, binary data and item links are kept', async () => {
		const { success } = await run({ includeInputFields: true }, { numSamples: 2 }, onError);
		expect(success.map(({ pairedItem }) => pairedItem)).toEqual([0, 0, 1, 1].map((item) => ({ item })));
		for (const [position, { json, binary: kept }] of success.entries()) {
			const row = rows[Math.floor(position / 2)]!;
			expect(json).toMatchObject({ row_number: row.row_number, name: row.name, topic: row.topic, index: position % 2 });
			expect(Object.keys(json).slice(0, 5)).toEqual(Object.keys(row));
			expect(json.output).toEqual(expect.stringContaining(row.name as string));
			expect(json.id).toMatch(/^data_/);
			expect(kept).toEqual(binary);
		}
	});

	test('with a prefix both are there, without Simplify and in a stream too', async () => {
		for (const stream of [false, true]) {
			const options = { includeInputFields: true, inputFieldsPrefix: 'in_', stream };
			const { success } = await run(options, { simplify: false }, onError);
			expect(success).toHaveLength(2);
			for (const [position, { json }] of success.entries()) {
				const row = rows[position]!;
				expect(json).toMatchObject({ in_id: row.id, in_output: row.output, in_name: row.name });
				expect(json.id).toMatch(/^data_/);
				expect(Object.keys(json)).not.toContain('name');
			}
		}
	});

	test('an error item has nothing but its error', async () => {
		harness.proxy.fault = (request, response) => {
			if (nameOf(request) !== 'Zoë') return false;
			response.writeHead(422, { 'content-type': 'application/json' }).end('{"detail":"no"}');
			return true;
		};
		const { success, error, failure } = await run({ includeInputFields: true, inputFieldsPrefix: 'in_' }, {}, onError);
		if (onError === 'stopWorkflow') return expect(failure?.message).toBe('no');
		const failed = onError === 'continueErrorOutput' ? error[0]! : success[0]!;
		// On the error branch, n8n adds the input item's fields itself.
		const expected = onError === 'continueErrorOutput' ? [...Object.keys(rows[0]!), 'error'] : ['error'];
		expect(Object.keys(failed.json).sort()).toEqual(expected.sort());
		expect(failed.pairedItem).toEqual({ item: 0 });
		expect(success.at(-1)!.json.in_name).toBe('Jürgen');
	});
});

test('a value that is neither true nor false is named', async () => {
	const { failure } = await run({ includeInputFields: 'perhaps' });
	expect(failure?.message).toBe('\'Include Input Fields\' is neither true nor false: "perhaps" [item 0]');
	expect(harness.calls()).toEqual([]);
});
