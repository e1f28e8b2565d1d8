import type { IDataObject, INodeProperties } from 'n8n-workflow';

import type { ItemContext } from '../execution/itemContext';
import { environmentLocator, modelConfigLocator } from '../shared/locators';
import { modelRunPaths } from '../transport/paths';
import { fieldError } from '../values/fieldError';
import type { Resource } from './resource';

/** 'Run': whether the node names a version of a prompt, or runs what is deployed. */
export const runField: INodeProperties = {
	displayName: 'Run',
	name: 'run',
	type: 'options',
	noDataExpression: true,
	options: [
		{
			name: 'Deployed Version',
			value: 'deployed',
			description: 'The model config that is deployed in an environment of the project when the node runs',
		},
		{
			name: 'Version',
			value: 'version',
			description: 'The model config that you choose here',
		},
	],
	default: 'version',
	description: 'Which version of a prompt to run',
};

/** 'Environment', for what is deployed. Empty means the default environment. */
export const deployedEnvironment: INodeProperties = {
	...environmentLocator,
	displayOptions: { show: { run: ['deployed'] } },
	description: "Where the version is deployed. By default, the server's default environment.",
	routing: { send: { type: 'body', property: 'environment' } },
};

/** 'Model Config', for a version that the node names. */
export const versionLocator: INodeProperties = {
	...modelConfigLocator,
	displayOptions: { show: { run: ['version'] } },
	description: 'Stored prompt to run: its template, model and parameters',
	routing: { send: { type: 'body', property: 'model_config_id' } },
};

/** Which config a call runs. */
export type Run =
	| { kind: 'version'; configId: string }
	| { kind: 'deployed'; project: { project?: string; project_id?: string }; environment?: string };

/**
 * Which config an item's call runs.
 *
 * @param body the keys of the request that the fields fill
 * @throws NodeOperationError that names the field and the item, if it is not said
 */
export function runOf(item: ItemContext, body: IDataObject): Run {
	const { context } = item;
	const { project, project_id, environment, model_config_id } = body as Record<string, string | undefined>;
	if (item.parameter('run', 'version') !== 'deployed') {
		if (model_config_id !== undefined) return { kind: 'version', configId: model_config_id };
		throw fieldError(
			context,
			'Model Config',
			'is empty',
			'Choose a model config from the list, or enter an ID, e.g. config_OYbJbWbFvUxX1MxgWvAsi.',
		);
	}
	if (project === undefined && project_id === undefined) {
		throw fieldError(
			context,
			'Project',
			'is empty',
			"Choose the project whose deployed version to run, or set 'Run' to 'Version'.",
		);
	}
	return {
		kind: 'deployed',
		project: project_id === undefined ? { project } : { project_id },
		...(environment !== undefined && { environment }),
	};
}

/** The path of the endpoint that carries a run out, relative to the base URL. */
export function pathOf(resource: Resource, { kind }: Run): string {
	return modelRunPaths[resource][kind];
}
