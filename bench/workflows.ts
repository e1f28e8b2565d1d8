import type { IDataObject } from 'n8n-workflow';

import type { Credential, ExportedWorkflow } from '../n8n/instance.ts';

/** How many answers are asked for each item. */
export const samples = 2;

/** One way from items to answers. */
export interface Way {
	/** Short, without spaces. */
	id: string;
	/** As the table calls it. */
	title: string;
	/** The nodes whose time counts, in their order, without positions and names. */
	nodes(configId: string, url: string): BenchNode[];
}

interface BenchNode {
	type: string;
	typeVersion: number;
	parameters: IDataObject;
	/** The type of its credential, which is the host's one of this type. */
	credential?: 'humanloopApi' | 'httpHeaderAuth';
}

type Inputs = 'mapped' | 'expression';

/** What the editor keeps of the field 'Inputs', mapped automatically or with an expression for the one variable. */
const inputsOf: Record<Inputs, IDataObject> = {
	mapped: { mappingMode: 'autoMapInputData', value: null },
	expression: { mappingMode: 'defineBelow', value: { question: '={{ $json.question }}' } },
};
const schema = [
	{ id: 'question', displayName: 'question', required: true, defaultMatch: false, display: true, type: 'string' },
];

/** @param maxConcurrency the option 'Max Concurrency', or undefined for its default */
function humanloop(inputs: Inputs, maxConcurrency?: number): Way {
	const how = { mapped: 'mapped automatically', expression: 'one expression' }[inputs];
	return {
		id: `${inputs}-${maxConcurrency ?? 'default'}`,
		title: `Humanloop, ${how}${maxConcurrency ? `, ${maxConcurrency} at once` : ''}`,
		nodes: (configId) => [
			{
				type: 'n8n-nodes-humanloop.humanloop',
				typeVersion: 1,
				credential: 'humanloopApi',
				parameters: {
					resource: 'completion',
					operation: 'create',
					project: { __rl: true, mode: 'list', value: '' },
					modelConfig: { __rl: true, mode: 'id', value: configId },
					specifyInputs: 'fields',
					inputs: { ...inputsOf[inputs], matchingColumns: [], schema },
					numSamples: samples,
					options: maxConcurrency ? { maxConcurrency } : {},
				},
			},
		],
	};
}

/** @param batching the option 'Batching' of HTTP Request */
function httpRequest(id: string, title: string, batching?: IDataObject): Way {
	return {
		id,
		title,
		nodes: (configId, url) => [
			{
				type: 'n8n-nodes-base.httpRequest',
				typeVersion: 4.5,
				credential: 'httpHeaderAuth',
				parameters: {
					method: 'POST',
					url: `${url}/completion-model-config`,
					authentication: 'genericCredentialType',
					genericAuthType: 'httpHeaderAuth',
					sendBody: true,
					specifyBody: 'json',
					jsonBody: `={{ { model_config_id: '${configId}', inputs: { question: $json.question }, num_samples: ${samples} } }}`,
					options: batching ? { batching: { batch: batching } } : {},
				},
			},
			{ type: 'n8n-nodes-base.splitOut', typeVersion: 1, parameters: { fieldToSplitOut: 'data', options: {} } },
		],
	};
}

export const ways = {
	mapped: humanloop('mapped'),
	expression: humanloop('expression'),
	mappedInFifty: humanloop('mapped', 50),
	expressionInFifty: humanloop('expression', 50),
	http: httpRequest('http', 'HTTP Request + Split Out'),
	// The values that the option proposes.
	httpInBatches: httpRequest('http-batches', 'The same, in batches of 50 a second', {
		batchSize: 50,
		batchInterval: 1000,
	}),
};

/** A host of the v4 API, as n8n reaches it. */
export interface Host {
	id: string;
	/** Base URL, with `/v4`. */
	url: string;
	configId: string;
	apiKey: string;
}

/** The path of the webhook that starts a way to a host. */
export const pathOf = (host: Host, way: Way) => `${host.id}-${way.id}`;

/** The names of the nodes whose time counts. */
export const nodeNames = (host: Host, way: Way) =>
	way.nodes(host.configId, host.url).map((_, index) => `${pathOf(host, way)} ${index + 1}`);

export const credentialsFor = ({ id, url, apiKey }: Host): Credential[] => [
	{ id: `humanloopApi-${id}`, name: `${id} 1`, type: 'humanloopApi', data: { apiKey, baseUrl: url } },
	{ id: `httpHeaderAuth-${id}`, name: `${id} 2`, type: 'httpHeaderAuth', data: { name: 'X-API-KEY', value: apiKey } },
];

const items = `return Array.from({ length: $input.first().json.body.items }, (_, number) => ({
	json: { question: \`Question \${number}: why did the parcel with the blue lamp arrive three days late, and who pays for it?\` },
}));`;

/**
 * One workflow with a branch for each way: a webhook that takes `{"items": N}`, a Code node that makes N items, and the nodes
 * that are measured. It is one workflow because n8n publishes them one by one, each in a process of its own.
 */
export function benchWorkflow(id: string, branches: Array<{ host: Host; way: Way }>): ExportedWorkflow {
	const nodes: object[] = [];
	const connections: IDataObject = {};
	for (const [row, { host, way }] of branches.entries()) {
		const path = pathOf(host, way);
		const names = nodeNames(host, way);
		const chain = [
			{
				name: path,
				type: 'n8n-nodes-base.webhook',
				typeVersion: 2.1,
				webhookId: path,
				parameters: { path, httpMethod: 'POST', options: {} },
			},
			{ name: `${path} items`, type: 'n8n-nodes-base.code', typeVersion: 2, parameters: { jsCode: items } },
			...way.nodes(host.configId, host.url).map(({ credential, ...node }, index) => ({
				...node,
				name: names[index]!,
				// So that the items that were answered can be counted where others were not.
				onError: 'continueRegularOutput',
				...(credential && { credentials: { [credential]: { id: `${credential}-${host.id}`, name: credential } } }),
			})),
		];
		for (const [column, node] of chain.entries()) {
			nodes.push({ ...node, id: node.name, position: [column * 200, row * 200] });
			const next = chain[column + 1];
			if (next) connections[node.name] = { main: [[{ node: next.name, type: 'main', index: 0 }]] };
		}
	}
	return { id, name: 'Benchmark', nodes, connections };
}
