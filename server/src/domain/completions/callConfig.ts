import type { CallRequest, CallResponse } from '../../contract/calls.ts';
import { found, unprocessable } from '../apiError.ts';
import { isDraft } from '../drafts.ts';
import type { Actor, ModelConfig } from '../entities.ts';
import { configIdOfProject } from '../ids.ts';
import { type ConfigDescription, newConfig } from '../prompts/configs.ts';
import { deployedConfigOf } from '../prompts/deployments.ts';
import type { LogTarget, NewConfig, Reads, TargetIds, Writes } from '../store.ts';
import type { CallEndpoint } from './endpoint.ts';

/** The config that a call runs. */
export type CallConfig = Pick<ModelConfig, 'id' | 'parameters'> & {
	/** What to store with the logs of the call, if the project does not have the request's config yet, or only as a draft. */
	unstored: NewConfig | undefined;
	/** The name of the environment that it is deployed in, if it was found there. */
	environment: string | null;
};

/** Which config a call runs, and how that was found. */
type Source = {
	reads: Reads;
	endpoint: CallEndpoint;
	request: CallRequest;
	project: LogTarget['project'];
};

/** The config that is deployed in the environment of that name; without a name, in the default one. */
async function deployedConfig({ reads, request, project }: Source): Promise<CallConfig> {
	// The schema requires a project.
	const known = project as NonNullable<typeof project>;
	if (known.isNew) found('project', known.name, undefined);
	const { config, environment } = await deployedConfigOf(reads, known, request.environment);
	return { ...config, unstored: undefined, environment: environment.name };
}

/** The config of the request. It gets the ID of the project's equal one, if there is one. */
async function inlineConfig(
	{ reads, endpoint, project }: Source,
	description: NonNullable<CallRequest['model_config']>,
): Promise<CallConfig> {
	const { endpoint: kind } = description;
	// The schema requires a project.
	const { id: projectId, name, isNew } = project as NonNullable<typeof project>;
	const wanted = newConfig(name, { ...description, endpoint: kind ?? endpoint.kind } as ConfigDescription);
	const known = isNew ? undefined : await reads.configByHash(projectId, wanted.hash);
	if (known !== undefined) {
		const becomesVersion = isDraft(known) && !isDraft(wanted);
		return { ...known, unstored: becomesVersion ? wanted : undefined, environment: null };
	}
	// Events name the ID before the config is stored. A config of another project can have the one that it would get.
	const isTaken = (await reads.configById(wanted.proposedId)) !== undefined;
	const proposedId = isTaken ? configIdOfProject(projectId, wanted.hash) : wanted.proposedId;
	return { id: proposedId, parameters: wanted.parameters, unstored: { ...wanted, proposedId }, environment: null };
}

/** The name of the environment of a call that runs what is deployed. */
async function environmentOf({ reads, request }: Source): Promise<string | null> {
	if (request.model_config_id !== undefined || request.model_config !== undefined) return null;
	return request.environment ?? (await reads.environmentByName(undefined))?.name ?? null;
}

/**
 * The config that a call runs, without changing anything. A call that completes an earlier one runs the version of that
 * one, even if another was deployed meanwhile. Throws 404 if there is none.
 */
export async function resolveConfig(source: Source, prior: CallResponse | undefined): Promise<CallConfig> {
	const { reads, request } = source;
	const id = prior?.data[0]?.model_config_id ?? request.model_config_id;
	if (id !== undefined) {
		const known = await reads.configById(id);
		if (known === undefined && (await reads.toolConfigById(id)) !== undefined)
			throw unprocessable(`The config ${id} is a tool. Run a model config.`);
		const config = found('model_config_id', id, known);
		return { ...config, unstored: undefined, environment: await environmentOf(source) };
	}
	if (request.model_config !== undefined) return inlineConfig(source, request.model_config);
	return deployedConfig(source);
}

/** Stores the config of a call, if that is not done. The caller deploys the project's first version. Returns the config's ID. */
export async function ensureConfig(
	writes: Writes,
	{ config: { id, unstored }, actor }: { config: CallConfig; actor: Actor },
	{ projectId }: TargetIds,
): Promise<string> {
	if (unstored === undefined) return id;
	// The schema requires a project for a config in the request.
	return (await writes.findOrCreateConfig(projectId as string, unstored, actor)).id;
}
