import { inSnakeCase } from '../contract/fields.ts';
import type { ConfigResponse, LogResponse } from '../contract/logs.ts';
import type { ToolConfigResponse } from '../contract/toolConfigs.ts';
import type { ToolConfig } from '../domain/entities.ts';
import { toFeedbackResponse } from '../domain/logs/feedback.ts';
import type { LogRecord, Store } from '../domain/store.ts';
import { toConfigResponse } from './modelConfigs.ts';

function tokensOf(log: LogRecord): number | null {
	return log.promptTokens === null && log.outputTokens === null
		? null
		: (log.promptTokens ?? 0) + (log.outputTokens ?? 0);
}

function toToolConfigResponse({ id, parameters }: ToolConfig): ToolConfigResponse {
	return {
		id,
		other: parameters.other ?? null,
		type: 'tool',
		created_by: null,
		status: 'committed',
		name: parameters.name,
		description: parameters.description ?? null,
		source: parameters.source ?? null,
		source_code: parameters.source_code ?? null,
		setup_schema: null,
		parameters: parameters.parameters ?? null,
		signature: null,
		is_preset: null,
		preset_name: parameters.preset_name ?? null,
	};
}

/** A log has the keys of its response, in camel case. The response schema leaves out those that the contract lacks. */
function toLogResponse(log: LogRecord, config: ConfigResponse): LogResponse {
	return {
		...inSnakeCase(log),
		project: log.projectName,
		config,
		feedback: log.feedback.map(toFeedbackResponse),
		tokens: tokensOf(log),
		tools: [],
		evaluation_results: [],
		observability_status: 'completed',
		batch_ids: [],
	};
}

/** A log with its config, as responses have it. */
export async function withConfig(store: Store, log: LogRecord): Promise<LogResponse> {
	const model = await store.configOfLog(log.configId);
	if (model !== undefined) return toLogResponse(log, toConfigResponse(model));
	return toLogResponse(log, toToolConfigResponse((await store.toolConfigOfLog(log.configId)) as ToolConfig));
}
