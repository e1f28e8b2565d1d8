import { ApiError, isClientClosedRequest, mayHaveRun, StoreUnavailable } from '../apiError.ts';
import type { MemoryShare } from '../memory.ts';
import type { ProviderResult, ReadyCall, Requests } from '../provider.ts';
import { modelName } from '../prompts/fallback.ts';
import type { Listener } from './listener.ts';
import type { ModelAnswer, ModelAnswers, ModelFailure } from './modelAnswers.ts';
import type { PreparedCall } from './prepare.ts';
import type { ReadyModel } from './readyModels.ts';
import { deltaEvent, textEvents } from './response.ts';
import { canStart } from './retries.ts';
import { startProviderTimer } from './timer.ts';

/** The limits of a model's turn. */
export type Turn = {
	/** No retry starts that cannot end before this reading of `performance.now()`. */
	deadline: number;
	hasFallback: boolean;
};

export type ModelRun = {
	signal: AbortSignal;
	/** When the call must have ended, as a reading of `performance.now()`. */
	deadline: number;
	/** How long the call may wait for its models in all, in milliseconds. */
	providerTimeoutMs: number;
	memory: MemoryShare | undefined;
	/** Sends the requests to the model at that place. Undefined if it has no request left. */
	requestsOf: (position: number, turn: Turn) => Requests | undefined;
	/** Gets the text as it arrives. Undefined if the call is not streamed. */
	listener: Listener | undefined;
	/** Once fulfilled, nothing waits for the listener any more. */
	skipBackpressure: Promise<void>;
	/** Called when a model has failed and the next one is asked. */
	onFallback: (from: ReadyModel, to: ReadyModel, error: ApiError) => void;
};

/** A turn that runs. Before the model begins to answer, its share of the time can end it. */
type RunningTurn = Turn & { signal: AbortSignal; answering: () => void };

/** The models that are left share the time that is left. The last one has all of it. */
function startTurn({ models }: PreparedCall, position: number, run: ModelRun, timeoutAt: number): RunningTurn {
	const left = models.length - position;
	if (left === 1) return { deadline: run.deadline, hasFallback: false, signal: run.signal, answering: () => undefined };
	const now = performance.now();
	const shareMs = Math.max(0, Math.min(run.deadline, timeoutAt) - now) / left;
	const share = new AbortController();
	const answering = startProviderTimer(shareMs, run.memory, () => {
		const name = modelName(models[position] as ReadyModel);
		const message = `${name} did not begin to answer within ${(shareMs / 1000).toFixed(1)} s, its share of the call's time.`;
		share.abort(new ApiError(504, message, { mayBeCharged: true, isUnanswered: true }));
	});
	const signal = AbortSignal.any([run.signal, share.signal]);
	return { deadline: Math.min(run.deadline, now + shareMs), hasFallback: true, signal, answering };
}

/** Whether another model may get what this error kept from coming. Nobody has seen or paid for any of it. */
function mayFallBack(error: ApiError): boolean {
	return error.isUnanswered && (error.status === 429 || error.status >= 500);
}

/** What callers and logs are told if all models failed: the error of the first one, in whose place the others were asked. */
function errorOf(failures: readonly ModelFailure[]): ApiError {
	const [first, ...others] = failures.flatMap(({ model, error }) => (error === null ? [] : [{ model, error }]));
	// A call is not run whose models have no request left.
	const { error } = first as { error: ApiError };
	if (others.length === 0) return error;
	const further = others.map(
		({ model, error: { message } }) => `The fallback ${modelName(model)} failed too: ${message}`,
	);
	return new ApiError(error.status, [error.message, ...further].join(' '), error);
}

/** Asks the models of a call in turn, until all samples are there or an error is not one that another model can help with. */
class ModelCall {
	readonly #call: PreparedCall;
	readonly #run: ModelRun;
	readonly #answers: ModelAnswer[] = [];
	readonly #failures: ModelFailure[] = [];
	/** How many samples have come. */
	#count = 0;
	/** How many responses these came in. */
	#responses = 0;
	/** The highest index of a sample of which text has gone out. */
	#lastSent = -1;
	/** Whether the text of an earlier response, which this call completes, has gone out. */
	#isPriorSent = false;

	constructor(call: PreparedCall, run: ModelRun) {
		this.#call = call;
		this.#run = run;
	}

