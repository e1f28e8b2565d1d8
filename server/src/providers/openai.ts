import OpenAI from 'openai';
import { refused } from '../domain/apiError.ts';
import type { Delta, Outcome, Provider, Sampling, Usage } from '../domain/provider.ts';
import { choicesOf, type Gathered, gather, usageOf, wholeAnswer } from './openaiAnswer.ts';
import { providerError, unusableAnswer } from './openaiErrors.ts';
import { type Body, type Choice, type Form, formOf } from './openaiForms.ts';
import { redact } from './redact.ts';

export type OpenAiSettings = {
  /** Used when a request brings no key. */
  apiKey?: string;
  /** Another host that speaks OpenAI's API: Ollama, vLLM, a gateway. */
  baseUrl?: string;
};

/** Hosts on one's own machine ask for no key, but the SDK does. */
const placeholderKey = 'none';

type Asking = { form: Form; client: OpenAI; body: Body; numSamples: number; keys: string[] };

function keyOf(settings: OpenAiSettings, sampling: Sampling): string {
  const key = sampling.keys.openai ?? settings.apiKey;
  if (key !== undefined && key !== '') return key;
  if (settings.baseUrl !== undefined) return placeholderKey;
  throw refused(
    'There is no OpenAI key for this call: send one as "openai" in "provider_api_keys", ' +
      'or set OPENAI_API_KEY where the server runs.',
  );
}

function clientWith(apiKey: string, settings: OpenAiSettings): OpenAI {
  // Everything that the SDK would otherwise read from the environment is said, so that a caller's key never goes out
  // with the operator's organization; its own retries and its log, which shows headers, are off.
  return new OpenAI({
    apiKey,
    adminAPIKey: null,
    baseURL: settings.baseUrl ?? 'https://api.openai.com/v1',
    organization: null,
    project: null,
    maxRetries: 0,
    logLevel: 'off',
  });
}

/** What is known after some calls; more are made until every sample is there. */
type Progress = { outcome: Outcome; uncounted: boolean };

function start(): Progress {
  return { outcome: { samples: [], responses: [], usage: null }, uncounted: false };
}

function add(progress: Progress, asking: Asking, response: Body, choices: Choice[]): void {
  const { outcome } = progress;
  const call = outcome.responses.length;
  const missing = asking.numSamples - outcome.samples.length;
  if (choices.length === 0) throw unusableAnswer('it has no choices.');
  for (const { text, finishReason } of choices.slice(0, missing)) {
    outcome.samples.push({ text: redact(text, asking.keys), finishReason, call });
  }
  outcome.responses.push(redact(response, asking.keys));
  const usage = usageOf(response);
  progress.uncounted ||= usage === null;
  outcome.usage = progress.uncounted ? null : sum(outcome.usage, usage as Usage);
}

function sum(before: Usage | null, more: Usage): Usage {
  return {
    promptTokens: (before?.promptTokens ?? 0) + more.promptTokens,
    generationTokens: (before?.generationTokens ?? 0) + more.generationTokens,
  };
}

/** The body for the samples that are still missing: hosts that do not know `n` (Ollama) give one at a time. */
function bodyForMissing(asking: Asking, { outcome }: Progress): Body {
  return { ...asking.body, n: asking.numSamples - outcome.samples.length };
}

async function complete(asking: Asking, signal: AbortSignal): Promise<Outcome> {
  const progress = start();
  while (progress.outcome.samples.length < asking.numSamples) {
    const response = await asking.form.create(asking.client, bodyForMissing(asking, progress), { signal });
    const choices = choicesOf(asking.form, response).sort((a, b) => a.index - b.index);
    add(progress, asking, response as Body, choices);
  }
  return progress.outcome;
}

async function* stream(asking: Asking, signal: AbortSignal): AsyncGenerator<Delta, Outcome, void> {
  const progress = start();
  while (progress.outcome.samples.length < asking.numSamples) {
    const known = progress.outcome.samples.length;
    const gathered: Gathered = { head: {}, choices: new Map(), usage: null };
    const chunks = await asking.form.create(asking.client, bodyForMissing(asking, progress), { signal });
    for await (const chunk of chunks as AsyncIterable<Body>) {
      gathered.usage = chunk['usage'] ?? gathered.usage;
      for (const choice of choicesOf(asking.form, chunk)) {
        gather(gathered, chunk, choice);
        const index = known + choice.index;
        if (choice.text !== '' && index < asking.numSamples) yield { index, text: redact(choice.text, asking.keys) };
      }
    }
    // The SDK ends an aborted stream as if it were whole.
    signal.throwIfAborted();
    const { response, choices } = wholeAnswer(asking.form, gathered);
    add(progress, asking, response, choices);
  }
  return progress.outcome;
}

/** OpenAI, and every host that speaks its API, over OpenAI's own SDK. `num_samples` is one call's `n`. */
export function openaiProvider(settings: OpenAiSettings): Provider {
  return {
    prepare(sampling) {
      const form = formOf(sampling.parameters.model);
      const body = form.body(sampling);
      const key = keyOf(settings, sampling);
      // All keys of the call and the server's own: a gateway may echo any of them.
      const given = [settings.apiKey, ...Object.values(sampling.keys)];
      const keys = given.filter((value) => typeof value === 'string');
      const asking = { form, client: clientWith(key, settings), body, numSamples: sampling.numSamples, keys };
      return {
        request: body,
        async complete(signal) {
          try {
            return await complete(asking, signal);
          } catch (error) {
            throw providerError(error, keys, signal);
          }
        },
        async *stream(signal) {
          try {
            return yield* stream(asking, signal);
          } catch (error) {
            throw providerError(error, keys, signal);
          }
        },
      };
    },
  };
}
