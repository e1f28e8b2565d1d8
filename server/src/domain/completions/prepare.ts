import type { CallOrigin } from '../../contract/callOrigin.ts';
import type { CompletionRequest, CompletionResponse } from '../../contract/completions.ts';
import { found, unprocessable } from '../apiError.ts';
import type { ModelConfig } from '../entities.ts';
import { newId, type ReservedProjectIds } from '../ids.ts';
import type { MemoryShare } from '../memory.ts';
import { resolveLogTarget } from '../logs/logTarget.ts';
import { fillTemplate } from '../prompts/template.ts';
import type { Providers, ReadyCall } from '../provider.ts';
import type { LogTarget, Store } from '../store.ts';
import type { ModelRequest } from '../telemetry.ts';
import { checkCallSize, tooLarge } from './callSize.ts';

export type Dependencies = {
	store: Store;
	providers: Providers;
	projectIds: ReservedProjectIds;
	/** How many bytes one call may store and return. */
	maxCallBytes: number;
};

/** A call that has passed every check and has not cost anything yet. */
export type PreparedCall = {
	request: CompletionRequest;
	config: ModelConfig;
	target: LogTarget;
	ready: ReadyCall;
	origin: CallOrigin | null;
	/** What an earlier call with the same key got. This call asks for the other samples only. */
	prior: CompletionResponse | undefined;
	/** The index of the first sample that this call asks for. */
	firstIndex: number;
	/** The log IDs of the samples that this call asks for. */
	logIds: string[];
	createdAt: string;
	/** A reading of `performance.now()`. */
	startedAt: number;
};

/** What telemetry learns of one of the call's requests, which asks for so many samples. */
export function modelRequestOf({ request, config, target, ready }: PreparedCall, samples: number): ModelRequest {
	const { provider, model } = config.parameters;
	return {
		provider,
		model,
		operation: ready.operation,
		samples,
		isStream: request.stream ?? false,
		projectName: target.project?.name,
		sessionId: target.session?.id,
	};
}

/** The template to fill. Throws 422 for a config that cannot be run as a completion. */
function promptTemplateOf(config: ModelConfig): string {
	const { endpoint, prompt_template: template, chat_template: chat, tools, template_language } = config.parameters;
	const refuse = (what: string) => unprocessable(`The model config ${config.id} has ${what}`);
	if (endpoint !== 'complete') {
		throw refuse(`the endpoint "${endpoint}"; this call runs configs with the endpoint "complete".`);
	}
	if (chat !== undefined) throw refuse('a chat_template; this call runs configs with a prompt_template.');
	if (template === undefined) throw refuse('no prompt_template; register a config that has one.');
	if (tools !== undefined && tools.length > 0) throw refuse('tools, which this server cannot run.');
	if (template_language === 'jinja') {
		throw refuse('the template_language "jinja"; this server supports only "default".');
	}
	return template;
}

/**
 * Checks everything about a call before it costs anything, without changing anything. Throws 404 for what does not exist
 * and 422 for what cannot be run, 413 for what is too large, and 503 if the memory has no room for it.
 */
export async function prepareCompletion(
	deps: Dependencies,
	request: CompletionRequest,
	{ prior, memory, origin }: Pick<PreparedCall, 'prior' | 'origin'> & { memory: MemoryShare | undefined },
): Promise<PreparedCall> {
	const startedAt = performance.now();
	const { model_config_id: configId } = request;
	const config = found('model_config_id', configId, await deps.store.configById(configId));
	const template = promptTemplateOf(config);
	const provider = deps.providers[config.parameters.provider];
	if (provider === undefined) {
		throw unprocessable(
			`The provider "${config.parameters.provider}" of model config ${config.id} is not supported by this server yet. ` +
				`Available: ${Object.keys(deps.providers).join(', ')}.`,
		);
	}
	const target = await resolveLogTarget(deps.store, request, deps.projectIds);
	const firstIndex = prior?.data.length ?? 0;
	const numSamples = (request.num_samples ?? 1) - firstIndex;
	const seed = request.seed ?? config.parameters.seed;
	const inputs = request.inputs ?? {};
	const { humanloop_server: settings, ...other } = config.parameters.other;
	const mockReplies = settings?.mock ?? undefined;
	const ready = await provider.prepare({
		parameters: { ...config.parameters, other },
		prompt: fillTemplate(template, inputs, (length) => {
			if (length > deps.maxCallBytes) throw tooLarge(length, deps.maxCallBytes);
		}),
		tools: [],
		inputs,
		numSamples,
		stream: request.stream ?? false,
		keys: request.provider_api_keys ?? {},
		...(memory === undefined ? {} : { memory }),
		...(mockReplies === undefined ? {} : { mockReplies }),
		...(seed === undefined ? {} : { seed }),
		...(request.logprobs === undefined ? {} : { logprobs: request.logprobs }),
		...(request.suffix === undefined ? {} : { suffix: request.suffix }),
		...(request.user === undefined ? {} : { user: request.user }),
	});
	checkCallSize(request, ready.request, deps.maxCallBytes, memory);
	return {
		request,
		config,
		target,
		ready,
		origin,
		prior,
		firstIndex,
		logIds: Array.from({ length: numSamples }, () => newId('data')),
		createdAt: new Date().toISOString(),
		startedAt,
	};
}
