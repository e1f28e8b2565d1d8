import type { IDataObject } from 'n8n-workflow';

import { manualInputs, twoItems } from './harness/harness.ts';
import { useHarness } from './harness/useHarness.ts';

const harness = useHarness();

/** The wire bodies of a run that must succeed. */
async function bodiesOf(parameters: IDataObject, items?: IDataObject[]): Promise<IDataObject[]> {
	const { failure } = await harness.run({ parameters: parameters as never, ...(items && { items }) });
	expect(failure).toBeUndefined();
	return harness.calls().map(({ body }) => body as IDataObject);
}

const inputs = twoItems.map(({ name, topic }) => ({ name, topic }));

describe('what is sent', () => {
	test('of an untouched form: the model config, the inputs, the number of samples', async () => {
		expect(await bodiesOf({})).toEqual(
			inputs.map((values) => ({ model_config_id: harness.configId, inputs: values, num_samples: 1 })),
		);
	});

	test('every field that was set, under its wire name and in its type', async () => {
		const parent = (await harness.run()).success[0]!.json.id;
		harness.calls();
		const bodies = await bodiesOf({
			project: { __rl: true, mode: 'name', value: 'all/fields' },
			numSamples: 2,
			options: {
				logprobs: 3,
				metadata: { fields: [{ name: 'ticket', value: '={{ $itemIndex }}' }] },
				parent: { __rl: true, mode: 'id', value: parent },
				returnInputs: false,
				save: false,
				seed: 7,
				source: 'n8n',
				sourceDatapointId: 'data_source',
				stream: false,
				suffix: ' The end.',
				user: 'customer-81',
			},
		});
		expect(bodies).toEqual(
			inputs.map((values, index) => ({
				project: 'all/fields',
				model_config_id: harness.configId,
				inputs: values,
				num_samples: 2,
				logprobs: 3,
				metadata: { ticket: index },
				parent_id: parent,
				return_inputs: false,
				save: false,
				seed: 7,
				source: 'n8n',
				source_datapoint_id: 'data_source',
				stream: false,
				suffix: ' The end.',
				user: 'customer-81',
			})),
		);
	});

	test('0 and false are sent, what is empty is not', async () => {
		const [body] = await bodiesOf({
			project: { __rl: true, mode: 'id', value: '' },
			options: {
				seed: 0,
				logprobs: 0,
				save: false,
				source: '',
				user: '  ',
				suffix: '',
				metadata: {},
				metadataJson: '',
				session: { __rl: true, mode: 'id', value: '' },
			},
		});
		expect(body).toEqual({
			model_config_id: harness.configId,
			inputs: inputs[0],
			num_samples: 1,
			seed: 0,
			logprobs: 0,
			save: false,
		});
	});

	test.each([
		['project', { project: { __rl: true, mode: 'name', value: 'tests' } }, { project: 'tests' }],
		[
			'session',
			{ options: { session: { __rl: true, mode: 'referenceId', value: 'order-1' } } },
			{ session_reference_id: 'order-1' },
		],
	])('%s by the mode that was chosen, never both', async (_name, parameters, expected) => {
		const bodies = await bodiesOf(parameters);
		for (const body of bodies) {
			expect(body).toMatchObject(expected);
			expect(Object.keys(body)).toHaveLength(4);
		}
	});

	test('project and session by ID', async () => {
		const { success } = await harness.run({
			parameters: {
				simplify: false,
				project: { __rl: true, mode: 'name', value: 'tests' },
				options: { session: { __rl: true, mode: 'referenceId', value: 'order-2' } },
			},
		});
		harness.calls();
		const { project_id: projectId, session_id: sessionId } = success[0]!.json;
		const bodies = await bodiesOf({
			project: { __rl: true, mode: 'id', value: projectId },
			options: { session: { __rl: true, mode: 'id', value: sessionId } },
		});
		for (const body of bodies) expect(body).toMatchObject({ project_id: projectId, session_id: sessionId });
	});

	test('parent by its reference', async () => {
		await harness.api.post('/logs', {
			project: 'tests',
			config_id: harness.configId,
			reference_id: 'root-1',
			output: 'root',
		});
		const bodies = await bodiesOf({ options: { parent: { __rl: true, mode: 'referenceId', value: 'root-1' } } });
		for (const body of bodies) expect(body).toMatchObject({ parent_reference_id: 'root-1' });
	});

	test('what an expression gives in another type is turned into the type of the field', async () => {
		const items = twoItems.map((item) => ({ ...item, samples: '2', number: 4711, save: 'false' }));
		const [body] = await bodiesOf(
			{
				numSamples: '={{ $json.samples }}',
				options: { user: '={{ $json.number }}', save: '={{ $json.save }}', source: '={{ $json.number }}' },
			},
			items,
		);
		expect(body).toMatchObject({ num_samples: 2, user: '4711', save: false, source: '4711' });
	});

	test('inputs keep the type that an expression gave them', async () => {
		const items = [{ value: 3 }, { value: { deep: [true, null] } }];
		const bodies = await bodiesOf(
			{
				inputs: manualInputs({ name: '={{ $json.value }}', topic: '' }),
			},
			items,
		);
		expect(bodies.map((body) => body.inputs)).toEqual(items.map(({ value }) => ({ name: value, topic: '' })));
	});

	test('white space around IDs is cut off, in a suffix it is text', async () => {
		const [body] = await bodiesOf({
			modelConfig: { __rl: true, mode: 'id', value: ` ${harness.configId}\n` },
			options: { suffix: '\n', source: ' n8n ' },
		});
		expect(body).toMatchObject({ model_config_id: harness.configId, suffix: '\n', source: 'n8n' });
	});

	test.each([
		['text', '{ "name": "Zoë", "topic": "a \\"quote\\"" }'],
		['an expression that returns text', '={{ JSON.stringify({ name: "Zoë", topic: \'a "quote"\' }) }}'],
		['an expression that returns an object', '={{ ({ name: "Zoë", topic: \'a "quote"\' }) }}'],
	])('inputs as JSON: %s', async (_kind, inputsJson) => {
		const bodies = await bodiesOf({ specifyInputs: 'json', inputsJson });
		for (const body of bodies) expect(body.inputs).toEqual({ name: 'Zoë', topic: 'a "quote"' });
	});

	test('metadata as JSON', async () => {
		const bodies = await bodiesOf({ options: { metadataJson: '={{ ({ row: $itemIndex, nothing: null }) }}' } });
		expect(bodies.map((body) => body.metadata)).toEqual([
			{ row: 0, nothing: null },
			{ row: 1, nothing: null },
		]);
	});

	test('a base URL with slashes at its end', async () => {
		const { success } = await harness.run({
			credentials: { apiKey: harness.server.apiKey, baseUrl: `${harness.proxy.baseUrl}//` },
		});
		expect(success).toHaveLength(2);
		expect(harness.calls().map(({ path }) => path)).toEqual([
			'/v4/completion-model-config',
			'/v4/completion-model-config',
		]);
	});
});

