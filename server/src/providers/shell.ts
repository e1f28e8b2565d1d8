import { ApiError, isClientClosedRequest } from '../domain/apiError.ts';
import type {
	Delta,
	ProviderResult,
	Provider,
	ReadyCall,
	Requests,
	ResponseReport,
	Sample,
	Sampling,
	Usage,
} from '../domain/provider.ts';
import { redact, redactors, withoutLogprobs } from './redact.ts';
import { type ResponseLimit, responseLimit } from './responseLimit.ts';

/** What one call to a host returned. */
export type Generation = {
	/** In any order; `index` counts from 0 in each call. `finishReason` is in the contract's terms. */
	samples: { index: number; text: string; finishReason: string | null }[];
	/** The host's response. A stream's is put together as if it had come in one piece. */
	response: Record<string, unknown>;
	/** As the host counts them: anything but a count is treated as not counted. */
	usage: {
		promptTokens: unknown;
		generationTokens: unknown;
		/** Parts of the two, for hosts that tell them. */
		cachedPromptTokens?: unknown;
		reasoningTokens?: unknown;
	};
};

/** One completion call as an adapter makes it. Errors may be thrown as they come, and texts returned as they are. */
export type AdapterCall = {
	/** The body that is sent, for the log. */
	request: Record<string, unknown>;
	/** Which of the two ways to ask for text the host has. */
	operation: ReadyCall['operation'];
	/** One plain call for that many samples. The host may return fewer. */
	generate(samples: number, signal: AbortSignal): Promise<Generation>;
	/** The same, streamed: pieces of text, then the whole. */
	stream(samples: number, signal: AbortSignal): AsyncIterator<Delta, Generation, void>;
	/** What the caller is told about an error that one of these threw; undefined if it is not the provider's. */
	mapError(error: unknown): ApiError | undefined;
};

/** How one call to a family of hosts goes. Everything that all providers share is in the shell. */
export type Adapter = {
	/** The provider's name in errors. */
	origin: string;
	/** The server's own keys. With those of the request, they are removed from everything that an adapter returns. */
	secrets: readonly string[];
	/** Checks what can be checked without a call. Throws ApiError 422 for what the host cannot do. */
	prepare(sampling: Sampling): AdapterCall;
};

/** A response that is cut off, empty or malformed. The message ends a sentence that says so. */
export class UnusableResponse extends Error {}

/** The error without keys. One that is not an ApiError is a bug: only its text is kept, as its causes may hold a request. */
function redactError(error: unknown, secrets: readonly string[]): Error {
	if (error instanceof ApiError) return new ApiError(error.status, redact(error.message, secrets), error);
	const { message, stack } = error instanceof Error ? error : new Error(String(error));
	return Object.assign(new Error(redact(message, secrets)), { stack: redact(stack, secrets) });
}

/** Whether it can be stored and read back as a number of tokens. */
function isCount(value: unknown): value is number {
	return typeof value === 'number' && Number.isSafeInteger(value) && value >= 0;
}

/** What telemetry learns of a response. `response` has no key in it. */
function reportOf(
	samples: { finishReason: string | null }[],
	{ model }: Record<string, unknown>,
	{ promptTokens, generationTokens, cachedPromptTokens, reasoningTokens }: Generation['usage'],
): ResponseReport {
	const countOf = (value: unknown) => (isCount(value) ? value : undefined);
	return {
		model: typeof model === 'string' ? model : undefined,
		finishReasons: samples.map(({ finishReason }) => finishReason).filter((reason) => reason !== null),
		promptTokens: countOf(promptTokens),
		generationTokens: countOf(generationTokens),
		cachedPromptTokens: countOf(cachedPromptTokens),
		reasoningTokens: countOf(reasoningTokens),
	};
}

