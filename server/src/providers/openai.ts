import OpenAI from 'openai';
import { unprocessable } from '../domain/apiError.ts';
import type { Delta, Outcome, Provider, Retry, Sampling, Usage } from '../domain/provider.ts';
import { choicesOf, type Gathered, gather, isBody, isCount, usageOf, wholeAnswer } from './openaiAnswer.ts';
import { providerError, unusableAnswer } from './openaiErrors.ts';
import { type Body, type Choice, type Form, formOf } from './openaiForms.ts';
import { connections } from './connections.ts';
import { redact } from './redact.ts';
import { redactors } from './redactStream.ts';

export type OpenAiSettings = {
	/** Used when a request brings no key. */
	apiKey?: string;
	/** Another host that speaks OpenAI's API: Ollama, vLLM, a gateway. */
	baseUrl?: string;
};

/** The call itself is timed; the SDK's own time-out, which ends at the answer's head, is as long as timers can be. */
const longestTimeoutMs = 2 ** 31 - 1;

/** Hosts on one's own machine ask for no key, but the SDK does. */
const placeholderKey = 'none';

/** `keys`: all that must not get out; `host`: what is asked, as errors name it. */
type Asking = { form: Form; client: OpenAI; key: string; body: Body; numSamples: number; keys: string[]; host: string };

function keyOf(settings: OpenAiSettings, sampling: Sampling): string {
	// An empty key is what a form sends that was not filled in.
	const key = sampling.keys.openai || settings.apiKey;
	if (key && !/^[\x21-\x7e]+$/.test(key)) {
		throw unprocessable(
			'The key "openai" in "provider_api_keys" cannot be used: a key has no white space and only ASCII characters. Copy it again.',
		);
	}
	if (key) return key;
	if (settings.baseUrl !== undefined) return placeholderKey;
	throw unprocessable(
		'There is no OpenAI key for this call: send one as "openai" in "provider_api_keys", ' +
			'or set OPENAI_API_KEY where the server runs.',
	);
}

/**
 * The one client of a host, for all calls and keys: each request brings its own. Everything that the SDK would
 * otherwise read from the environment is said, so that a caller's key never goes out with the operator's organization;
 * its own retries, its time-out and its log, which shows headers, are off.
 */
function clientOf(settings: OpenAiSettings): OpenAI {
	return new OpenAI({
		apiKey: placeholderKey,
		adminAPIKey: null,
		baseURL: settings.baseUrl ?? 'https://api.openai.com/v1',
		organization: null,
		project: null,
		maxRetries: 0,
		timeout: longestTimeoutMs,
		logLevel: 'off',
		...connections(),
	});
}

/** The host as errors name it: without path and query, which may hold secrets. */
function hostOf({ baseUrl }: OpenAiSettings): string {
	return baseUrl === undefined
		? 'OpenAI'
		: `the host of OPENAI_BASE_URL (${URL.parse(baseUrl)?.origin ?? 'no address'})`;
}

/** One request to the host; throws ApiError, or what the signal was aborted with. */
async function ask({ form, client, key, keys, host }: Asking, body: Body, signal: AbortSignal): Promise<unknown> {
	try {
		return await form.create(client, body, { signal, headers: { Authorization: `Bearer ${key}` } });
	} catch (error) {
		throw providerError(error, { keys, host }, signal);
	}
}

/** What is known after some calls; more are made until every sample is there. */
type Progress = { outcome: Outcome; uncounted: boolean };

function start(): Progress {
	return { outcome: { samples: [], responses: [], usage: null }, uncounted: false };
}

/** The answer without the log probabilities of texts that hold a key, which have it token by token. */
function withoutSpelling({ form, keys }: Asking, response: Body): Body {
	const choices = (response['choices'] as unknown[]).map((choice) => {
		const text = isBody(choice) ? form.textOf(choice) : '';
		return redact(text, keys) === text ? choice : { ...(choice as Body), logprobs: null };
	});
	return { ...response, choices };
}

