import { createHash } from 'node:crypto';
import type { ModelConfigRequest } from '../../contract/modelConfigs.ts';
import { found } from '../apiError.ts';
import type { Actor, ModelParameters } from '../entities.ts';
import { canonicalJson, contentId, type ReservedProjectIds } from '../ids.ts';
import type { ConfigRecord, LogTarget, NewConfig, Store, Writes } from '../store.ts';
import { checkFallback } from './fallback.ts';
import { checkTemplates } from './renderPrompt.ts';
import { resolveProject } from './resolveProject.ts';

/** What a config consists of, whether it comes from a request, a log or a .prompt file. */
export type ConfigDescription = Omit<ModelConfigRequest, 'project' | 'project_id'>;

/** The parameters of a config, with the contract's defaults and without its name and description. */
function parametersOf(config: ConfigDescription): ModelParameters {
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
	} as ModelParameters;
}

/** The name of a config that was given none. */
export function generatedName(model: string, id: string): string {
	return `${model} ${id.slice('config_'.length, 'config_'.length + 5)}`;
}

/**
 * The config to store in a project. Its ID follows from the project's name and the parameters. So a .prompt file has the
 * same ID on every server, and a workflow can name it before the server has ever run.
 */
export function newConfig(projectName: string, config: ConfigDescription): NewConfig {
	const parameters = parametersOf(config);
	const canonical = canonicalJson(parameters);
	const proposedId = contentId('config', `${projectName}\n${canonical}`);
	return {
		proposedId,
		hash: createHash('sha256').update(canonical).digest('hex'),
		name: config.name ?? generatedName(parameters.model, proposedId),
		description: config.description ?? null,
		parameters,
	};
}

/** The project's config with these parameters. If there is none, creates it. The actor deploys the first one that is no draft. */
export function findOrCreateConfig(
	writes: Writes,
	project: { id: string; name: string },
	config: ConfigDescription,
	actor?: Actor,
): Promise<ConfigRecord> {
	return writes.findOrCreateConfig(project.id, newConfig(project.name, config), actor);
}

/** Throws a 422 for what no call of the config could run: a Jinja template with a syntax error, or a useless fallback. */
export async function checkConfig(parameters: ModelParameters): Promise<void> {
	checkFallback(parameters);
	await checkTemplates(parameters);
}

/**
 * PATCH /model-configs/{id}: gives a config another name or description. Its parameters and its ID stay. Throws 404 for a
 * config that does not exist.
 *
 * @returns the ID of the config, which may be found by an alias
 */
export async function updateConfig(
	store: Store,
	id: string,
	changes: { name?: string; description?: string },
	at: number,
): Promise<string> {
	const config = found('model config', id, await store.configById(id));
	const updatedAt = new Date(at).toISOString();
	await store.write(async (writes) => {
		const isDone = await writes.describeConfig(config.id, changes, updatedAt);
		found('model config', id, isDone ? config : undefined);
	});
	return config.id;
}

/**
 * POST /model-configs: stores the config, and the project if its name is new. Throws 404 for an unknown project ID, and
 * 422 if ID and name are not of one project, and for a config that no call could run.
 */
export async function registerConfig(
	store: Store,
	projectIds: ReservedProjectIds,
	request: ModelConfigRequest,
	actor: Actor,
): Promise<ConfigRecord> {
	const { project: _name, project_id: _id, ...config } = request;
	// The schema requires one of the two.
	const project = (await resolveProject(store, request, projectIds)) as NonNullable<LogTarget['project']>;
	await checkConfig(parametersOf(config));
	return store.write(async (writes) => {
		const id = project.isNew ? await writes.findOrCreateProject(project.name, project.id) : project.id;
		// It can have been deleted since it was found. Its configs are emptied then, and this one would stay as it is.
		found('project', id, await writes.lockProject(id));
		return findOrCreateConfig(writes, { id, name: project.name }, config, actor);
	});
}
