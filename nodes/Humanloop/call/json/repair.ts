import type { IDataObject, IExecuteSingleFunctions } from 'n8n-workflow';

import type { ItemContext } from '../../execution/itemContext';
import { ApiFailure } from '../../transport/apiFailure';
import { modelRunPaths, recordPath } from '../../transport/paths';
import { toApiFailure } from '../../transport/connectionFailure';
import { requestJson } from '../../transport/request';
import { fieldError } from '../../values/fieldError';
import type { CallBody } from '../body';
import type { Resource } from '../resource';
import type { CallResponse } from '../response';
import type { Run } from '../run';
import { reportTokenUsage, sendCall, type CallResult } from '../send';
import { readConfig } from '../template';
import { repairConfig, repairInputs, repairMessages } from './repairPrompt';
import type { BadSample } from './parse';

/** A call whose samples may have to be repaired. */
export interface RepairableCall {
	resource: Resource;
	/** Returns the body that was sent. It can be large, so keep it no longer than a request takes. */
	wholeBody: () => Promise<CallBody>;
	/** Its `Idempotency-Key`. */
	key: string;
	response: CallResponse;
}

/** What the repair has in common with the call: where it is logged, and how it is made. */
const sharedKeys = ['metadata', 'response_format', 'return_inputs', 'save', 'seed', 'source', 'stream', 'user'];

/**
 * Checks that a repair can be stored, before anything is paid for: that of a completion needs a config of its own, and a
 * config belongs to a project.
 *
 * @throws NodeOperationError that names the field and the item
 */
export function checkRepairable(context: IExecuteSingleFunctions, resource: Resource, body: IDataObject): void {
	if (resource === 'chat' || body.project !== undefined || body.project_id !== undefined) return;
	throw fieldError(
		context,
		'Project',
		"is empty, and 'Repair Invalid JSON' needs one",
		"Choose the project of the 'Model Config', or turn 'Repair Invalid JSON' off.",
	);
}

/**
 * Asks the model once for the corrected JSON of a sample.
 *
 * The repair is a call of its own: a child of the sample's log, with the call's key and the log's ID as its
 * `Idempotency-Key`, so that it is paid for once, like the call. A chat goes on with two messages and runs the same config.
 * A completion has no messages, so a config with a longer template is sent with it: one for each version of the prompt,
 * because the texts are inputs.
 *
 * @returns the repair's response, with one sample
 * @throws ApiFailure if it cannot be sent, or is rejected
 */
export async function repairSample(item: ItemContext, call: RepairableCall, bad: BadSample): Promise<CallResult> {
	const { resource, wholeBody, key, response } = call;
	const { id, index } = bad.sample;
	const target = {
		...(response.project_id ? { project_id: response.project_id } : {}),
		...(response.session_id ? { session_id: response.session_id } : {}),
		...(id !== undefined && { parent_id: id }),
	};
	const config = resource === 'completion' ? await completionConfig(item, response.project_id, bad) : null;
	return await item.send(async () => {
		const body = await wholeBody();
		const shared = Object.fromEntries(sharedKeys.filter((name) => name in body).map((name) => [name, body[name]]));
		const asked = config ? completionRepair(config, body, bad) : chatRepair(body, bad);
		const path = config ? modelRunPaths.completion.inline : modelRunPaths.chat.version;
		const result = await sendCall(
			item,
			path,
			{ ...shared, ...target, ...asked },
			`${key}:repair:${id ?? index}`,
			undefined,
		);
		reportTokenUsage(item.context, result);
		return result;
	});
}

function chatRepair({ inputs, messages }: CallBody, bad: BadSample): IDataObject {
	return {
		model_config_id: bad.sample.model_config_id,
		...(inputs !== undefined && { inputs }),
		messages: [...(messages as IDataObject[]), ...repairMessages(bad)],
		// Only a text can be the JSON.
		tool_choice: 'none',
	};
}

function completionRepair(config: IDataObject, body: CallBody, bad: BadSample): IDataObject {
	const inputs = (body.inputs ?? {}) as IDataObject;
	return { model_config: repairConfig(config, inputs, bad), inputs: { ...inputs, ...repairInputs(inputs, bad) } };
}

/** The config of the sample. @throws ApiFailure if it cannot be read, or if the repair's config would be deployed */
async function completionConfig(item: ItemContext, projectId: unknown, { sample }: BadSample): Promise<IDataObject> {
	const run: Run = { kind: 'version', configId: sample.model_config_id ?? '' };
	const { config, failure } = await item.send(() => readConfig(item, run));
	if (!config) throw failure!;
	await checkDeployed(item, projectId);
	return config;
}

/**
 * The first config of a project is deployed by itself. A repair's config must never be: it would run in place of a prompt.
 *
 * @throws ApiFailure if nothing is deployed in the project
 */
async function checkDeployed(item: ItemContext, projectId: unknown): Promise<void> {
	const { context, request, run } = item;
	const id = String(projectId);
	const read = async () => {
		const url = recordPath('/projects', id, '/active-config');
		try {
			await requestJson(context, { ...request, method: 'GET', url, qs: {}, body: undefined });
			return true;
		} catch (error) {
			const failure = toApiFailure(error);
			if (failure.status === 404) return false;
			throw failure;
		}
	};
	// Each item retries by itself: one that waits lets others go on, and these may wait for what it reads.
	if (await item.send(() => run.memoize(`whether ${id} has an active config`, read))) return;
	throw new ApiFailure({
		message: "Nothing is deployed in the project. The repair's config would be deployed.",
		description: "Deploy a version in the project first, or choose the project that the 'Model Config' belongs to.",
		attempts: 0,
	});
}
