import type { IDataObject } from 'n8n-workflow';

import { defineOperation } from '../execution/defineOperation';
import type { ItemContext } from '../execution/itemContext';
import { readDeployed } from '../shared/deployed';
import { projectLocator, requiredProjectId } from '../shared/locators';
import { isRepairConfig } from '../shared/repairConfigs';
import { limitOf, recordItems, returnAllAndLimit, simplify } from '../shared/records';
import { toApiFailure } from '../transport/connectionFailure';
import { unexpectedResponse } from '../transport/httpFailure';
import { recordPath } from '../transport/paths';
import { requestJson } from '../transport/request';
import { boolean } from '../values/readers';
import { templateOf } from './get';

/** Model Config → Get Many: `GET /projects/{id}/configs`, which has no pages, and what is deployed. */
export const getAll = defineOperation({
	name: 'Get Many',
	value: 'getAll',
	action: 'Get many model configs',
	description: "Retrieve a project's model configs, newest first, and where each is deployed",
	request: { method: 'GET', url: '/projects' },
	fields: [
		{ ...projectLocator, description: 'Project whose model configs to return' },
		...returnAllAndLimit,
		simplify,
		{
			displayName: 'Filters',
			name: 'filters',
			type: 'collection',
			placeholder: 'Add filter',
			default: {},
			options: [
				{
					displayName: 'Deployed Only',
					name: 'deployedOnly',
					type: 'boolean',
					default: true,
					description: 'Whether to return only model configs that are deployed in an environment',
				},
			],
		},
	],
	async execute(item) {
		const { context } = item;
		const limit = limitOf(context);
		const { deployedOnly = false } = context.getNodeParameter('filters', {}) as IDataObject;
		const onlyDeployed = boolean(context, 'Deployed Only', deployedOnly);
		const projectId = await requiredProjectId(item);
		// One after the other: the item has one place in the concurrency limit.
		const configs = await item.send(() => readConfigs(item, projectId));
		const environmentsOf = await item.send(() => readEnvironments(item, projectId, onlyDeployed));
		const isWanted = ({ config }: ProjectConfig) =>
			environmentsOf?.has(config.id) || !(onlyDeployed || isRepairConfig(config));
		const newestFirst = configs.filter(isWanted).sort((a, b) => b.created_at.localeCompare(a.created_at));
		const simplified = (record: IDataObject) => {
			const { config } = record as ProjectConfig;
			return listed(record, environmentsOf && (environmentsOf.get(config.id) ?? []));
		};
		return recordItems(item, newestFirst.slice(0, limit), simplified);
	},
});

/** The part of the API's `ProjectConfigResponse` that is used here. */
interface ProjectConfig extends IDataObject {
	config: IDataObject & { id: string };
	created_at: string;
}

async function readConfigs({ context, request }: ItemContext, projectId: string): Promise<ProjectConfig[]> {
	const url = recordPath('/projects', projectId, '/configs');
	const records: unknown = await requestJson(context, { ...request, url, qs: {} });
	const isConfig = (record: Partial<ProjectConfig> | null) =>
		typeof record?.config?.id === 'string' && typeof record.created_at === 'string';
	if (!Array.isArray(records) || !records.every(isConfig)) throw unexpectedResponse('a list');
	return records as ProjectConfig[];
}

/**
 * Reads the names of the environments in which each config is deployed.
 *
 * @param isNeeded whether the list is of no use without them
 * @returns by config ID; null if the host does not tell
 * @throws ApiFailure when the API rejects the call
 */
async function readEnvironments(
	item: ItemContext,
	projectId: string,
	isNeeded: boolean,
): Promise<Map<string, string[]> | null> {
	const result = await readDeployed(item, projectId).then(
		(deployed) => ({ deployed }),
		(error: unknown) => ({ failure: toApiFailure(error) }),
	);
	if ('failure' in result) {
		if (isNeeded || ![404, 405, 501].includes(result.failure.status ?? 0)) throw result.failure;
		return null;
	}
	const environments = new Map<string, string[]>();
	for (const { environment_name, model_config_id: id } of result.deployed) {
		if (id !== null) environments.set(id, [...(environments.get(id) ?? []), environment_name]);
	}
	return environments;
}

function listed({ config, created_at, project_id }: IDataObject, environments: string[] | null): IDataObject {
	const { name, description, provider, model, id } = config as IDataObject;
	return {
		...templateOf(config as IDataObject),
		name,
		description,
		provider,
		model,
		environments,
		createdAt: created_at,
		id,
		projectId: project_id,
	};
}
