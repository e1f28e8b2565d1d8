import { readFileSync } from 'node:fs';
import path from 'node:path';
import axios from 'axios';
import { parse } from 'csv-parse/sync';
import type { IDataObject, INodeParameterResourceLocator } from 'n8n-workflow';

import { exampleWorkflows, storeModelConfigs } from '../n8n/examples';
import { useHarness } from './harness/useHarness';

/** The examples' prompts on the mock model, and the workflows that run them. */
const harness = useHarness();

const tickets: IDataObject[] = parse(readFileSync('examples/tickets.csv'), { columns: true });

/** Runs an example's prompt over all tickets, with several samples. */
async function runExample(name: string, numSamples: number) {
	const config = JSON.parse(readFileSync(path.join('examples/model-configs', `${name}.json`), 'utf8')) as IDataObject;
	const { data } = await harness.api.post<{ config: { id: string } }>('/model-configs', config);
	const parameters = {
		modelConfig: { __rl: true, mode: 'id', value: data.config.id },
		inputs: { mappingMode: 'autoMapInputData', value: null },
		numSamples,
		options: { includeInputFields: true },
	};
	const { success, failure } = await harness.run({ items: tickets, parameters });
	expect(failure).toBeUndefined();
	expect(success).toHaveLength(numSamples * tickets.length);
	return success.map(({ json }) => json);
}

test('each ticket gets one of the categories that the prompt asks for, and an urgency', async () => {
	const items = await runExample('triage', 1);
	const categories = new Map<string, string[]>();
	for (const { ticket, output, finishReason } of items) {
		expect([ticket, output]).toEqual([
			ticket,
			expect.stringMatching(/^(shipping|refund|defect|question|praise) [1-5]$/),
		]);
		expect(finishReason).toBe('stop');
		const [category] = String(output).split(' ') as [string];
		categories.set(category, [...(categories.get(category) ?? []), String(ticket)]);
	}
	// As a person sorts them.
	expect(Object.fromEntries(categories)).toEqual({
		shipping: ['4711', '4718', '4726', '4727', '4732', '4744'],
		defect: ['4712', '4714', '4731', '4735', '4746', '4750'],
		praise: ['4715', '4740', '4760'],
		refund: ['4720', '4728', '4736', '4739', '4743', '4747', '4752'],
		question: ['4719', '4723', '4724', '4738', '4749', '4753', '4755', '4758'],
	});
});

test('each ticket gets a whole reply of its own, which names the customer; the samples of the demo differ', async () => {
	const items = await runExample('reply', 2);
	const texts = new Map<unknown, string[]>();
	for (const { ticket, customer, output, finishReason } of items) {
		const text = String(output);
		expect([ticket, finishReason, text.includes(String(customer)), text.includes('{{')]).toEqual([
			ticket,
			'stop',
			true,
			false,
		]);
		texts.set(ticket, [...(texts.get(ticket) ?? []), text.replaceAll(String(customer), '')]);
	}
	expect(new Set([...texts.values()].map(([first]) => first)).size).toBe(tickets.length);
	for (const ticket of ['4711', '4712', '4719', '4720', '4723']) expect(new Set(texts.get(ticket)).size).toBe(2);
});

test('of the two versions of the classification, the next one sorts all tickets as the triage does', async () => {
	const categories = (await runExample('triage', 1)).map(({ output }) => String(output).split(' ')[0]);
	/** The tickets that are not sorted so, and what the version says instead. */
	const wrong = async (name: string) =>
		(await runExample(name, 1)).flatMap(({ ticket, output }, index) => {
			const text = String(output);
			const { category } = (text.startsWith('{') ? JSON.parse(text) : {}) as { category?: string };
			return category === categories[index] ? [] : [[ticket, category]];
		});
	expect(await wrong('classification')).toEqual([
		['4719', undefined],
		['4736', 'defect'],
	]);
	expect(await wrong('classificationNext')).toEqual([]);
});

test('the workflows run the prompts that are stored with them', async () => {
	const { server } = harness;
	await storeModelConfigs(axios.create({ baseURL: server.baseUrl, headers: { 'X-API-KEY': server.apiKey } }));
	const workflows = exampleWorkflows({ id: '', name: '' });
	const nodes = workflows.flatMap((workflow) => workflow.nodes as { name: string; parameters: IDataObject }[]);
	// Others have an expression.
	const used = nodes.flatMap(({ name, parameters }) => {
		const modelConfig = parameters.modelConfig as INodeParameterResourceLocator | undefined;
		return modelConfig?.mode === 'list' ? [{ name, modelConfig }] : [];
	});
	expect(used.length).toBeGreaterThan(3);
	for (const { name, modelConfig } of used) {
		const { value, cachedResultName } = modelConfig;
		const { status, data } = await harness.api.get<IDataObject>(`/model-configs/${String(value)}`);
		expect([name, status, cachedResultName]).toEqual([name, 200, `${String(data.name)} · ${String(data.model)}`]);
	}
});
