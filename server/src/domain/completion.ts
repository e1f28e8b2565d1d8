import type { CompletionAnswer, CompletionRequest } from '../contract/completion.ts';
import { notFound, refused } from './apiError.ts';
import { completionLogs, type Timing } from './completionLogs.ts';
import { newId } from './ids.ts';
import { findPlace, type Place, settleProject, settleSession } from './place.ts';
import type { Outcome, Providers, ReadyCall } from './provider.ts';
import type { Store, StoredConfig } from './store.ts';
import { fillTemplate } from './template.ts';

export type Dependencies = {
  store: Store;
  providers: Providers;
  /** The ID that a project of that name will get if it is made: the same for all calls that are first at once. */
  proposedProjectId: (name: string) => string;
};

/** A call that has passed every check and has not cost anything yet. */
export type Call = {
  request: CompletionRequest;
  config: StoredConfig;
  place: Place;
  ready: ReadyCall;
  /** Log IDs of the samples, by index. */
  ids: string[];
  createdAt: string;
  startedAt: number;
};

/** Where the logs of a call went. */
export type Settled = { projectId: string | null; sessionId: string | null };

function promptTemplateOf(config: StoredConfig): string {
  const { endpoint, prompt_template: template, chat_template: chat, tools, template_language: language } = config.parameters;
  const says = `The model config ${config.id}`;
  if (endpoint !== 'complete') {
    throw refused(`${says} has the endpoint "${endpoint}"; this call runs configs with the endpoint "complete".`);
  }
  if (chat !== undefined) throw refused(`${says} has a chat_template; this call runs configs with a prompt_template.`);
  if (template === undefined) throw refused(`${says} has no prompt_template; register one that has.`);
  if (tools !== undefined && tools.length > 0) {
    throw refused(`${says} has tools, which this server cannot run; register one without.`);
  }
  if (language === 'jinja') {
    throw refused(`${says} has the template_language "jinja"; this server fills the language "default".`);
  }
  return template;
}

/**
 * Checks everything about a call before it costs anything, and changes nothing. Throws 404 for what does not exist
 * and 422 for what cannot be run.
 */
export async function prepareCompletion(deps: Dependencies, request: CompletionRequest): Promise<Call> {
  const startedAt = performance.now();
  const config = await deps.store.configById(request.model_config_id);
  if (config === undefined) throw notFound('model_config_id', request.model_config_id);
  const template = promptTemplateOf(config);
  const provider = deps.providers[config.parameters.provider];
  if (provider === undefined) {
    throw refused(
      `The provider "${config.parameters.provider}" of model config ${config.id} is not built into this server yet. ` +
        `Available: ${Object.keys(deps.providers).join(', ')}.`,
    );
  }
  const place = await findPlace(deps.store, request, deps.proposedProjectId);
  const numSamples = request.num_samples ?? 1;
  const seed = request.seed ?? config.parameters.seed;
  const ready = provider.prepare({
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
    place,
    ready,
    ids: Array.from({ length: numSamples }, () => newId('data')),
    createdAt: new Date().toISOString(),
    startedAt,
  };
}

/** Stores the logs of an answered call, with the project and the session that it is the first to use. */
export function settle(store: Store, call: Call, outcome: Outcome, timing: Timing): Promise<Settled> {
  return store.write(async (writes) => {
    const project = await settleProject(writes, call.place);
    const sessionId = await settleSession(writes, call.place);
    const settled = { projectId: project?.id ?? null, sessionId };
    await writes.logs(completionLogs(call, settled, outcome, timing));
    return settled;
  });
}

/** Seconds since a reading of `performance.now()`. */
export function secondsSince(reading: number): number {
  return (performance.now() - reading) / 1000;
}

/** What an answer echoes of its request before its data, explicit null where nothing was given. */
export function echo(request: CompletionRequest) {
  return {
    num_samples: request.num_samples ?? 1,
    logprobs: request.logprobs ?? null,
    suffix: request.suffix ?? null,
    user: request.user ?? null,
  };
}

/** Usage of a whole call in the contract's form; null when the provider counted nothing. */
export function usageBody(outcome: Outcome): CompletionAnswer['usage'] {
  if (outcome.usage === null) return null;
  const { promptTokens, generationTokens } = outcome.usage;
  return {
    prompt_tokens: promptTokens,
    generation_tokens: generationTokens,
    total_tokens: promptTokens + generationTokens,
  };
}

/** One sample of an answer, or its last event: with the inputs as given, unless the caller wants them left out. */
export function sampleBody(call: Call, index: number, text: { output: string; raw: string }, finishReason: string | null) {
  return {
    id: call.ids[index] as string,
    index,
    output: text.output,
    raw_output: text.raw,
    inputs: call.request.return_inputs === false ? {} : (call.request.inputs ?? {}),
    finish_reason: finishReason,
    model_config_id: call.config.id,
    tool_results: [],
  };
}

/**
 * Runs a prepared call and answers when its logs are on the disk. Throws ApiError with the provider's origin, or what
 * the signal was aborted with; then nothing is stored.
 */
export async function runCompletion(deps: Dependencies, call: Call, signal: AbortSignal): Promise<CompletionAnswer> {
  const askedAt = performance.now();
  const outcome = await call.ready.complete(signal);
  const providerLatency = secondsSince(askedAt);
  signal.throwIfAborted();
  const settled = await settle(deps.store, call, outcome, { providerLatency, duration: secondsSince(call.startedAt) });
  return {
    project_id: settled.projectId,
    ...echo(call.request),
    data: outcome.samples.map(({ text, finishReason }, index) =>
      sampleBody(call, index, { output: text.trim(), raw: text }, finishReason),
    ),
    usage: usageBody(outcome),
    metadata: call.request.metadata ?? null,
    provider_responses: outcome.responses,
    provider_request: call.ready.request,
    session_id: settled.sessionId,
  };
}
