import { createHash } from 'node:crypto';
import type { ModelConfigRequest } from '../../contract/modelConfigs.ts';
import type { ProviderName } from '../../contract/providers.ts';
import { notFound } from '../apiError.ts';
import { canonicalJson, contentId, type ReservedProjectIds } from '../ids.ts';
import type { NewConfig, Project, Store, StoredConfig, Writes } from '../store.ts';

/** How a model is called, under the contract's names, defaults filled in. What is unset is not there. */
export type Parameters = {
	provider: ProviderName;
	model: string;
	endpoint: 'complete' | 'chat' | 'edit';
	prompt_template?: string;
	chat_template?: Record<string, unknown>[];
	template_language?: 'default' | 'jinja';
	max_tokens: number;
	temperature: number;
	top_p: number;
	stop?: string | string[];
	presence_penalty: number;
	frequency_penalty: number;
	other: Record<string, unknown>;
	seed?: number;
	response_format?: Record<string, unknown>;
	reasoning_effort?: string | number;
	tools?: Record<string, unknown>[];
};

/** What a config is made of, wherever it comes from: a request, a log, a .prompt file. */
export type ConfigDescription = Omit<ModelConfigRequest, 'project' | 'project_id'>;

/** The parameters of a description: defaults of the contract filled in, names left out. */
export function parametersOf(config: ConfigDescription): Parameters {
	const { name: _name, description: _description, ...parameters } = config;
	return {
		provider: 'openai',
		endpoint: 'complete',
		max_tokens: -1,
		temperature: 1,
		top_p: 1,
		presence_penalty: 0,
		frequency_penalty: 0,
		other: {},
		...Object.fromEntries(Object.entries(parameters).filter(([, value]) => value !== null && value !== undefined)),
	} as Parameters;
}

/**
 * What is stored for a config in a project. Its ID follows from the project's name and the parameters, so that the
 * same .prompt file has the same ID on every server and a workflow can name it before the server has ever run.
 */
export function newConfig(projectName: string, config: ConfigDescription): NewConfig {
	const parameters = parametersOf(config);
	const canonical = canonicalJson(parameters);
	const proposedId = contentId('config', `${projectName}\n${canonical}`);
	return {
		proposedId,
		hash: createHash('sha256').update(canonical).digest('hex'),
		name: config.name ?? `${parameters.model} ${proposedId.slice('config_'.length, 'config_'.length + 5)}`,
		description: config.description ?? null,
		parameters,
	};
}

/** Stores a config within a transaction, or finds the equal one that the project has. */
export function findOrCreateConfig(writes: Writes, project: Project, config: ConfigDescription): Promise<StoredConfig> {
	return writes.findOrCreateConfig(project, newConfig(project.name, config));
}

/**
 * POST /model-configs: the config and, when its name is new, the project. Throws 404 for an unknown project_id.
 */
export async function registerConfig(
	store: Store,
	projectIds: ReservedProjectIds,
	request: ModelConfigRequest,
): Promise<StoredConfig> {
	const { project: name, project_id: id, ...config } = request;
	const known = id === undefined ? undefined : await store.projectById(id);
	if (id !== undefined && known === undefined) throw notFound('project_id', id);
	return store.write(async (writes) => {
		const project = known ?? (await writes.findOrCreateProject(name as string, projectIds.idFor(name as string)));
		return findOrCreateConfig(writes, project, config);
	});
}
