import type { ToolCall } from '../contract/messages.ts';
import { ApiError, isClientClosedRequest } from '../domain/apiError.ts';
import type { ProviderResult, ResponseReport, Sample, Usage } from '../domain/provider.ts';
import { redact, withoutLogprobs } from './redact.ts';

/** What one call to a host returned. */
export type Generation = {
	/** In any order; `index` counts from 0 in each call. `finishReason` is in the contract's terms. */
	samples: { index: number; text: string; toolCalls?: ToolCall[]; finishReason: string | null }[];
	/** The host's response. A stream's is put together as if it had come in one piece. */
	response: Record<string, unknown>;
	/** As the host counts them: anything but a count is treated as not counted. */
	usage: {
		promptTokens: unknown;
		generationTokens: unknown;
		/** Parts of the two, for hosts that tell them. */
		cachedPromptTokens?: unknown;
		cacheWriteTokens?: unknown;
		reasoningTokens?: unknown;
	};
};

/** What a round of requests to a host brought: one request, or one for each sample, side by side. */
export type Round = {
	/** One for each request that succeeded. */
	generations: Generation[];
	/**
	 * Why the first of the other requests failed, as it was thrown. `isOpen`: some text of a sample that failed has gone out,
	 * so that it cannot be asked for again.
	 */
	failure?: { error: unknown; isOpen: boolean } | undefined;
	/** Why all of them failed. */
	failures?: unknown[];
};

/** A response that is cut off, empty or malformed. The message ends a sentence that says so. */
export class UnusableResponse extends Error {}

/** More tokens than any response has. Sums over many calls, and their costs, stay exact numbers. */
const mostTokens = 1e9;

/** Whether it is a number of tokens that a response can have. */
function isCount(value: unknown): value is number {
	return typeof value === 'number' && Number.isInteger(value) && value >= 0 && value <= mostTokens;
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

/** What telemetry learns of a round. Counts that one of its requests does not tell are not told. */
function reportOfAll(reports: ResponseReport[]): ResponseReport {
	const [first, ...others] = reports as [ResponseReport, ...ResponseReport[]];
	const sumOf = (a: number | undefined, b: number | undefined) =>
		a === undefined || b === undefined ? undefined : a + b;
	return others.reduce(
		(all, report) => ({
			model: all.model,
			finishReasons: [...all.finishReasons, ...report.finishReasons],
			promptTokens: sumOf(all.promptTokens, report.promptTokens),
			generationTokens: sumOf(all.generationTokens, report.generationTokens),
			cachedPromptTokens: sumOf(all.cachedPromptTokens, report.cachedPromptTokens),
			reasoningTokens: sumOf(all.reasoningTokens, report.reasoningTokens),
		}),
		first,
	);
}

/** Tokens of all calls so far; null as soon as one of them or their sum cannot be counted. */
function sum(before: Usage | null, added: Generation['usage']): Usage | null {
	const { promptTokens, generationTokens } = added;
	if (before === null || !isCount(promptTokens) || !isCount(generationTokens)) return null;
	const part = (count: unknown) => (isCount(count) ? count : 0);
	const usage = {
		promptTokens: before.promptTokens + promptTokens,
		generationTokens: before.generationTokens + generationTokens,
		cachedPromptTokens: before.cachedPromptTokens + part(added.cachedPromptTokens),
		cacheWriteTokens: before.cacheWriteTokens + part(added.cacheWriteTokens),
		reasoningTokens: before.reasoningTokens + part(added.reasoningTokens),
	};
	return isCount(usage.promptTokens) && isCount(usage.generationTokens) ? usage : null;
}

export function byIndex(a: { index: number }, b: { index: number }): number {
	return a.index - b.index;
}

/** What a stream's samples lack. undefined: nothing. */
function whyUnfinished(samples: Generation['samples']): string | undefined {
	const indices = new Set(samples.map(({ index }) => index));
	if (samples.some((_, position) => !indices.has(position))) return 'a sample is missing.';
	if (samples.some(({ finishReason }) => finishReason === null)) {
		return 'the stream ended before every sample was finished.';
	}
	return undefined;
}

/** A stream that ends early is an error, never a shorter response. */
export function checkFinished(samples: Generation['samples']): void {
	const reason = whyUnfinished(samples);
	if (reason !== undefined) throw new UnusableResponse(reason);
}

/** Whether there are samples, and every one of them is whole. */
export function isFinished(samples: Generation['samples']): boolean {
	return samples.length > 0 && whyUnfinished(samples) === undefined;
}

function textsOf({ function: called }: ToolCall): string[] {
	return [called.name, called.arguments ?? ''];
}

/** What the calls returned so far, without keys. */
export class Collected {
	readonly #wanted: number;
	readonly #secrets: readonly string[];
	readonly #samples = new Map<number, Sample>();
	readonly #responses: Record<string, unknown>[] = [];
	/** Whether the model has answered more than was added, because a response broke off. */
	isUncounted = false;
	#usage: Usage | null = {
		promptTokens: 0,
		generationTokens: 0,
		cachedPromptTokens: 0,
		cacheWriteTokens: 0,
		reasoningTokens: 0,
	};

	constructor(wanted: number, secrets: readonly string[]) {
		this.#wanted = wanted;
		this.#secrets = secrets;
	}

	/** How many samples have come. */
	get count(): number {
		return this.#samples.size;
	}

	get missing(): number {
		return this.#wanted - this.count;
	}

	get outcome(): ProviderResult {
		const samples = [...this.#samples.values()].sort(byIndex);
		const result = { samples, responses: this.#responses, usage: this.#usage };
		return this.isUncounted ? { ...result, isUncounted: true } : result;
	}

	/** The samples that came before an error: they are paid for. Throws the error if there are none or nobody wants them. */
	partial(error: unknown): ProviderResult {
		if (this.count === 0 || !(error instanceof ApiError) || isClientClosedRequest(error)) throw error;
		return { ...this.outcome, missing: error };
	}

	/** Adds what one request returned; a host may return more samples than are missing. */
	#add({ samples, response, usage }: Generation, firstIndex: number | undefined): ResponseReport {
		if (samples.length === 0) throw new UnusableResponse('it has no samples.');
		const call = this.#responses.length;
		const ordered = samples.toSorted(byIndex).slice(0, this.missing);
		const added = ordered.map(({ index, text, toolCalls = [], finishReason }) => {
			const sample = redact({ text, toolCalls, finishReason }, this.#secrets);
			const place = firstIndex === undefined ? this.count : firstIndex + index;
			this.#samples.set(place, { index: place, ...sample, call });
			return sample;
		});
		// Log probabilities hold a key token by token, where it cannot be found.
		const texts = samples.flatMap(({ text, toolCalls = [] }) => [text, ...toolCalls.flatMap(textsOf)]);
		const isSpelled = texts.some((text) => redact(text, this.#secrets) !== text);
		const redacted = redact(isSpelled ? withoutLogprobs(response) : response, this.#secrets);
		this.#responses.push(redacted);
		this.#usage = sum(this.#usage, usage);
		return reportOf(added, redacted, usage);
	}

	/**
	 * Adds what a round returned, after the samples that are there. `firstIndex` is where index 0 of a stream's round is: its
	 * text has gone out as that.
	 */
	add({ generations }: Round, firstIndex?: number): ResponseReport {
		return reportOfAll(generations.map((generation) => this.#add(generation, firstIndex)));
	}
}
