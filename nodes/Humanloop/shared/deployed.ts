import type { IDataObject } from 'n8n-workflow';

import type { ItemContext } from '../execution/itemContext';
import { unexpectedResponse } from '../transport/httpFailure';
import { recordPath } from '../transport/paths';
import { requestJson } from '../transport/request';

/** An environment, and what a project has deployed there: the part of `EnvironmentProjectConfigResponse` that is used. */
export interface DeployedConfig extends IDataObject {
	environment_id: string;
	environment_name: string;
	/** `default` or `other`. */
	environment_tag: string;
	/** Null if nothing is deployed there. */
	model_config_id: string | null;
	model_config_name: string | null;
	project_id: string;
	project_name: string;
}

/**
 * Reads all environments, and what a project has deployed in each.
 *
 * @throws ApiFailure when the API rejects the call, or responds with something else
 */
export async function readDeployed({ context, request }: ItemContext, projectId: string): Promise<DeployedConfig[]> {
	const url = recordPath('/projects', projectId, '/deployed-configs');
	return toDeployed(await requestJson(context, { ...request, method: 'GET', url, body: undefined }));
}

/**
 * @returns the environments of a response; a record without a name is left out, as it cannot be chosen
 * @throws ApiFailure if it is no list
 */
export function toDeployed(response: unknown): DeployedConfig[] {
	if (!Array.isArray(response)) throw unexpectedResponse('a list');
	return (response as Array<Partial<DeployedConfig> | null>).filter(
		(record): record is DeployedConfig => typeof record?.environment_name === 'string',
	);
}