/** Tokens of all calls so far; null as soon as one of them or their sum cannot be counted. */
function sum(before: Usage | null, { promptTokens, generationTokens }: Generation['usage']): Usage | null {
	if (before === null || !isCount(promptTokens) || !isCount(generationTokens)) return null;
	const usage = {
		promptTokens: before.promptTokens + promptTokens,
		generationTokens: before.generationTokens + generationTokens,
	};
	return isCount(usage.promptTokens) && isCount(usage.generationTokens) ? usage : null;
}

function byIndex(a: { index: number }, b: { index: number }): number {
	return a.index - b.index;
}

/** A stream that ends early is an error, never a shorter response. */
function checkFinished(samples: Generation['samples']): void {
	const indices = new Set(samples.map(({ index }) => index));
	if (samples.some((_, position) => !indices.has(position))) throw new UnusableResponse('a sample is missing.');
	if (samples.some(({ finishReason }) => finishReason === null)) {
		throw new UnusableResponse('the stream ended before every sample was finished.');
	}
}

/** What the calls returned so far, without keys. */
class Collected {
	readonly #wanted: number;
	readonly #secrets: readonly string[];
	readonly #samples: Sample[] = [];
	readonly #responses: Record<string, unknown>[] = [];
	#usage: Usage | null = { promptTokens: 0, generationTokens: 0 };

	constructor(wanted: number, secrets: readonly string[]) {
		this.#wanted = wanted;
		this.#secrets = secrets;
	}

	/** How many samples have come. */
	get count(): number {
		return this.#samples.length;
	}

	get missing(): number {
		return this.#wanted - this.count;
	}