describe('bad input names the field and the item, and nothing is sent for it', () => {
	const bad: Array<[string, IDataObject, string]> = [
		[
			'JSON that does not parse',
			{ specifyInputs: 'json', inputsJson: '{ "name": "Zoë" ' },
			"'Inputs (JSON)' is not valid JSON [item 1]",
		],
		[
			'inputs that are a list',
			{ specifyInputs: 'json', inputsJson: '[1]' },
			"'Inputs (JSON)' is a list, not an object [item 1]",
		],
		[
			'inputs that are a number',
			{ specifyInputs: 'json', inputsJson: '={{ 3 }}' },
			"'Inputs (JSON)' is a number, not an object [item 1]",
		],
		[
			'inputs that are null',
			{ specifyInputs: 'json', inputsJson: 'null' },
			"'Inputs (JSON)' is null, not an object [item 1]",
		],
		[
			'metadata without a name',
			{ options: { metadata: { fields: [{ name: ' ', value: 'x' }] } } },
			"'Metadata' has an entry without a name [item 1]",
		],
		[
			'metadata named twice',
			{
				options: {
					metadata: {
						fields: [
							{ name: 'name', value: 'a' },
							{ name: 'name', value: 'b' },
						],
					},
				},
			},
			"'Metadata' has more than one entry named 'name' [item 1]",
		],
		[
			'metadata that does not parse',
			{ options: { metadataJson: '{,}' } },
			"'Metadata (JSON)' is not valid JSON [item 1]",
		],
		[
			'metadata both ways',
			{ options: { metadata: { fields: [{ name: 'a', value: 'b' }] }, metadataJson: '{"a": 1}' } },
			"'Metadata' is set twice, here and in 'Metadata (JSON)' [item 1]",
		],
		[
			'no model config',
			{ modelConfig: { __rl: true, mode: 'id', value: '={{ "" }}' } },
			"'Model Config' is empty [item 1]",
		],
		[
			'samples that are no number',
			{ numSamples: '={{ "many" }}' },
			'\'Number of Samples\' is not a whole number: "many" [item 1]',
		],
		['half a sample', { numSamples: 1.5 }, "'Number of Samples' is not a whole number: 1.5 [item 1]"],
		[
			'a switch that is neither on nor off',
			{ options: { save: '={{ "maybe" }}' } },
			'\'Save\' is neither true nor false: "maybe" [item 1]',
		],
		[
			'a user that is an object',
			{ options: { user: '={{ ({ id: 1 }) }}' } },
			'\'User\' is not text: {"id":1} [item 1]',
		],
		[
			'a mode that does not exist',
			{ options: { session: { __rl: true, mode: 'name', value: 'x' } } },
			"'Session' has the unknown mode 'name' [item 1]",
		],
	];

	test.each(bad)('%s', async (_name, parameters, message) => {
		const result = await harness.run({ parameters: parameters as never, settings: { onError: 'continueErrorOutput' } });
		expect(harness.calls()).toHaveLength(0);
		expect(result.success).toHaveLength(0);
		expect(result.error.map(({ json }) => (json.error as IDataObject).message)).toEqual([
			message.replace('[item 1]', '[item 0]'),
			message,
		]);
		expect(result.error.map(({ pairedItem }) => pairedItem)).toEqual([{ item: 0 }, { item: 1 }]);
	});

	test('in one item alone: the other one is answered', async () => {
		const result = await harness.run({
			parameters: { specifyInputs: 'json', inputsJson: '={{ $itemIndex === 1 ? "{" : JSON.stringify($json) }}' },
			settings: { onError: 'continueErrorOutput' },
		});
		expect(harness.calls()).toHaveLength(1);
		expect(result.success.map(({ pairedItem }) => pairedItem)).toEqual([{ item: 0 }]);
		expect(result.error.map(({ pairedItem }) => pairedItem)).toEqual([{ item: 1 }]);
	});

	test('stops the workflow where it is to stop', async () => {
		const { failure } = await harness.run({ parameters: { specifyInputs: 'json', inputsJson: '{' } });
		expect(failure?.message).toBe("'Inputs (JSON)' is not valid JSON [item 0]");
		expect(failure?.context).toMatchObject({ itemIndex: 0 });
		expect(harness.calls()).toHaveLength(0);
	});
});
