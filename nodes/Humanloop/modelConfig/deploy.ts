import { NodeOperationError, type IDataObject, type IExecuteSingleFunctions } from 'n8n-workflow';

import { defineOperation } from '../execution/defineOperation';
import { isToolCall } from '../execution/nodeRun';
import { readDeployed, toDeployed, type DeployedConfig } from '../shared/deployed';
import {
	environmentLocator,
	modelConfigLocator,
	projectLocator,
	readLocator,
	requiredId,
	requiredProjectId,
} from '../shared/locators';
import { recordItems, simplify } from '../shared/records';
import { recordPath } from '../transport/paths';
import { requestJson } from '../transport/request';
import { fieldError } from '../values/fieldError';

/**
 * Model Config → Deploy: `PATCH /projects/{id}/deploy-config`. Deploying what is deployed changes nothing, so that a
 * repeated request does no harm.
 */
export const deploy = defineOperation({
	name: 'Deploy',
	value: 'deploy',
	action: 'Deploy model config',
	description:
		"Deploy a model config to an environment. Workflows that run the 'Deployed Version' use it from then on.",
	request: { method: 'PATCH', url: '/projects' },
	fields: [
		{ ...projectLocator, description: 'Project that the model config belongs to' },
		{ ...modelConfigLocator, description: 'Model config to deploy' },
		{
			...environmentLocator,
			description: "Where to deploy it. By default, the server's default environment.",
		},
		simplify,
	],
	fieldNames: { config_id: 'Model Config' },
	isSequential: true,
	async execute(item) {
		const { context, request } = item;
		refuseAgent(context);
		const config = context.getNodeParameter('modelConfig', '');
		const configId = requiredId(context, 'Model Config', config, 'config_OYbJbWbFvUxX1MxgWvAsi');
		const name = environmentOf(context);
		const projectId = await requiredProjectId(item);
		await item.run.waitForChecks();
		const before = find(context, await item.send(() => readDeployed(item, projectId)), name);
		const url = recordPath('/projects', projectId, '/deploy-config');
		const environments = [{ id: before.environment_id, name: before.environment_name }];
		const body = { config_id: configId, environments };
		const after = await item.send(async () => toDeployed(await requestJson(context, { ...request, url, body })));
		const record = find(context, after, before.environment_name);
		return recordItems(item, [record], (deployed) => simplified(deployed, before));
	},
});

/** What a model reads or makes up must not change what other workflows run. */
function refuseAgent(context: IExecuteSingleFunctions): void {
	if (!isToolCall(context)) return;
	throw new NodeOperationError(context.getNode(), 'An AI Agent cannot deploy a model config', {
		itemIndex: context.getItemIndex(),
		description:
			"Deploy in a workflow without an Agent. If an Agent may decide on it, give it such a workflow as a tool ('Call n8n Workflow Tool').",
	});
}

/** @returns the environment's name, or undefined for the default environment */
function environmentOf(context: IExecuteSingleFunctions): string | undefined {
	const locator = context.getNodeParameter('environment', '');
	return readLocator(context, 'Environment', locator, { list: 'name', name: 'name', id: 'name' }).name;
}

function find(context: IExecuteSingleFunctions, deployed: DeployedConfig[], name: string | undefined): DeployedConfig {
	const found = deployed.find(({ environment_name, environment_tag }) =>
		name === undefined ? environment_tag === 'default' : environment_name === name,
	);
	if (found) return found;
	const names = deployed.map(({ environment_name }) => environment_name).join(', ');
	if (name === undefined) {
		throw fieldError(context, 'Environment', 'is empty, and the server has no default one', `Choose one of: ${names}.`);
	}
	throw fieldError(context, 'Environment', `does not exist: ${name}`, `Choose one of: ${names}.`);
}

function simplified(deployed: IDataObject, before: DeployedConfig): IDataObject {
	const changed = deployed.model_config_id !== before.model_config_id;
	return {
		environment: deployed.environment_name,
		modelConfigName: deployed.model_config_name,
		projectName: deployed.project_name,
		changed,
		modelConfigId: deployed.model_config_id,
		replacedModelConfigId: changed ? before.model_config_id : null,
		projectId: deployed.project_id,
	};
}
