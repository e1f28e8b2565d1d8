import { ExecuteContext, ExecutionLifecycleHooks, RoutingNode, WorkflowExecute } from 'n8n-core';
import {
	NodeHelpers,
	Workflow,
	createRunExecutionData,
	type ExecutionError,
	type IBinaryKeyData,
	type ICredentialDataDecryptedObject,
	type IDataObject,
	type IExecuteData,
	type IExecuteFunctions,
	type INode,
	type INodeExecutionData,
	type INodeParameters,
	type INodeType,
	type INodeTypes,
	type StructuredChunk,
	type IRun,
	type IWorkflowExecuteAdditionalData,
	type WorkflowExecuteMode,
} from 'n8n-workflow';

import { OneCredential } from './credentialsHelper.ts';
import type { LoadedPackage } from './loadPackage.ts';

export interface NodeRunOptions {
	/** The incoming items' JSON, one object per item. */
	items: IDataObject[];
	/** Binary data that every incoming item has. */
	binary?: IBinaryKeyData;
	parameters: INodeParameters;
	credentials: ICredentialDataDecryptedObject;
	/** Settings of the node, such as `onError` or `retryOnFail`. */
	settings?: Partial<INode>;
	executionId?: string;
	/** n8n's own address. */
	instanceBaseUrl?: string;
	/** Whether the workflow answers in streaming mode, as behind a chat or a webhook whose response mode is "Streaming". */
	streaming?: boolean;
	/** How n8n runs the workflow; by default, as a person in the editor does. */
	mode?: WorkflowExecuteMode;
	/** Cancels the execution when it resolves, as the stop button does. */
	cancelWhen?: Promise<unknown>;
}

export interface NodeRunResult {
	/** The items of the first output. */
	success: INodeExecutionData[];
	/** The items of the error output, which exists with `onError: 'continueErrorOutput'`. */
	error: INodeExecutionData[];
	/** The error that ended the node, with the setting "Stop Workflow". */
	failure?: ExecutionError;
	/** What a listener to the streaming answer received, in order. */
	chunks: StructuredChunk[];
	run: IRun;
}

/** Gives out the items it was given, so that the node under test has a real predecessor. */
const source: INodeType = {
	description: {
		displayName: 'Source',
		name: 'source',
		group: ['transform'],
		version: 1,
		description: '',
		defaults: {},
		inputs: ['main'],
		outputs: ['main'],
		properties: [],
	},
	async execute(this: IExecuteFunctions) {
		return [this.getInputData()];
	},
};

/** The node's name, unless the settings have another. */
const nameOf = ({ settings }: NodeRunOptions) => settings?.name ?? 'Humanloop';

/** Source → Humanloop. */
export function workflowOf(loaded: LoadedPackage, options: NodeRunOptions): Workflow {
	const nodeTypes = { source, humanloop: loaded.node };
	return new Workflow({
		id: 'workflow-1',
		name: 'Test',
		active: false,
		nodes: [
			{ id: 'source-1', name: 'Source', type: 'source', typeVersion: 1, position: [0, 0], parameters: {} },
			{
				id: 'humanloop-1',
				name: nameOf(options),
				type: 'humanloop',
				typeVersion: 1,
				position: [200, 0],
				parameters: { resource: 'completion', operation: 'create', ...options.parameters },
				credentials: { humanloopApi: { id: 'credential-1', name: 'Humanloop' } },
				...options.settings,
			},
		],
		connections: { Source: { main: [[{ node: nameOf(options), type: 'main', index: 0 }]] } },
		nodeTypes: {
			getByName: (type) => nodeTypes[type as keyof typeof nodeTypes],
			getByNameAndVersion: (type, version) =>
				NodeHelpers.getVersionedNodeType(nodeTypes[type as keyof typeof nodeTypes], version),
			getKnownTypes: () => ({}),
		} satisfies INodeTypes,
		settings: { executionOrder: 'v1' },
	});
}

/** Runs Source → Humanloop through n8n's own workflow engine. */
export async function runNode(loaded: LoadedPackage, options: NodeRunOptions): Promise<NodeRunResult> {
	const workflow = workflowOf(loaded, options);
	const { items, binary } = options;
	const input = items.map((json) => ({ json, ...(binary && { binary }) }));
	const runData = createRunExecutionData({
		executionData: {
			nodeExecutionStack: [{ node: workflow.getNode('Source')!, data: { main: [input] }, source: null }],
		},
	});
	const chunks: StructuredChunk[] = [];
	const additional = additionalData(loaded, options, chunks);
	const running = new WorkflowExecute(additional, options.mode ?? 'manual', runData).processRunExecutionData(workflow);
	void options.cancelWhen?.then(() => running.cancel());
	const run = await running;

	const task = run.data.resultData.runData[nameOf(options)]?.[0];
	const outputs = task?.data?.main ?? [];
	return {
		success: outputs[0] ?? [],
		error: outputs[1] ?? [],
		failure: run.data.resultData.error,
		chunks,
		run,
	};
}

/**
 * Runs Humanloop as a tool: each item is one call of an AI Agent, all at once. As in n8n, each comes in
 * as the only item of an `ai_tool` input, with the execute data of the Agent (n8n-core 2.41.1,
 * get-input-connection-data.js).
 *
 * @param agentItems how many items the Agent itself is working on
 * @param chunks takes what goes out to a listener
 */
export async function runAsTool(
	loaded: LoadedPackage,
	options: NodeRunOptions,
	agentItems: number,
	chunks: StructuredChunk[] = [],
): Promise<INodeExecutionData[][]> {
	const workflow = workflowOf(loaded, options);
	const ofTheAgent: IExecuteData = {
		node: workflow.getNode('Source')!,
		data: { main: [Array.from({ length: agentItems }, () => ({ json: {} }))] },
		source: null,
	};
	return await Promise.all(
		options.items.map(async (json) => {
			const input = { ai_tool: [[{ json }]] };
			const context = new ExecuteContext(
				workflow,
				workflow.getNode(nameOf(options))!,
				additionalData(loaded, options, chunks),
				'manual',
				createRunExecutionData({}),
				0,
				input.ai_tool[0]!,
				input,
				ofTheAgent,
				[],
			);
			return (await new RoutingNode(context, loaded.node).runNode())?.[0] ?? [];
		}),
	);
}

export function additionalData(
	loaded: LoadedPackage,
	options: NodeRunOptions,
	chunks: StructuredChunk[] = [],
): IWorkflowExecuteAdditionalData {
	const anyUrl = 'http://127.0.0.1/';
	const hooks = new ExecutionLifecycleHooks('manual', options.executionId ?? '1', {
		nodes: [],
		connections: {},
	} as never);
	if (options.streaming) hooks.addHandler('sendChunk', (chunk) => void chunks.push(chunk));
	return {
		credentialsHelper: new OneCredential(loaded.credential, options.credentials),
		executionId: options.executionId ?? '1',
		streamingEnabled: options.streaming,
		hooks,
		currentNodeExecutionIndex: 0,
		setExecutionStatus: () => {},
		variables: {},
		restApiUrl: anyUrl,
		instanceBaseUrl: options.instanceBaseUrl ?? anyUrl,
		formWaitingBaseUrl: anyUrl,
		webhookBaseUrl: anyUrl,
		webhookWaitingBaseUrl: anyUrl,
		webhookTestBaseUrl: anyUrl,
	} as unknown as IWorkflowExecuteAdditionalData;
}
