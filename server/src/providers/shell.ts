import { ApiError, mayHaveRun } from '../domain/apiError.ts';
import type { Delta, ProviderResult, Provider, ReadyCall, Requests, Sampling } from '../domain/provider.ts';
import { byIndex, Collected, type Generation, type Round, UnusableResponse } from './generation.ts';
import { redact, redactors } from './redact.ts';
import { type ResponseLimit, responseLimit } from './responseLimit.ts';
import { generateRound, streamRound } from './rounds.ts';

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
	/** Whether the host returns one sample per request. Then the requests for several are made side by side. */
	oneSamplePerRequest?: boolean;
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
	prepare(sampling: Sampling): AdapterCall | Promise<AdapterCall>;
};

/** The error without keys. One that is not an ApiError is a bug: only its text is kept, as its causes may hold a request. */
function redactError(error: unknown, secrets: readonly string[]): Error {
	if (error instanceof ApiError) return new ApiError(error.status, redact(error.message, secrets), error);
	const { message, stack } = error instanceof Error ? error : new Error(String(error));
	return Object.assign(new Error(redact(message, secrets)), { stack: redact(stack, secrets) });
}

/** An adapter's call with everything that all providers share. Nothing leaves it with a key in it. */
class ProviderCall implements ReadyCall {
	readonly request: Record<string, unknown>;
	readonly operation: ReadyCall['operation'];
	readonly isSideBySide: boolean;
	readonly #call: AdapterCall;
	readonly #origin: string;
	readonly #secrets: readonly string[];
	readonly #samples: number;
	readonly #limit: ResponseLimit;

	private constructor(
		call: AdapterCall,
		adapter: Adapter,
		secrets: readonly string[],
		sampling: Sampling,
		maxResponseBytes: number,
	) {
		this.#call = call;
		this.#secrets = secrets;
		this.#origin = adapter.origin;
		this.#samples = sampling.numSamples;
		this.#limit = { maxBytes: maxResponseBytes, memory: sampling.memory, unparsed: 0, rejection: undefined };
		this.request = redact(call.request, secrets);
		this.operation = call.operation;
		this.isSideBySide = call.oneSamplePerRequest === true;
	}

	static async prepare(adapter: Adapter, sampling: Sampling, maxResponseBytes: number): Promise<ProviderCall> {
		// All keys of the request, as a gateway may echo any of them. Azure's endpoint is no secret. No other name is skipped:
		// an operator may name a host "my_endpoint".
		const given = Object.entries(sampling.keys).filter(([name]) => name !== 'openai_azure_endpoint');
		const keys = given.map(([, key]) => key).filter((key) => typeof key === 'string');
		const secrets = keys.length === 0 ? adapter.secrets : [...adapter.secrets, ...keys];
		try {
			return new ProviderCall(await adapter.prepare(sampling), adapter, secrets, sampling, maxResponseBytes);
		} catch (error) {
			throw redactError(error, secrets);
		}
	}

	/** Runs a step of a call. What it throws is safe to show. After an abort, it throws what the signal was aborted with. */
	async #attempt<T>(signal: AbortSignal, step: () => Promise<T> | T): Promise<T> {
		try {
			const result = await responseLimit.run(this.#limit, step);
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

	/**
	 * Sends the requests of a round. If some of the round before failed, that is how its first try fails, so that it counts
	 * and pauses as any failure does.
	 */
	#send<T>(
		samples: number,
		signal: AbortSignal,
		requests: Requests,
		earlier: Round['failure'],
		step: () => Promise<T>,
	) {
		let failure = earlier;
		return requests.send(samples, () =>
			this.#attempt(signal, () => {
				if (failure === undefined) return step();
				const { error } = failure;
				failure = undefined;
				throw error;
			}),
		);
	}

	/** Whether a request that failed beside others may be charged. */
	#isUncounted({ failure, failures = [] }: Round): boolean {
		return failure?.isOpen === true || failures.some((error) => mayHaveRun(this.#call.mapError(error)));
	}

	/** Calls until every sample is there: hosts that do not know `n` (Ollama) return one at a time. */
	async complete(signal: AbortSignal, requests: Requests): Promise<ProviderResult> {
		const collected = new Collected(this.#samples, this.#secrets);
		this.#limit.onResponse = () => requests.answering?.();
		let failure: Round['failure'];
		try {
			while (collected.missing > 0) {
				const { missing } = collected;
				const generate = () => generateRound(this.#call, missing, signal);
				const round = await this.#send(missing, signal, requests, failure, generate);
				requests.succeeded(await this.#attempt(signal, () => collected.add(round)));
				collected.isUncounted ||= this.#isUncounted(round);
				failure = round.failure;
			}
		} catch (error) {
			requests.failed(error);
			collected.isUncounted ||= mayHaveRun(error);
			return collected.partial(error);
		}
		return collected.outcome;
	}

	/** The same in pieces. A call whose first piece has gone out is not made again. */
	async *stream(signal: AbortSignal, requests: Requests): AsyncGenerator<Delta, ProviderResult, void> {
		const collected = new Collected(this.#samples, this.#secrets);
		this.#limit.onContent = () => requests.answering?.();
		let failure: Round['failure'];
		try {
			while (collected.missing > 0) {
				const { count, missing } = collected;
				const begin = async () => {
					const pieces = streamRound(this.#call, missing, signal);
					return { pieces, first: await pieces.next() };
				};
				const { pieces, first } = await this.#send(missing, signal, requests, failure, begin);
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
					await pieces.return?.(undefined as never).catch(() => undefined);
				}
				const round = step.value;
				// What was held back goes out of whole texts only: a broken one may end in the middle of a key.
				for (const { index } of round.generations.flatMap(({ samples }) => samples).toSorted(byIndex)) {
					const text = redacting(index).end();
					if (isWanted(index, text)) yield { index: count + index, text };
				}
				const report = await this.#attempt(signal, () => collected.add(round, count));
				({ failure } = round);
				collected.isUncounted ||= this.#isUncounted(round);
				if (failure?.isOpen === true) await this.#attempt(signal, () => Promise.reject(failure?.error as Error));
				requests.succeeded(report);
			}
		} catch (error) {
			requests.failed(error);
			collected.isUncounted ||= mayHaveRun(error);
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
			return ProviderCall.prepare(await loading, sampling, maxResponseBytes);
		},
	};
}
