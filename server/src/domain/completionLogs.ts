import type { Call, Settled } from './completion.ts';
import type { Outcome } from './provider.ts';
import type { Log } from './store.ts';

/** Seconds: of the provider alone, and of the whole call up to its commit. */
export type Timing = { providerLatency: number; duration: number };

/**
 * One log per sample. Providers count the tokens of a call, not of a sample: they stand on the first sample's log, so
 * that sums over logs are right. With save false nothing of what was said is kept: no inputs, outputs or payloads.
 */
export function completionLogs(call: Call, settled: Settled, outcome: Outcome, timing: Timing): Log[] {
  const { request } = call;
  const save = request.save ?? true;
  return outcome.samples.map(({ text, finishReason, call: responseIndex }, index) => {
    const usage = index === 0 ? outcome.usage : null;
    return {
      id: call.ids[index] as string,
      projectId: settled.projectId,
      configId: call.config.id,
      sessionId: settled.sessionId,
      parentId: call.place.parentId,
      referenceId: null,
      sampleIndex: index,
      inputs: save ? (request.inputs ?? {}) : null,
      messages: null,
      output: save ? text.trim() : null,
      rawOutput: save ? text : null,
      outputMessage: null,
      finishReason,
      source: request.source ?? null,
      metadata: request.metadata ?? null,
      save,
      sourceDatapointId: request.source_datapoint_id ?? null,
      user: request.user ?? null,
      error: null,
      stdout: null,
      duration: timing.duration,
      providerLatency: timing.providerLatency,
      promptTokens: usage?.promptTokens ?? null,
      outputTokens: usage?.generationTokens ?? null,
      promptCost: null,
      outputCost: null,
      providerRequest: save ? call.ready.request : null,
      providerResponse: save ? (outcome.responses[responseIndex] ?? null) : null,
      createdAt: call.createdAt,
      updatedAt: new Date().toISOString(),
    };
  });
}
