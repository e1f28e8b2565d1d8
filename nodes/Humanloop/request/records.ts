import type { IDataObject, INodeExecutionData } from 'n8n-workflow';

import type { ItemRun } from './itemRun';
import { variablesOf } from './template';
import { boolean } from './values';

/**
 * Turns records of the API into items that are linked to their input.
 *
 * @param simplified what 'Simplify' makes of a record, for operations that have the field
 * @returns one item per record, under the API's own names unless simplified
 */
export function recordItems(
	{ context }: ItemRun,
	records: IDataObject[],
	simplified?: (record: IDataObject) => IDataObject,
): INodeExecutionData[] {
	const shown =
		simplified && boolean(context, 'Simplify', context.getNodeParameter('simplify', true)) ? simplified : asGiven;
	return records.map((record) => ({ json: shown(record), pairedItem: { item: context.getItemIndex() } }));
}

/** A log without the payloads: what was asked and answered, and where it belongs. */
export function simplifiedLog(log: IDataObject): IDataObject {
	return {
		output: log.output,
		id: log.id,
		// These two have fields of their own: a log says little without what was asked and what people think of it.
		inputs: log.inputs,
		feedback: log.feedback,
		error: log.error,
		createdAt: log.created_at,
		modelConfigId: log.config_id,
		projectId: log.project_id,
		sessionId: log.session_id,
		totalTokens: log.tokens,
	};
}

/** @param record `ModelConfigResponse`, or `ProjectConfigResponse`, which has one inside */
export function simplifiedModelConfig(record: IDataObject): IDataObject {
	const config = (record.config ?? record) as IDataObject;
	return {
		id: config.id,
		name: config.name,
		description: config.description,
		...(record.project_id !== undefined && { projectId: record.project_id }),
		provider: config.provider,
		model: config.model,
		promptTemplate: config.prompt_template,
		variables: variablesOf(config),
		temperature: config.temperature,
		maxTokens: config.max_tokens,
	};
}

export function simplifiedProject(project: IDataObject): IDataObject {
	const active = (project.active_config as { config?: IDataObject } | null | undefined)?.config;
	return {
		id: project.id,
		name: project.name,
		logCount: project.data_count,
		activeModelConfigId: active?.id ?? null,
		activeModelConfigName: active?.name ?? null,
		provider: active?.provider ?? null,
		model: active?.model ?? null,
		createdAt: project.created_at,
		updatedAt: project.updated_at,
	};
}

function asGiven(record: IDataObject): IDataObject {
	return record;
}
