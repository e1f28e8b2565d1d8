import type { CompletionRequest } from '../../contract/completions.ts';
import { notFound, unprocessable } from '../apiError.ts';
import type { ModelConfig } from '../entities.ts';
import { newId, type ReservedProjectIds } from '../ids.ts';
import { resolveLogTarget } from '../logs/logTarget.ts';
import { fillTemplate } from '../prompts/template.ts';
import type { Providers, ReadyCall } from '../provider.ts';
import type { LogTarget, Store } from '../store.ts';

export type Dependencies = {
	store: Store;
	providers: Providers;
	projectIds: ReservedProjectIds;
};

/** A call that has passed every check and has not cost anything yet. */
export type PreparedCall = {
	request: CompletionRequest;
	config: ModelConfig;
	target: LogTarget;
	ready: ReadyCall;
	/** The log IDs of the samples, by index. */
	logIds: string[];
	createdAt: string;
	/** A reading of `performance.now()`. */
	startedAt: number;
};

/** The template to fill. Throws 422 for a config that cannot be run as a completion. */
function promptTemplateOf(config: ModelConfig): string {
	const {
		endpoint,
		prompt_template: template,
		chat_template: chat,
		tools,
		template_language: language,
	} = config.parameters;
	const says = `The model config ${config.id}`;
	if (endpoint !== 'complete') {
		throw unprocessable(`${says} has the endpoint "${endpoint}"; this call runs configs with the endpoint "complete".`);
	}
	if (chat !== undefined)
		throw unprocessable(`${says} has a chat_template; this call runs configs with a prompt_template.`);
	if (template === undefined) throw unprocessable(`${says} has no prompt_template; register one that has.`);
	if (tools !== undefined && tools.length > 0) {
		throw unprocessable(`${says} has tools, which this server cannot run; register one without.`);
	}
	if (language === 'jinja') {
		throw unprocessable(`${says} has the template_language "jinja"; this server supports only "default".`);
	}
	return template;
}

/**
 * Checks everything about a call before it costs anything, without changing anything. Throws 404 for what does not exist
 * and 422 for what cannot be run.
 */
export async function prepareCompletion(deps: Dependencies, request: CompletionRequest): Promise<PreparedCall> {
	const startedAt = performance.now();
	const config = await deps.store.configById(request.model_config_id);
	if (config === undefined) throw notFound('model_config_id', request.model_config_id);
	const template = promptTemplateOf(config);
	const provider = deps.providers[config.parameters.provider];
	if (provider === undefined) {
		throw unprocessable(
			`The provider "${config.parameters.provider}" of model config ${config.id} is not supported by this server yet. ` +
				`Available: ${Object.keys(deps.providers).join(', ')}.`,
		);
	}
	const target = await resolveLogTarget(deps.store, request, deps.projectIds);
	const numSamples = request.num_samples ?? 1;
	const seed = request.seed ?? config.parameters.seed;
	const ready = await provider.prepare({
		parameters: config.parameters,
		prompt: fillTemplate(template, request.inputs ?? {}),
		numSamples,
		stream: request.stream ?? false,
		keys: request.provider_api_keys ?? {},
		...(seed === undefined ? {} : { seed }),
		...(request.logprobs === undefined ? {} : { logprobs: request.logprobs }),
		...(request.suffix === undefined ? {} : { suffix: request.suffix }),
		...(request.user === undefined ? {} : { user: request.user }),
	});
	return {
		request,
		config,
		target,
		ready,
		logIds: Array.from({ length: numSamples }, () => newId('data')),
		createdAt: new Date().toISOString(),
		startedAt,
	};
}