	get outcome(): ProviderResult {
		return { samples: this.#samples, responses: this.#responses, usage: this.#usage };
	}

	/** The samples that came before an error: they are paid for. Throws the error if there are none or nobody wants them. */
	partial(error: unknown): ProviderResult {
		if (this.count === 0 || !(error instanceof ApiError) || isClientClosedRequest(error)) throw error;
		return { ...this.outcome, missing: error };
	}

	/** Adds what one call returned; a host may return more samples than are missing. */
	add({ samples, response, usage }: Generation): ResponseReport {
		if (samples.length === 0) throw new UnusableResponse('it has no samples.');
		const call = this.#responses.length;
		const ordered = samples.toSorted(byIndex).slice(0, this.missing);
		const added = ordered.map(({ text, finishReason }) => redact({ text, finishReason }, this.#secrets));
		for (const sample of added) this.#samples.push({ ...sample, call });
		// Log probabilities hold a key token by token, where it cannot be found.
		const isSpelled = samples.some(({ text }) => redact(text, this.#secrets) !== text);
		const redacted = redact(isSpelled ? withoutLogprobs(response) : response, this.#secrets);
		this.#responses.push(redacted);
		this.#usage = sum(this.#usage, usage);
		return reportOf(added, redacted, usage);
	}
}

/** An adapter's call with everything that all providers share. Nothing leaves it with a key in it. */
class ProviderCall implements ReadyCall {
	readonly request: Record<string, unknown>;
	readonly operation: ReadyCall['operation'];
	readonly #call: AdapterCall;
	readonly #origin: string;
	readonly #secrets: readonly string[];
	readonly #samples: number;
	readonly #limit: ResponseLimit;

	constructor(adapter: Adapter, sampling: Sampling, maxResponseBytes: number) {
		// All keys of the request, as a gateway may echo any of them. Its endpoints are no secrets.
		const given = Object.entries(sampling.keys).filter(([name]) => !name.endsWith('_endpoint'));
		const keys = given.map(([, key]) => key).filter((key) => typeof key === 'string');
		this.#secrets = [...adapter.secrets, ...keys];
		this.#origin = adapter.origin;
		this.#samples = sampling.numSamples;
		this.#limit = { maxBytes: maxResponseBytes, memory: sampling.memory, unparsed: 0, rejection: undefined };
		try {
			this.#call = adapter.prepare(sampling);
		} catch (error) {
			throw redactError(error, this.#secrets);
		}
		this.request = redact(this.#call.request, this.#secrets);
		this.operation = this.#call.operation;
	}

	/** Runs a step of a call. What it throws is safe to show. After an abort, it throws what the signal was aborted with. */
	async #attempt<T>(signal: AbortSignal, step: () => Promise<T> | T): Promise<T> {
		try {
			const result = await responseLimit.run(this.#limit, async () => step());
			// Some SDKs end an aborted stream as if it were whole.
			signal.throwIfAborted();
			return result;
		} catch (error) {
			if (signal.aborted) throw signal.reason;
			const { rejection } = this.#limit;
			if (rejection !== undefined) {
				// Not retryable: the provider is paid for each response, and the next one would be like this one.
				const message = `The provider's response was rejected: ${redact(rejection.message, this.#secrets)}`;
				throw new ApiError(502, message, { origin: this.#origin });
			}
			if (error instanceof UnusableResponse) {
				const message = `The provider's response cannot be used: ${redact(error.message, this.#secrets)}`;
				throw new ApiError(503, message, { origin: this.#origin });
			}
			throw redactError(this.#call.mapError(error) ?? error, this.#secrets);
		}
	}

	/** Calls until every sample is there: hosts that do not know `n` (Ollama) return one at a time. */
	async complete(signal: AbortSignal, requests: Requests): Promise<ProviderResult> {
		const collected = new Collected(this.#samples, this.#secrets);
		try {
			while (collected.missing > 0) {
				const { missing } = collected;
				const generate = () => this.#call.generate(missing, signal);
				const generation = await requests.send(missing, () => this.#attempt(signal, generate));
				requests.succeeded(await this.#attempt(signal, () => collected.add(generation)));
			}
		} catch (error) {
			requests.failed(error);
			return collected.partial(error);
		}
		return collected.outcome;
	}

	/** The same in pieces. A call whose first piece has gone out is not made again. */
	async *stream(signal: AbortSignal, requests: Requests): AsyncGenerator<Delta, ProviderResult, void> {
		const collected = new Collected(this.#samples, this.#secrets);
		try {
			while (collected.missing > 0) {
				const { count, missing } = collected;
				const begin = () =>
					this.#attempt(signal, async () => {
						const pieces = this.#call.stream(missing, signal);
						return { pieces, first: await pieces.next() };
					});
				const { pieces, first } = await requests.send(missing, begin);
				const redacting = redactors(this.#secrets);
				const isWanted = (index: number, text: string) => text !== '' && index < missing;
				let step = first;
				try {
					for (; !step.done; step = await this.#attempt(signal, () => pieces.next())) {
						const { index } = step.value;
						const text = redacting(index).add(step.value.text);
						if (isWanted(index, text)) yield { index: count + index, text };
					}
				} finally {
					await pieces.return?.().catch(() => undefined);
				}
				const generation = step.value;
				await this.#attempt(signal, () => checkFinished(generation.samples));
				// What was held back goes out of whole texts only: a broken one may end in the middle of a key.
				for (const { index } of generation.samples.toSorted(byIndex)) {
					const text = redacting(index).end();
					if (isWanted(index, text)) yield { index: count + index, text };
				}
				requests.succeeded(await this.#attempt(signal, () => collected.add(generation)));
			}
		} catch (error) {
			requests.failed(error);
			return collected.partial(error);
		}
		return collected.outcome;
	}
}

/** Makes a provider of an adapter. `load` is called once, for the first call. `maxResponseBytes` is for each response. */
export function createProvider(load: () => Promise<Adapter>, maxResponseBytes: number): Provider {
	let loading: Promise<Adapter> | undefined;
	return {
		async prepare(sampling) {
			// A failure is not kept: the next call tries to load again.
			loading ??= load().catch((error: unknown) => ((loading = undefined), Promise.reject(error as Error)));
			return new ProviderCall(await loading, sampling, maxResponseBytes);
		},
	};
}
