import { WorkflowExecute } from 'n8n-core';
import {
	createRunExecutionData,
	NodeHelpers,
	Workflow,
	type IDataObject,
	type INode,
	type INodeParameters,
	type INodeType,
	type INodeTypes,
	type IRun,
	type StructuredChunk,
} from 'n8n-workflow';

import { additionalData } from './harness/runNode.ts';
import { useHarness } from './harness/useHarness.ts';

/**
 * The node as the tool of an AI Agent that asks n8n's engine to call it, see n8n-core's requests-response.js. The calls
 * of an Agent that calls the tool by itself are in deployment.test.ts and completion.chunks.test.ts.
 */
const harness = useHarness();

const described = (name: string, inputs: Array<'main' | 'ai_tool'>): INodeType['description'] => ({
	...{ displayName: name, name, group: ['transform'], version: 1, description: '', defaults: {} },
	...{ inputs, outputs: ['main'], properties: [] },
});

/** Asks for one call of the tool for each input item, and ends when they are there. */
const agent: INodeType = {
	description: described('agent', ['main', 'ai_tool']),
	async execute(response) {
		if (response?.actionResponses.length) return [[{ json: { done: true } }]];
		return {
			actions: this.getInputData().map(({ json }, itemIndex) => ({
				...{ actionType: 'ExecutionNodeAction', nodeName: 'Humanloop', type: 'ai_tool', id: `call-${itemIndex}` },
				...{ input: json, metadata: { itemIndex } },
			})),
			metadata: {},
		};
	},
};

const source: INodeType = {
	description: described('source', ['main']),
	async execute() {
		return [this.getInputData()];
	},
};

async function runAgent(items: IDataObject[], parameters: INodeParameters): Promise<[IRun, StructuredChunk[]]> {
	const types: Record<string, INodeType> = { source, agent, humanloop: harness.loaded.node };
	const nodeTypes: INodeTypes = {
		getByName: (type) => types[type]!,
		getByNameAndVersion: (type, version) => NodeHelpers.getVersionedNodeType(types[type]!, version),
		getKnownTypes: () => ({}),
	};
	const node = (name: string, more: Partial<INode> = {}): INode => ({
		...{ id: name, name, type: name.toLowerCase(), typeVersion: 1, position: [0, 0], parameters: {} },
		...more,
	});
	const credentials = { humanloopApi: { id: 'c', name: 'H' } };
	const workflow = new Workflow({
		...{ id: 'w', name: 'Agent', active: false, nodeTypes, settings: { executionOrder: 'v1' } },
		nodes: [node('Source'), node('Agent'), node('Humanloop', { parameters, credentials })],
		connections: {
			Source: { main: [[{ node: 'Agent', type: 'main', index: 0 }]] },
			Humanloop: { ai_tool: [[{ node: 'Agent', type: 'ai_tool', index: 0 }]] },
		},
	});
	const input = { main: [items.map((json) => ({ json }))] };
	const runData = createRunExecutionData({
		executionData: { nodeExecutionStack: [{ node: workflow.getNode('Source')!, data: input, source: null }] },
	});
	const chunks: StructuredChunk[] = [];
	const options = {
		...{ items, parameters, streaming: true },
		credentials: { apiKey: harness.server.apiKey, baseUrl: harness.proxy.baseUrl },
	};
	const additional = additionalData(harness.loaded, options, chunks);
	const run = await new WorkflowExecute(additional, 'manual', runData).processRunExecutionData(workflow);
	return [run, chunks];
}

test('it cannot deploy', async () => {
	const [first, second] = [await store('one'), await store('two')];
	const [run] = await runAgent([{ version: second.config.id }, { version: second.config.id }], {
		...{ resource: 'modelConfig', operation: 'deploy' },
		project: { __rl: true, mode: 'id', value: first.project_id },
		modelConfig: { __rl: true, mode: 'id', value: '={{ $json.version }}' },
	});
	const calls = run.data.resultData.runData.Humanloop!;
	expect(calls).toHaveLength(2);
	expect(JSON.stringify(calls)).toContain('An AI Agent cannot deploy a model config');
	expect(harness.proxy.requests.map(({ method }) => method)).not.toContain('PATCH');
	const { data } = await harness.api.get<{ config: IDataObject }>(`/projects/${first.project_id}/active-config`);
	expect(data.config.id).toBe(first.config.id);
});

test("its tokens do not go to the Agent's listener", async () => {
	const [run, chunks] = await runAgent([{ query: 1 }, { query: 2 }], {
		...harness.minimal,
		...{ resource: 'completion', operation: 'create', specifyInputs: 'json' },
		...{ inputsJson: '{"name":"Zoë","topic":"parcel"}', options: { stream: true } },
	});
	expect(run.data.resultData.runData.Humanloop).toHaveLength(2);
	expect(chunks).toEqual([]);
});

async function store(prompt_template: string): Promise<{ project_id: string; config: { id: string } }> {
	const body = { project: 'agents', provider: 'mock', model: 'mock-1', prompt_template };
	return (await harness.api.post<{ project_id: string; config: { id: string } }>('/model-configs', body)).data;
}
