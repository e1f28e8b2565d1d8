import axios, { type AxiosInstance } from 'axios';
import type {
	IDataObject,
	INodeExecutionData,
	INodeParameters,
	ResourceMapperValue,
	StructuredChunk,
} from 'n8n-workflow';

import { startRecordingProxy, type RecordedRequest, type RecordingProxy } from '../hosts/recordingProxy.ts';
import { startServer, type RunningServer, type ServerOptions } from '../hosts/startServer.ts';
import { loadPackage, type LoadedPackage } from './loadPackage.ts';
import { runAsTool, runNode, type NodeRunResult, type NodeRunOptions } from './runNode.ts';

/** Node → proxy → server, with a model config to call. */
export interface Harness {
	server: RunningServer;
	proxy: RecordingProxy;
	loaded: LoadedPackage;
	/** The server's API, asked past the proxy. */
	api: AxiosInstance;
	/** A config of the mock model with the variables `name` and `topic`. */
	configId: string;
	/** Parameters that a completion needs at least; the inputs come from the item's fields. */
	minimal: INodeParameters;
	/**
	 * Parameters that an operation needs at least to run a version, or what is deployed. Both configs have the variables
	 * `name` and `topic`.
	 */
	minimalFor(resource: Resource, run: RunKind): Promise<INodeParameters>;
	/** Runs the node over the two standard items, unless told otherwise. */
	run(options?: Partial<NodeRunOptions>): Promise<NodeRunResult>;
	/** Runs the node as the tool of an AI Agent: one call per item, all at once. */
	runTool(
		options: Partial<NodeRunOptions>,
		agentItems: number,
		chunks?: StructuredChunk[],
	): Promise<INodeExecutionData[][]>;
	/** The calls that run a model and came over the wire since the last look. */
	calls(): RecordedRequest[];
	close(): Promise<void>;
}

/** What the editor keeps of 'Inputs' when each is mapped manually; without a schema, as when an agent wrote it. */
export const manualInputs = (value: IDataObject) =>
	({ mappingMode: 'defineBelow', value, matchingColumns: [], schema: [] }) as unknown as ResourceMapperValue;

export type Resource = 'chat' | 'completion';
export type RunKind = 'deployed' | 'version';

/** The endpoints that the operations Create call, by resource and by what they run. */
export const callPaths = [
	{ resource: 'chat', run: 'deployed', path: '/chat-deployed' },
	{ resource: 'chat', run: 'version', path: '/chat-model-config' },
	{ resource: 'completion', run: 'deployed', path: '/completion-deployed' },
	{ resource: 'completion', run: 'version', path: '/completion-model-config' },
] as const;

export const twoItems: IDataObject[] = [
	{ name: 'Zoë', topic: 'late parcel 📦' },
	{ name: 'Jürgen "JJ" Groß', topic: 'refund\nof 12 €' },
];

export async function startHarness(options?: ServerOptions): Promise<Harness> {
	// First, because it fails where nothing is built: then no server must be left behind.
	const loaded = await loadPackage();
	const server = await startServer(options);
	const proxy = await startRecordingProxy(server.baseUrl);
	const api = axios.create({
		baseURL: server.baseUrl,
		headers: { 'X-API-KEY': server.apiKey },
		validateStatus: () => true,
	});
	/** Stores a config, or finds it. The first one of a project is deployed. */
	async function storeConfig(resource: Resource): Promise<{ project: string; id: string }> {
		const text = 'Write to {{name}} about {{ topic }}.';
		const isChat = resource === 'chat';
		const project = isChat ? 'tests/chat' : 'tests';
		const { data } = await api.post<{ config: { id: string } }>('/model-configs', {
			project,
			provider: 'mock',
			model: 'mock-1',
			...(isChat ? { endpoint: 'chat', chat_template: [{ role: 'user', content: text }] } : { prompt_template: text }),
		});
		return { project, id: data.config.id };
	}
	const { id: configId } = await storeConfig('completion');
	const minimal = {
		modelConfig: { __rl: true, mode: 'id', value: configId },
		inputs: manualInputs({ name: '={{ $json.name }}', topic: '={{ $json.topic }}' }),
	};

	const complete = ({ parameters, ...rest }: Partial<NodeRunOptions> = {}): NodeRunOptions => ({
		items: twoItems,
		credentials: { apiKey: server.apiKey, baseUrl: proxy.baseUrl },
		...rest,
		parameters: { ...minimal, ...parameters },
	});

	return {
		server,
		proxy,
		loaded,
		api,
		configId,
		minimal,
		async minimalFor(resource, run) {
			const { project, id } = await storeConfig(resource);
			const { inputs } = minimal;
			if (run === 'version') return { resource, run, modelConfig: { __rl: true, mode: 'id', value: id }, inputs };
			return { resource, run, project: { __rl: true, mode: 'name', value: project }, inputs };
		},
		run: (options) => runNode(loaded, complete(options)),
		runTool: (options, agentItems, chunks) => runAsTool(loaded, complete(options), agentItems, chunks),
		calls: () =>
			proxy.requests
				.splice(0)
				.filter(({ method, path }) => method === 'POST' && callPaths.some((call) => path === `/v4${call.path}`)),
		async close() {
			await proxy.stop();
			await server.stop();
		},
	};
}
