import { ApiError, isClientClosedRequest } from '../apiError.ts';
import { type KeyedRequest, maxAgeMs } from '../idempotency/savedResponses.ts';

/** Beyond these limits, the oldest counts are forgotten, and a message is cut. */
const maxCounts = 10_000;
const maxMessageLength = 1_000;

/**
 * Whether the provider refused a request without running the model: it cost nothing, and the same request can succeed with
 * another key, or when the provider's account or model is changed. A failure that a retry can help counts nevertheless.
 */
function isRefusal({ status, isRetryable }: ApiError): boolean {
	return status < 500 && !isRetryable;
}

/** The requests of one call to one model that failed. A request counts as failed until it has succeeded or was refused. */
export class ModelRequestCount {
	failed: number;
	readonly #maxRetries: number;

	constructor(maxRetries: number, failed: number) {
		this.#maxRetries = maxRetries;
		this.failed = failed;
	}

	/** Whether no further request may be sent to this model. */
	get isUsedUp(): boolean {
		return this.failed > this.#maxRetries;
	}

	sent(): void {
		this.failed += 1;
	}

	lastSucceeded(): void {
		this.failed -= 1;
	}

	/** The last request threw this. */
	lastFailed(error: ApiError): void {
		if (isRefusal(error) && !isClientClosedRequest(error)) this.failed -= 1;
	}
}

/** The provider requests of one call that failed, at each of its models, and how many may at each. */
export class RequestCount {
	lastError: ApiError | undefined;
	#wasRefused = false;
	readonly #maxRetries: number;
	readonly #models: ModelRequestCount[];

	/** `failed` are the counts of the models that were asked so far, in the order of the call. */
	constructor(maxRetries: number, { failed: [first = 0, ...others], lastError }: Pick<Stored, 'failed' | 'lastError'>) {
		this.#maxRetries = maxRetries;
		this.#models = [first, ...others].map((failed) => new ModelRequestCount(maxRetries, failed));
		this.lastError = lastError;
	}

	/** So many models can be asked, by what the call runs now. */
	setModels(models: number): void {
		while (this.#models.length < models) this.#models.push(new ModelRequestCount(this.#maxRetries, 0));
		this.#models.length = models;
	}

	/** The count of a model by its place in the call. */
	of(position: number): ModelRequestCount {
		return this.#models[position] as ModelRequestCount;
	}

	get failed(): number[] {
		return this.#models.map(({ failed }) => failed);
	}

	/** Whether no further request may be sent to any of the models. */
	get isUsedUp(): boolean {
		return this.#models.every(({ isUsedUp }) => isUsedUp);
	}

	/** Whether a repeat would get no further: no request may be sent, or what was refused is refused again. */
	get hasNoRetryLeft(): boolean {
		return this.isUsedUp || this.#wasRefused;
	}

	/** Throws the last error if no further request may be sent. */
	check(): void {
		if (!this.isUsedUp) return;
		throw this.failedWith(this.lastError ?? new ApiError(503, 'The call was ended before its provider had answered.'));
	}

	/** Remembers an error of the call. Returns it as the caller gets it. */
	failedWith(error: unknown): unknown {
		// That an earlier caller disconnected says nothing to the next one.
		if (!(error instanceof ApiError) || isClientClosedRequest(error)) return error;
		if (isRefusal(error)) this.#wasRefused = true;
		else this.lastError = error;
		return new ApiError(error.status, error.message, {
			...error,
			hasNoRetryLeft: error.hasNoRetryLeft || this.isUsedUp,
		});
	}
}

type Stored = { failed: number[]; lastError: ApiError | undefined; fingerprint: string; at: number };

/** The counts of calls with an Idempotency-Key that have not succeeded yet. They last as long as a saved response. */
export class RequestCounts {
	readonly #now: () => number;
	readonly #counts = new Map<string, Stored>();

	constructor(now: () => number) {
		this.#now = now;
	}

	/** The count of a call, which goes on from that of its repeats. Without a key, it starts at 0. */
	get(request: KeyedRequest | undefined, maxRetries = Infinity): RequestCount {
		const stored = request && this.#counts.get(`${request.scope} ${request.key}`);
		const isOfRequest = stored?.fingerprint === request?.fingerprint && (stored?.at ?? 0) >= this.#now() - maxAgeMs;
		return new RequestCount(maxRetries, stored && isOfRequest ? stored : { failed: [], lastError: undefined });
	}

	/** Keeps the count of a call that failed, or that lacks samples. */
	keep(request: KeyedRequest | undefined, { failed, lastError }: RequestCount): void {
		if (request === undefined || failed.every((count) => count === 0)) return;
		const { scope, key, fingerprint } = request;
		const id = `${scope} ${key}`;
		const error = lastError && new ApiError(lastError.status, lastError.message.slice(0, maxMessageLength), lastError);
		this.#counts.delete(id);
		this.#counts.set(id, { failed, lastError: error, fingerprint, at: this.#now() });
		for (const [oldest, { at }] of this.#counts) {
			if (this.#counts.size <= maxCounts && at >= this.#now() - maxAgeMs) break;
			this.#counts.delete(oldest);
		}
	}

	/** Forgets the count of a call that succeeded, or whose caller has learned that no retry is left. */
	forget(request: Pick<KeyedRequest, 'scope' | 'key'> | undefined): void {
		if (request !== undefined) this.#counts.delete(`${request.scope} ${request.key}`);
	}
}