function add(progress: Progress, asking: Asking, response: Body, choices: Choice[]): void {
	const { outcome } = progress;
	const call = outcome.responses.length;
	const missing = asking.numSamples - outcome.samples.length;
	if (choices.length === 0) throw unusableAnswer('it has no choices.');
	for (const { text, finishReason } of choices.slice(0, missing)) {
		outcome.samples.push({ text: redact(text, asking.keys), finishReason, call });
	}
	outcome.responses.push(redact(withoutSpelling(asking, response), asking.keys));
	const usage = usageOf(response);
	outcome.usage = usage === null || progress.uncounted ? null : sum(outcome.usage, usage);
	progress.uncounted = outcome.usage === null;
}

/** Tokens of all calls so far; null when they are beyond counting. */
function sum(before: Usage | null, more: Usage): Usage | null {
	const promptTokens = (before?.promptTokens ?? 0) + more.promptTokens;
	const generationTokens = (before?.generationTokens ?? 0) + more.generationTokens;
	return isCount(promptTokens) && isCount(generationTokens) ? { promptTokens, generationTokens } : null;
}

/** The body for the samples that are still missing: hosts that do not know `n` (Ollama) give one at a time. */
function bodyForMissing(asking: Asking, { outcome }: Progress): Body {
	return { ...asking.body, n: asking.numSamples - outcome.samples.length };
}

async function complete(asking: Asking, signal: AbortSignal, retry: Retry): Promise<Outcome> {
	const progress = start();
	while (progress.outcome.samples.length < asking.numSamples) {
		const body = bodyForMissing(asking, progress);
		const response = await retry(() => ask(asking, body, signal));
		const choices = choicesOf(asking.form, response).sort((a, b) => a.index - b.index);
		add(progress, asking, response as Body, choices);
	}
	return progress.outcome;
}

async function* stream(asking: Asking, signal: AbortSignal, retry: Retry): AsyncGenerator<Delta, Outcome, void> {
	const progress = start();
	while (progress.outcome.samples.length < asking.numSamples) {
		const known = progress.outcome.samples.length;
		const gathered: Gathered = { head: {}, choices: new Map(), usage: null };
		const redacting = redactors(asking.keys);
		const body = bodyForMissing(asking, progress);
		// When some of the answer has gone out, what is missing is asked for once.
		const chunks = await (known === 0 ? retry(() => ask(asking, body, signal)) : ask(asking, body, signal));
		for await (const chunk of chunks as AsyncIterable<Body>) {
			gathered.usage = chunk['usage'] ?? gathered.usage;
			for (const choice of choicesOf(asking.form, chunk)) {
				gather(gathered, chunk, choice);
				const text = redacting(choice.index).add(choice.text);
				const index = known + choice.index;
				if (text !== '' && index < asking.numSamples) yield { index, text };
			}
		}
		// The SDK ends an aborted stream as if it were whole.
		signal.throwIfAborted();
		const { response, choices } = wholeAnswer(asking.form, gathered);
		// What is held back goes out of whole answers only: a broken one may end in the middle of a key.
		for (const choice of choices) {
			const text = redacting(choice.index).end();
			const index = known + choice.index;
			if (text !== '' && index < asking.numSamples) yield { index, text };
		}
		add(progress, asking, response, choices);
	}
	return progress.outcome;
}

/** OpenAI, and every host that speaks its API, over OpenAI's own SDK. `num_samples` is one call's `n`. */
export function openaiProvider(settings: OpenAiSettings): Provider {
	const client = clientOf(settings);
	const host = hostOf(settings);
	return {
		prepare(sampling) {
			const form = formOf(sampling.parameters.model);
			const body = form.body(sampling);
			const key = keyOf(settings, sampling);
			// All keys of the call and the server's own: a gateway may echo any of them.
			const given = [settings.apiKey, ...Object.values(sampling.keys)];
			const keys = given.filter((value) => typeof value === 'string');
			const asking = { form, client, key, body, numSamples: sampling.numSamples, keys, host };
			return {
				request: body,
				async complete(signal, retry) {
					try {
						return await complete(asking, signal, retry);
					} catch (error) {
						throw providerError(error, { keys, host }, signal);
					}
				},
				async *stream(signal, retry) {
					try {
						return yield* stream(asking, signal, retry);
					} catch (error) {
						throw providerError(error, { keys, host }, signal);
					}
				},
			};
		},
	};
}
