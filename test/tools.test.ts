import type { IDataObject, INodeParameters } from 'n8n-workflow';

import { manualInputs } from './harness/harness';
import { useHarness } from './harness/useHarness';

/** What an AI Agent gets from the operations that it may use as tools: each of its calls has one item. */
const harness = useHarness();
const locator = (mode: string, value: string) => ({ __rl: true, mode, value });
const outputs = async (items: IDataObject[], parameters: INodeParameters) =>
	(await harness.runTool({ items, parameters }, 1)).map((response) => response.map(({ json }) => json));

test('a deployed version runs with the inputs that the Agent writes', async () => {
	const [first, second] = await outputs(
		[
			{ Name: 'Zoë', Topic: 'a parcel' },
			{ Name: 'Jürgen', Topic: 'a refund' },
		],
		{
			...(await harness.minimalFor('completion', 'deployed')),
			inputs: manualInputs({
				name: "={{ $fromAI('Name', 'Who gets the letter', 'string') }}",
				topic: "={{ $fromAI('Topic', 'What it is about', 'string') }}",
			}),
		},
	);
	expect([typeof first![0]!.output, typeof second![0]!.output]).toEqual(['string', 'string']);
	const sent = harness.calls();
	expect(sent.map(({ path }) => path)).toEqual(['/v4/completion-deployed', '/v4/completion-deployed']);
	expect(sent.map(({ body }) => (body!.inputs as IDataObject).name).sort()).toEqual(['Jürgen', 'Zoë']);
});

test('JSON comes back as fields; a text that is none is an error that the Agent can read', async () => {
	const { data } = await harness.api.post<{ config: { id: string } }>('/model-configs', {
		project: 'tests/tools',
		provider: 'mock',
		model: 'mock-1',
		prompt_template: 'Rate {{text}}.',
		other: { humanloop_server: { mock: { otherwise: '{{text}}' } } },
	});
	const parameters = {
		modelConfig: locator('id', data.config.id),
		inputs: manualInputs({ text: '={{ $json.text }}' }),
		outputFormat: 'json',
	};
	const items = [{ text: '{"stars": 5}' }, { text: 'five stars' }];
	const settings = { onError: 'continueRegularOutput' as const };
	const [good, bad] = await harness.runTool({ items, parameters, settings }, 1);
	expect(good![0]!.json).toMatchObject({ stars: 5, humanloopFinishReason: 'stop' });
	expect(bad![0]!.json.error).toMatchObject({ output: 'five stars' });
});

test('the versions of a project, and one of them', async () => {
	const project = locator('name', 'tests');
	const lists = await outputs([{ most: 1 }, { most: 50 }], {
		resource: 'modelConfig',
		operation: 'getAll',
		project,
		limit: '={{ $json.most }}',
	});
	for (const configs of lists) expect(configs).toContainEqual(expect.objectContaining({ id: harness.configId }));
	expect(lists[0]).toHaveLength(1);
	const [read] = await outputs([{ id: harness.configId }], {
		resource: 'modelConfig',
		operation: 'get',
		modelConfig: locator('id', '={{ $json.id }}'),
	});
	expect(read).toEqual([expect.objectContaining({ id: harness.configId, provider: 'mock' })]);
});
