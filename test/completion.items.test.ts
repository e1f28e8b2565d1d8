import type { IDataObject } from 'n8n-workflow';

import { twoItems } from './harness/harness.ts';
import { useHarness } from './harness/useHarness.ts';

const harness = useHarness();

const anId = (prefix: string) => expect.stringMatching(new RegExp(`^${prefix}_[A-Za-z0-9]{21}$`)) as string;

test('simplified: one flat item per sample, in order, linked to its input, tokens on the first sample only', async () => {
	const { success } = await harness.run({
		parameters: {
			numSamples: 3,
			project: { __rl: true, mode: 'name', value: 'tests' },
			options: { session: { __rl: true, mode: 'referenceId', value: 'items-1' } },
		},
	});
	const tokens = {
		promptTokens: expect.any(Number) as number,
		generationTokens: expect.any(Number) as number,
		totalTokens: expect.any(Number) as number,
		cost: null,
	};
	expect(success).toEqual(
		[0, 1].flatMap((item) =>
			[0, 1, 2].map((index) => ({
				json: {
					output: expect.stringMatching(/\S/) as string,
					finishReason: 'stop',
					index,
					...(index === 0 && tokens),
					id: anId('data'),
					modelConfigId: harness.configId,
					sessionId: anId('sesh'),
				},
				pairedItem: { item },
			})),
		),
	);
	// The order of the editor's columns: the answer first, the IDs last.
	const keys = success.map(({ json }) => Object.keys(json).join());
	expect(keys[0]).toBe(
		'output,finishReason,index,promptTokens,generationTokens,totalTokens,cost,id,modelConfigId,sessionId',
	);
	expect(keys[1]).toBe('output,finishReason,index,id,modelConfigId,sessionId');
	expect(new Set(success.map(({ json }) => json.id)).size).toBe(6);
	expect(new Set(success.map(({ json }) => json.sessionId)).size).toBe(1);
});

test('each item has its own value of a parameter with an expression, beside parameters that all share', async () => {
	const { success } = await harness.run({
		items: twoItems.map((item, index) => ({ ...item, simplify: index === 0, project: `own-${index}` })),
		parameters: {
			project: { __rl: true, mode: 'name', value: '={{ $json.project }}' },
			simplify: '={{ $json.simplify }}',
			numSamples: 2,
		},
	});
	expect(success.map(({ json }) => 'modelConfigId' in json)).toEqual([true, true, false, false]);
	const { data } = await harness.api.get<{ records: IDataObject[] }>('/projects', { params: { filter: 'own-' } });
	expect(data.records.map(({ name }) => name).sort()).toEqual(['own-0', 'own-1']);
});

test('the tokens of all items add up to what the server has counted', async () => {
	const { success } = await harness.run({
		parameters: { numSamples: 2, project: { __rl: true, mode: 'name', value: 'sums' } },
	});
	const { data: projects } = await harness.api.get<{ records: IDataObject[] }>('/projects', {
		params: { filter: 'sums' },
	});
	const { data } = await harness.api.get<{ records: IDataObject[] }>('/logs', {
		params: { project_id: projects.records[0]!.id },
	});
	const sum = (items: IDataObject[], key: string) => items.reduce((total, item) => total + Number(item[key] ?? 0), 0);
	const items = success.map(({ json }) => json);
	expect(data.records).toHaveLength(4);
	expect(sum(items, 'promptTokens')).toBe(sum(data.records, 'prompt_tokens'));
	expect(sum(items, 'generationTokens')).toBe(sum(data.records, 'output_tokens'));
	expect(sum(items, 'totalTokens')).toBeGreaterThan(0);
});

test("not simplified: what belongs to the call is on the first sample only, under the API's own names", async () => {
	const { success } = await harness.run({
		parameters: { numSamples: 2, simplify: false, options: { metadataJson: '{ "a": 1 }' } },
	});
	expect(success.map(({ pairedItem }) => pairedItem)).toEqual([{ item: 0 }, { item: 0 }, { item: 1 }, { item: 1 }]);
	const ofEverySample = [
		'finish_reason',
		'id',
		'index',
		'inputs',
		'model_config_id',
		'output',
		'raw_output',
		'tool_results',
	];
	const ofTheCall = [
		'cost',
		'logprobs',
		'metadata',
		'num_samples',
		'project_id',
		'provider_request',
		'provider_responses',
		'session_id',
		'suffix',
		'usage',
		'user',
	];
	for (const { json } of success) {
		const expected = json.index === 0 ? [...ofEverySample, ...ofTheCall].sort() : ofEverySample;
		expect(Object.keys(json).sort()).toEqual(expected);
		if (json.index === 0) expect(json.metadata).toEqual({ a: 1 });
	}
	expect(success[2]!.json.inputs).toEqual(twoItems[1]);
});

test('samples that come out of order are put in order', async () => {
	harness.proxy.fault = (request, response) => {
		const data = [2, 0, 1].map((index) => ({
			id: `data_${index}`,
			index,
			output: `sample ${index}`,
			finish_reason: 'stop',
		}));
		response.writeHead(200, { 'content-type': 'application/json' });
		response.end(
			JSON.stringify({
				data,
				usage: { prompt_tokens: 1, generation_tokens: 2, total_tokens: 3 },
				provider_responses: [],
			}),
		);
		return request.path.endsWith('/completion-model-config');
	};
	const { success } = await harness.run({ parameters: { numSamples: 3 } });
	expect(success.map(({ json }) => json.output)).toEqual([
		'sample 0',
		'sample 1',
		'sample 2',
		'sample 0',
		'sample 1',
		'sample 2',
	]);
	expect(success.map(({ json }) => json.totalTokens)).toEqual([3, undefined, undefined, 3, undefined, undefined]);
});

test('a log stands behind every item', async () => {
	const { success } = await harness.run({
		parameters: { project: { __rl: true, mode: 'name', value: 'tests' }, numSamples: 2 },
	});
	for (const { json } of success) {
		const { data } = await harness.api.get<IDataObject>(`/logs/${String(json.id)}`);
		expect(data).toMatchObject({ id: json.id, output: json.output, config_id: harness.configId });
	}
});