	async ask(): Promise<ModelAnswers> {
		const { models } = this.#call;
		const timeoutAt = performance.now() + this.#run.providerTimeoutMs;
		for (const [position, model] of models.entries()) {
			const failure = await this.#askOne(model, position, timeoutAt);
			if (failure === undefined) return this.#result(undefined);
			this.#failures.push({ model, error: failure });
			const next = models[position + 1];
			if (next === undefined || (failure !== null && !(await this.#mayGoOn(failure)))) break;
			if (failure !== null) this.#run.onFallback(model, next, failure);
		}
		return this.#result(errorOf(this.#failures));
	}

	/** Returns why the model did not bring all. null: it has no request left, and was not asked. */
	async #askOne(model: ReadyModel, position: number, timeoutAt: number): Promise<ApiError | null | undefined> {
		const turn = startTurn(this.#call, position, this.#run, timeoutAt);
		try {
			const requests = this.#run.requestsOf(position, turn);
			if (requests === undefined) return null;
			const ready = this.#count === 0 ? model.ready : await model.readyFor(this.#call.indices.length - this.#count);
			const outcome = await this.#outcomeOf(ready, turn, { ...requests, answering: turn.answering });
			this.#add(model, ready, outcome);
			return outcome.missing;
		} catch (error) {
			if (!(error instanceof ApiError) || isClientClosedRequest(error)) throw error;
			return error;
		} finally {
			turn.answering();
		}
	}

	/** Whether the next model may be asked: nothing of the missing samples has gone out, and time and budgets allow it. */
	async #mayGoOn(error: ApiError): Promise<boolean> {
		if (this.#run.signal.aborted || !mayFallBack(error) || this.#lastSent >= this.#count) return false;
		if (!canStart(this.#run.deadline)) return false;
		return this.#isCovered();
	}

	/** Whether the budgets have room for what the next model may cost. Not if nobody knows: the samples that came must be stored. */
	async #isCovered(): Promise<boolean> {
		try {
			return (await this.#call.spending?.cover()) === undefined;
		} catch (error) {
			if (error instanceof StoreUnavailable) return false;
			throw error;
		}
	}

	#outcomeOf(ready: ReadyCall, turn: RunningTurn, requests: Requests): Promise<ProviderResult> {
		const { listener } = this.#run;
		if (listener === undefined) return ready.complete(turn.signal, requests);
		return this.#stream(ready, turn, requests, listener);
	}

	async #stream(
		ready: ReadyCall,
		{ signal, answering }: RunningTurn,
		requests: Requests,
		listener: Listener,
	): Promise<ProviderResult> {
		const deltas = ready.stream(signal, requests);
		const before = this.#count;
		for (let isFirst = true; ; isFirst = false) {
			const step = await deltas.next();
			if (isFirst) {
				answering();
				await this.#sendPrior(listener);
			}
			if (step.done) return step.value;
			const index = before + step.value.index;
			if (index > this.#lastSent) this.#lastSent = index;
			const drained = listener(deltaEvent(this.#call, before === 0 ? step.value : { ...step.value, index }));
			if (drained !== undefined) await Promise.race([drained, this.#run.skipBackpressure]);
		}
	}

	/** Not before there is more: if the call fails, the caller gets the earlier samples in another way. */
	async #sendPrior(listener: Listener): Promise<void> {
		const { prior } = this.#call;
		if (prior === undefined || this.#isPriorSent) return;
		this.#isPriorSent = true;
		for (const event of textEvents(prior)) await listener(event);
	}

	#add(model: ReadyModel, { request }: ReadyCall, outcome: ProviderResult): void {
		const { samples } = outcome;
		const [index, call] = [this.#count, this.#responses];
		const placed =
			index === 0 ? samples : samples.map((one) => ({ ...one, index: index + one.index, call: call + one.call }));
		const cost = outcome.isUncounted === true ? null : model.priceResult(outcome);
		const failures = [...this.#failures];
		this.#answers.push({ model, request, outcome: { ...outcome, samples: placed }, cost, failures });
		this.#count += samples.length;
		this.#responses += outcome.responses.length;
	}

	#result(missing: ApiError | undefined): ModelAnswers {
		const [first, ...others] = this.#answers;
		// There is none only if all models failed.
		if (first === undefined) throw missing as ApiError;
		// Of those that answered in part, the cost is not known already.
		const abandoned = this.#failures
			.filter(({ model, error }) => mayHaveRun(error) && !this.#answers.some((answer) => answer.model === model))
			.map(({ model }) => model);
		return { answers: [first, ...others], missing, abandoned };
	}
}

/** Asks the models of a call. Throws ApiError if none of them answers, or the reason of the signal. */
export function runModels(call: PreparedCall, run: ModelRun): Promise<ModelAnswers> {
	return new ModelCall(call, run).ask();
}
