import { NodeOperationError, type NodeApiError, type IDataObject, type ILoadOptionsFunctions } from 'n8n-workflow';

import { unexpectedResponse } from '../transport/httpFailure';
import { toDeployed, type DeployedConfig } from '../shared/deployed';
import { isRepairConfig } from '../shared/repairConfigs';
import { recordPath } from '../transport/paths';
import { providerKeys } from '../transport/providerKeys';
import { isEmpty } from '../values/readers';
import { apiGet } from './apiGet';
import { currentValue } from './chosenProject';
import { versionsOf, type ProjectConfig, type Provider, type Version } from './configVersions';

/** Reads the names of the environments from an endpoint of humanloop-server, which v4 does not have. */
export async function readEnvironments(context: ILoadOptionsFunctions): Promise<string[]> {
	const records = await apiGet(context, () => '/environments', {}, toRecords).catch((error: NodeApiError) => {
		if (!['404', '405', '501'].includes(error.httpCode ?? '')) throw error;
		throw new NodeOperationError(
			context.getNode(),
			"'Project' is an expression, and this server lists the environments of a project only: enter the environment's name",
		);
	});
	return records.map(({ name }) => name).filter((name) => typeof name === 'string');
}

/**
 * Reads the configs of a project, and what it has deployed. The list is of use without what is deployed, so a host that
 * fails at it has none.
 */
export async function readVersions(
	context: ILoadOptionsFunctions,
	projectId: string,
): Promise<[configs: ProjectConfig[], versions: Version[], deployed: DeployedConfig[]]> {
	const deployedPath = () => recordPath('/projects', projectId, '/deployed-configs');
	const [configs, providers, deployed] = await Promise.all([
		apiGet(context, () => recordPath('/projects', projectId, '/configs'), {}, toConfigs),
		readProviders(context),
		apiGet(context, deployedPath, {}, toDeployed, additionTimeoutMs).catch(() => []),
	]);
	const resource = currentValue(context, 'resource') || 'completion';
	return [configs, versionsOf(configs, providers, resource, context.getTimezone()), deployed];
}

/** What has no ID cannot be chosen, and a config for repairs is no version. */
function toConfigs(response: unknown): ProjectConfig[] {
	return (toRecords(response) as Array<Partial<ProjectConfig>>).filter(
		(record): record is ProjectConfig => typeof record.config?.id === 'string' && !isRepairConfig(record.config),
	);
}

function toRecords(response: unknown): IDataObject[] {
	if (!Array.isArray(response)) throw unexpectedResponse('a list');
	return (response as unknown[]).filter(
		(record): record is IDataObject => typeof record === 'object' && record !== null,
	);
}

/** A host that hangs at what is only an addition must not keep the list waiting. */
const additionTimeoutMs = 3_000;

/**
 * What the host can run with these credentials.
 *
 * @returns null if the host does not have humanloop-server's endpoint: the list is of use without it
 */
async function readProviders(context: ILoadOptionsFunctions): Promise<Provider[] | null> {
	const response = await apiGet(context, () => '/models', {}, undefined, additionTimeoutMs).catch(
		(): IDataObject => ({}),
	);
	if (!Array.isArray(response.providers)) return null;
	const credentials = await context.getCredentials('humanloopApi');
	return (response.providers as unknown as Array<Partial<Provider> | null>)
		.filter((provider): provider is Provider => typeof provider?.name === 'string')
		.map((provider) => {
			const own = providerKeys.find(({ key }) => key === provider.name);
			if (provider.needs_key !== true || !own || !isEmpty(credentials[own.field])) return provider;
			return { ...provider, available: false, reason: own.obstacle };
		});
}
