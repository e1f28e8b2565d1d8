import { LoadOptionsContext } from 'n8n-core';
import type { INodeListSearchResult, INodeParameters, INodePropertyOptions, ResourceMapperFields } from 'n8n-workflow';

import { additionalData, workflowOf, type NodeRunOptions } from './runNode.ts';
import type { LoadedPackage } from './loadPackage.ts';

/** What the editor asks the node for while somebody fills in its fields. */
export interface Editor {
	search(method: string, filter?: string, paginationToken?: string): Promise<INodeListSearchResult>;
	inputFields(): Promise<ResourceMapperFields>;
	options(method: string): Promise<INodePropertyOptions[]>;
}

/**
 * The node in an editor, with its fields filled in as far as they are: the methods run in the context that
 * n8n gives them (n8n 2.41.1, dynamic-node-parameters.service.js).
 */
export function askEditor(
	loaded: LoadedPackage,
	options: Pick<NodeRunOptions, 'credentials'> & { parameters: INodeParameters },
): Editor {
	const all: NodeRunOptions = { items: [], ...options };
	const workflow = workflowOf(loaded, all);
	const additional = { ...additionalData(loaded, all), currentNodeParameters: options.parameters };
	const context = new LoadOptionsContext(workflow, workflow.getNode('Humanloop')!, additional, '');
	const { listSearch, loadOptions, resourceMapping } = loaded.node.methods!;
	return {
		search: (method, filter, paginationToken) => listSearch![method]!.call(context, filter, paginationToken),
		inputFields: () => resourceMapping!.getInputFields!.call(context),
		options: (method) => loadOptions![method]!.call(context),
	};
}
