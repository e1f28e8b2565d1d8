import type { CompletionEvent } from '../contract/completion.ts';
import { type Call, type Dependencies, echo, sampleBody, secondsSince, settle, usageBody } from './completion.ts';
import { projectIdOf } from './place.ts';
import type { Outcome } from './provider.ts';

/**
 * Runs a prepared call as events, one sample each. Text goes out as it arrives. Each sample's last event, the one with
 * its finish reason, is held back until the provider's stream has ended whole and the logs are on the disk: who has
 * seen it has a log. The call's last event also carries what belongs to the whole call. Throws like runCompletion;
 * then nothing is stored.
 */
export async function* streamCompletion(
  deps: Dependencies,
  call: Call,
  signal: AbortSignal,
): AsyncGenerator<CompletionEvent, void, void> {
  const askedAt = performance.now();
  const deltas = call.ready.stream(signal);
  const projectId = projectIdOf(call.place);
  let outcome: Outcome;
  for (;;) {
    const step = await deltas.next();
    if (step.done) {
      outcome = step.value;
      break;
    }
    const { index, text } = step.value;
    const sample = sampleBody(call, index, { output: text, raw: text }, null);
    yield {
      project_id: projectId,
      // The inputs stand in each sample's last event: with every token, a long document would go out a thousand times.
      data: [{ ...sample, inputs: {} }],
      provider_responses: [],
    };
  }
  const providerLatency = secondsSince(askedAt);
  signal.throwIfAborted();
  const settled = await settle(deps.store, call, outcome, { providerLatency, duration: secondsSince(call.startedAt) });
  const last = outcome.samples.length - 1;
  for (const [index, { finishReason }] of outcome.samples.entries()) {
    const isLast = index === last;
    yield {
      project_id: settled.projectId,
      ...(isLast ? echo(call.request) : {}),
      data: [sampleBody(call, index, { output: '', raw: '' }, finishReason)],
      ...(isLast ? { usage: usageBody(outcome) } : {}),
      metadata: call.request.metadata ?? null,
      provider_responses: isLast ? outcome.responses : [],
      ...(isLast ? { provider_request: call.ready.request } : {}),
      session_id: settled.sessionId,
    };
  }
}
