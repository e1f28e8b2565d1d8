import type { IDataObject, INode, INodeParameters, ResourceMapperValue } from 'n8n-workflow';

import type { ExportedWorkflow } from '../n8n/instance.ts';
import { credentialId } from './environment.ts';

export interface WebhookWorkflow {
	/** ID of the workflow, and path of its webhook. */
	id: string;
	/** Parameters of the Humanloop node, for Completion → Create unless they say otherwise. */
	parameters: INodeParameters;
	/** Settings of the Humanloop node, such as `onError`. */
	settings?: Partial<INode>;
	responseMode?: 'lastNode' | 'streaming';
	credential?: string;
}

/** What the editor keeps of 'Inputs' when they are mapped automatically. */
export const automatic = {
	mappingMode: 'autoMapInputData',
	value: null,
	matchingColumns: [],
	schema: [],
} as unknown as ResourceMapperValue;

/** Webhook → Split Out → Humanloop: the webhook's `items` become n8n's items, and all of the last node's items the answer. */
export function webhookWorkflow({
	id,
	parameters,
	settings,
	responseMode = 'lastNode',
	credential = credentialId,
}: WebhookWorkflow): ExportedWorkflow {
	const nodes: IDataObject[] = [
		{
			id: `${id}-webhook`,
			name: 'Webhook',
			type: 'n8n-nodes-base.webhook',
			typeVersion: 2.1,
			webhookId: id,
			parameters: {
				httpMethod: 'POST',
				path: id,
				responseMode,
				...(responseMode === 'lastNode' ? { responseData: 'allEntries' } : {}),
			},
		},
		{
			id: `${id}-items`,
			name: 'Items',
			type: 'n8n-nodes-base.splitOut',
			typeVersion: 1,
			parameters: { fieldToSplitOut: 'body.items' },
		},
		{
			id: `${id}-humanloop`,
			name: 'Humanloop',
			type: 'n8n-nodes-humanloop.humanloop',
			typeVersion: 1,
			parameters: { resource: 'completion', operation: 'create', ...parameters },
			credentials: { humanloopApi: { id: credential, name: 'Humanloop' } },
			...(settings as IDataObject),
		},
	];
	const names = nodes.map(({ name }) => name as string);
	return {
		id,
		name: id,
		nodes: nodes.map((node, index) => ({ ...node, position: [index * 220, 0] })),
		connections: Object.fromEntries(
			names.slice(0, -1).map((name, index) => [name, { main: [[{ node: names[index + 1], type: 'main', index: 0 }]] }]),
		),
		settings: { executionOrder: 'v1' },
	} as ExportedWorkflow;
}
