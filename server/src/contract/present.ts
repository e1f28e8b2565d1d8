import type { ConfigInUse, LogRecord, ProjectRecord, SessionRecord, StoredConfig } from '../domain/store.ts';
import type { LogBody } from './logs.ts';
import type { ModelConfigBody, ProjectConfigBody } from './modelConfigs.ts';
import type { SessionBody } from './sessions.ts';

/** The contract requires a team; this server is one team, with an ID in the contract's form. */
const teamId = 'tm_000000000000000000000';

export function configBody(config: StoredConfig): ModelConfigBody {
	const { parameters } = config;
	return {
		id: config.id,
		other: parameters.other,
		type: 'model',
		name: config.name,
		description: config.description,
		provider: parameters.provider,
		model: parameters.model,
		max_tokens: parameters.max_tokens,
		temperature: parameters.temperature,
		top_p: parameters.top_p,
		stop: parameters.stop ?? null,
		presence_penalty: parameters.presence_penalty,
		frequency_penalty: parameters.frequency_penalty,
		seed: parameters.seed ?? null,
		response_format: parameters.response_format ?? null,
		reasoning_effort: parameters.reasoning_effort ?? null,
		prompt_template: parameters.prompt_template ?? null,
		chat_template: parameters.chat_template ?? null,
		template_language: parameters.template_language ?? null,
		tool_configs: null,
		tools: parameters.tools ?? null,
		endpoint: parameters.endpoint,
	};
}

export function projectConfigBody(config: ConfigInUse): ProjectConfigBody {
	return {
		project_id: config.projectId,
		project_name: config.projectName,
		created_at: config.createdAt,
		updated_at: config.updatedAt,
		last_used: config.lastUsed,
		num_datapoints: config.logCount,
		evaluation_aggregates: [],
		config: configBody(config),
	};
}

export function projectBody(project: ProjectRecord, activeConfig: ConfigInUse | undefined) {
	return {
		id: project.id,
		name: project.name,
		active_config: activeConfig === undefined ? null : projectConfigBody(activeConfig),
		users: [],
		data_count: project.logCount,
		feedback_types: [],
		team_id: teamId,
		active_evaluators: [],
		directory_id: null,
		created_at: project.createdAt,
		updated_at: project.updatedAt,
	};
}

function tokensOf(log: LogRecord): number | null {
	return log.promptTokens === null && log.outputTokens === null
		? null
		: (log.promptTokens ?? 0) + (log.outputTokens ?? 0);
}

export function logBody(log: LogRecord, config: StoredConfig): LogBody {
	return {
		project: log.projectName,
		project_id: log.projectId,
		session_id: log.sessionId,
		session_reference_id: log.sessionReferenceId,
		parent_id: log.parentId,
		parent_reference_id: log.parentReferenceId,
		inputs: log.inputs,
		source: log.source,
		metadata: log.metadata,
		save: log.save,
		source_datapoint_id: log.sourceDatapointId,
		id: log.id,
		reference_id: log.referenceId,
		messages: log.messages,
		output: log.output,
		judgment: null,
		config_id: log.configId,
		config: configBody(config),
		environment: null,
		feedback: log.feedback,
		created_at: log.createdAt,
		error: log.error,
		stdout: log.stdout,
		duration: log.duration,
		output_message: log.outputMessage,
		prompt_tokens: log.promptTokens,
		output_tokens: log.outputTokens,
		prompt_cost: log.promptCost,
		output_cost: log.outputCost,
		provider_request: log.providerRequest,
		provider_response: log.providerResponse,
		user: log.user,
		provider_latency: log.providerLatency,
		tokens: tokensOf(log),
		raw_output: log.rawOutput,
		finish_reason: log.finishReason,
		tools: [],
		tool_choice: null,
		evaluation_results: [],
		observability_status: 'completed',
		updated_at: log.updatedAt,
		batch_ids: [],
	};
}

export function sessionBody(session: SessionRecord): SessionBody {
	return {
		id: session.id,
		reference_id: session.referenceId,
		projects: session.projects.map((project) => ({ ...project, type: 'prompt' })),
		datapoints_count: session.logCount,
		first_inputs: session.firstInputs,
		last_output: session.lastOutput,
		created_at: session.createdAt,
		updated_at: session.updatedAt,
	};
}
