import type { CallOrigin } from '../../contract/callOrigin.ts';
import type { CallRequest, MessageResponse } from '../../contract/calls.ts';
import type { ToolChoice } from '../../contract/messages.ts';
import type { ApiError } from '../apiError.ts';
import type { Budgets } from '../budgets/budgets.ts';
import type { Spending } from '../budgets/spending.ts';
import type { Prices } from '../costs/prices.ts';
import type { PricedResponse } from '../costs/responseCost.ts';
import type { Actor } from '../entities.ts';
import { newId, type ReservedProjectIds } from '../ids.ts';
import type { MemoryShare } from '../memory.ts';
import { resolveLogTarget } from '../logs/logTarget.ts';
import type { Providers, Sampling } from '../provider.ts';
import type { LogTarget, Store } from '../store.ts';
import type { ModelRequest } from '../telemetry.ts';
import { type CallConfig, resolveConfig } from './callConfig.ts';
import { checkCallSize } from './callSize.ts';
import { type CallEndpoint, checkEndpoint } from './endpoint.ts';
import { toMessageResponse } from './messages.ts';
import { promptOf } from './prompt.ts';
import { type ReadyModel, type ReadyModels, readyModels } from './readyModels.ts';
import { answerHashOf } from './answerHash.ts';
import { checkToolChoice, toolChoiceOf, toolsOf } from './tools.ts';

export type Dependencies = {
	store: Store;
	providers: Providers;
	prices: Prices;
	budgets: Budgets;
	projectIds: ReservedProjectIds;
	/** How many bytes one call may store and return. */
	maxCallBytes: number;
};

/** A call that has passed every check and has not cost anything yet. */
export type PreparedCall = {
	request: CallRequest;
	config: CallConfig;
	target: LogTarget;
	/** Those that can be asked, in order. */
	models: ReadyModels;
	/** Undefined if no budget counts the call. */
	spending?: Spending | undefined;
	/** The requests that failed and were sent again, in order. The list grows while the call runs. */
	repeated?: readonly { model: ReadyModel; error: ApiError }[];
	/** Those that the model is sent. Undefined if the call is no chat. */
	messages: MessageResponse[] | undefined;
	toolChoice: ToolChoice | undefined;
	origin: CallOrigin | null;
	/** Who called. */
	actor: Actor;
	/** Identifies the call, if the same call may get its answer. */
	answerHash: string | null;
	/** What an earlier call with the same key got. This call asks for the other samples only. */
	prior: PricedResponse | undefined;
	/** The indices, within the response, of the samples that this call asks for. */
	indices: number[];
	/** The log IDs of the samples that this call asks for. */
	logIds: string[];
	createdAt: string;
	/** A reading of `performance.now()`. */
	startedAt: number;
};

/** What telemetry learns of a request to one of the call's models, which asks for so many samples. */
export function modelRequestOf(
	{ request, target }: PreparedCall,
	{ provider, model, ready }: ReadyModel,
	samples: number,
): ModelRequest {
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

/** How a call came, and what it goes on with. */
type Arrival = Pick<PreparedCall, 'prior' | 'origin' | 'actor'> & {
	endpoint: CallEndpoint;
	/** Calls with another scope never get each other's answers. */
	scope: string;
	memory: MemoryShare | undefined;
	/** Aborted when nobody wants the call any more. */
	signal: AbortSignal;
};

/** What to ask the provider for. Throws 422 if the config and the request do not go together. */
async function samplingOf(
	request: CallRequest,
	config: CallConfig,
	toolChoice: ToolChoice | undefined,
	maxBytes: number,
	signal: AbortSignal,
): Promise<Omit<Sampling, 'numSamples' | 'memory'>> {
	const { parameters } = config;
	const tools = toolsOf(config);
	checkToolChoice(toolChoice, tools, config);
	const seed = request.seed ?? parameters.seed;
	const responseFormat = request.response_format ?? parameters.response_format;
	const inputs = request.inputs ?? {};
	const { humanloop_server: settings, ...other } = parameters.other;
	const mockReplies = settings?.mock ?? undefined;
	const cacheControl = settings?.cache_control ?? undefined;
	return {
		parameters: { ...parameters, other, ...(responseFormat === undefined ? {} : { response_format: responseFormat }) },
		prompt: await promptOf(config, request, maxBytes, signal),
		tools,
		inputs,
		stream: request.stream ?? false,
		keys: request.provider_api_keys ?? {},
		// Providers refuse a choice without tools.
		...(toolChoice === undefined || tools.length === 0 ? {} : { toolChoice }),
		...(mockReplies === undefined ? {} : { mockReplies }),
		...(cacheControl === undefined ? {} : { cacheControl }),
		...(seed === undefined ? {} : { seed }),
		...(request.logprobs === undefined ? {} : { logprobs: request.logprobs }),
		...(request.suffix === undefined ? {} : { suffix: request.suffix }),
		...(request.user === undefined ? {} : { user: request.user }),
	};
}

/**
 * Checks everything about a call before it costs anything, without changing anything. Throws 404 for what does not exist
 * and 422 for what cannot be run, 413 for what is too large, 503 if the memory has no room for it, and the signal's reason when that is aborted.
 */
export async function prepareCall(
	deps: Dependencies,
	request: CallRequest,
	{ endpoint, prior, scope, memory, origin, actor, signal }: Arrival,
): Promise<PreparedCall> {
	const startedAt = performance.now();
	const target = await resolveLogTarget(deps.store, request, deps.projectIds);
	const config = await resolveConfig({ reads: deps.store, endpoint, request, project: target.project }, prior);
	checkEndpoint(endpoint, config);
	const toolChoice = toolChoiceOf(request);
	const sampling = await samplingOf(request, config, toolChoice, deps.maxCallBytes, signal);
	const { prompt } = sampling;
	const present = new Set(prior?.data.map(({ index }) => index));
	const indices = Array.from({ length: request.num_samples ?? 1 }, (_, index) => index).filter((i) => !present.has(i));
	const numSamples = indices.length;
	const models = await readyModels(deps, config, sampling, { numSamples, memory });
	const messages = typeof prompt === 'string' ? undefined : prompt.map(toMessageResponse);
	checkCallSize(
		{ request, messages, toolChoice, providerRequests: models.map(({ ready }) => ready.request) },
		deps.maxCallBytes,
		memory,
	);
	// With save false, nothing is stored that could be found. What completes an earlier response is half an answer. Log
	// probabilities are in the provider's response, which a reused answer has none of.
	const canBeReused = (request.save ?? true) && prior === undefined && request.logprobs === undefined;
	return {
		request,
		config,
		target,
		models,
		messages,
		toolChoice,
		origin,
		actor,
		answerHash: canBeReused ? answerHashOf(scope, config, request, models, sampling) : null,
		prior,
		indices,
		logIds: Array.from({ length: numSamples }, () => newId('data')),
		createdAt: new Date().toISOString(),
		startedAt,
	};
}
