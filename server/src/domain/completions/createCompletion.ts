import type { CallRequest } from '../../contract/calls.ts';
import { ApiError, isClientClosedRequest, overloaded, StoreUnavailable } from '../apiError.ts';
import type { Spending } from '../budgets/spending.ts';
import { totalOf } from '../costs/cost.ts';
import { chargedNothing, type PricedResponse } from '../costs/responseCost.ts';
import type { Caller, Idempotency, IdempotentResult, Running } from '../idempotency/idempotency.ts';
import { SavedByOther } from '../idempotency/savedResponses.ts';
import { memoryPerStoredByte } from '../memory.ts';
import type { CallContext } from './callContext.ts';
import { sizeOf } from './callSize.ts';
import { executeCompletion, type Storage } from './execute.ts';
import type { Listener } from './listener.ts';
import { type Dependencies, modelRequestOf, type PreparedCall, prepareCall } from './prepare.ts';
import { type ReadyModel, worstCaseOfAll } from './readyModels.ts';
import { eventsOf, isWhole, lastEvents } from './response.ts';
import { type OnReusedStored, reuseAnswer } from './reuse.ts';
import { type RequestCount, RequestCounts } from './requestCounts.ts';
import { canStart, retries } from './retries.ts';
import type { ModelRun } from './runModels.ts';
import { StorageDeadline } from './storageDeadline.ts';
import { startProviderTimer, startTimer } from './timer.ts';
import { watchLeader } from './watchLeader.ts';

type CompletionSettings = {
	/** How long a call may wait for its provider in all, in milliseconds. */
	providerTimeoutMs: number;
	/** The longest pause before the first retry of a provider call, in milliseconds. */
	backoffMs: number;
	/** How long a stream with an Idempotency-Key goes on after its caller has disconnected, in milliseconds. */
	disconnectGraceMs: number;
	/** The time of day in milliseconds. */
	now: () => number;
};

/** For a stream: some text of another response has gone out already. */
function answeredByOther(): ApiError {
	return new ApiError(
		503,
		'Another server has answered this call too. Send the same request with the same Idempotency-Key again to get ' +
			'that response.',
	);
}

function tooLateToStart(): ApiError {
	return new ApiError(504, "The caller's timeout leaves too little time to start the call.");
}

/** All calls of the server that run a model, completions and chats, from their arrival to their response. */
export class Completions {
	readonly #deps: Dependencies & Storage;
	readonly #idempotency: Idempotency;
	readonly #settings: CompletionSettings;
	readonly #requestCounts: RequestCounts;
	readonly #inFlight = new Set<Promise<unknown>>();

	constructor(deps: Dependencies & Storage, idempotency: Idempotency, settings: CompletionSettings) {
		this.#deps = deps;
		this.#idempotency = idempotency;
		this.#settings = settings;
		this.#requestCounts = new RequestCounts(settings.now);
	}

	/** Runs the call, or replays its response. Throws ApiError. */
	createCompletion(request: CallRequest, context: CallContext): Promise<IdempotentResult<PricedResponse>> {
		const storage = new StorageDeadline(context, this.#deps.commits);
		const response = this.#respond(request, context, storage).finally(() => {
			storage.stop();
			context.slot.release();
		});
		// The call may go on after its caller has got an error or has disconnected.
		const result = context.memory?.during(response) ?? response;
		this.#inFlight.add(result);
		const forget = () => this.#inFlight.delete(result);
		result.then(forget, forget);
		return Promise.race([result, storage.passed]);
	}

	/**
	 * The caller has learned that no retry is left. What it sends with the same key after that starts a new count. Until
	 * then, the count stays: a response that was lost must not lead to more requests.
	 */
	finalDelivered({ scope, key }: Caller): void {
		if (key !== undefined) this.#requestCounts.forget({ scope, key });
	}

	/** How many calls are in flight, with those that wait for another call's response and those whose caller has gone. */
	get inFlight(): number {
		return this.#inFlight.size;
	}

	/** Fulfilled when no call is in flight, not even one whose caller has disconnected. */
	async idle(): Promise<void> {
		while (this.#inFlight.size > 0) await Promise.allSettled(this.#inFlight);
	}

	async #respond(request: CallRequest, context: CallContext, storage: StorageDeadline) {
		// A repeat may bring other provider keys, and ask for a stream or not.
		const { provider_api_keys: _keys, stream: _stream, ...body } = request;
		let count: RequestCount | undefined;
		const result = await this.#idempotency.once(context, {
			isWhole,
			operation: `POST /v4${context.endpoint.path}`,
			body,
			onWait: (waiters) => {
				context.slot.release();
				if (waiters !== undefined) storage.watch(waiters);
			},
			run: (running) => {
				storage.watch(running.waiters);
				count = this.#requestCounts.get(running.request, context.maxRetries);
				return this.#runCounted(request, context, running, count);
			},
		});
		// Its response is saved, or on its way to be: nothing is lost if there is no room to send it now.
		if (result.replayed) context.memory?.growForStored(sizeOf(result.response) * memoryPerStoredByte);
		const { reused_log_id: reusedLogId } = result.response;
		if (reusedLogId !== undefined && !storage.hasPassed) context.onReused(reusedLogId);
		if (!result.replayed && context.listener !== undefined && !storage.hasPassed) {
			const events = reusedLogId === undefined ? lastEvents : eventsOf;
			for (const event of events(result.response)) await context.listener(event);
		}
		return { ...result, hasNoRetryLeft: !isWhole(result.response) && (count?.hasNoRetryLeft ?? false) };
	}

	/** Runs the call, unless its repeats have used up its provider requests. */
	async #runCounted(request: CallRequest, context: CallContext, running: Running, count: RequestCount) {
		// Saved responses of this operation are its own. It runs again for one that lacks samples.
		const saved = running.saved as PricedResponse | undefined;
		if (saved !== undefined && count.isUsedUp) return saved;
		count.check();
		// It was released if this call waited for another one that failed.
		if (!context.slot.acquire()) throw overloaded();
		const { problem } = this.#deps.commits;
		if (problem !== undefined) throw new StoreUnavailable(problem);
		let hasSent = false;
		const { listener: send } = context;
		const listener: Listener | undefined = send && ((event) => ((hasSent = true), send(event)));
		if (saved !== undefined) context.onPrior?.(saved.usage);
		try {
			const response = await this.#run(request, { ...context, listener }, running, count);
			if (isWhole(response)) this.#requestCounts.forget(running.request);
			else this.#requestCounts.keep(running.request, count);
			return response;
		} catch (error) {
			if (error instanceof SavedByOther) throw hasSent ? answeredByOther() : error;
			const final = count.failedWith(error);
			this.#requestCounts.keep(running.request, count);
			if (saved === undefined || !(final instanceof ApiError) || isClientClosedRequest(final)) throw final;
			// The samples that were missing still are. A copy is not sent as a replay: its text has gone out already. The earlier
			// request has told what it paid.
			return hasSent ? chargedNothing(saved) : saved;
		}
	}

	/** Ends at the deadline, with or without a key: nothing is paid for yet. */
	async #prepare(request: CallRequest, context: CallContext, { waiters, saved }: Running) {
		const cancelTimer = startTimer(context.deadline - performance.now(), () => waiters.abort(tooLateToStart()));
		try {
			return await prepareCall(this.#deps, request, {
				endpoint: context.endpoint,
				prior: saved as PricedResponse | undefined,
				scope: context.scope,
				memory: context.memory,
				origin: context.origin,
				actor: context.actor,
				signal: waiters.signal,
			});
		} finally {
			cancelTimer();
		}
	}

	/** Sets aside what the call may cost, if a budget counts it. */
	#reserve(call: PreparedCall, { actor, scope }: CallContext) {
		const { target, models, indices } = call;
		const isSideBySide = models.some(({ ready }) => ready.isSideBySide);
		const worstCase = () => worstCaseOfAll(models);
		const counted = { samples: indices.length, isSideBySide, worstCase };
		return this.#deps.budgets.reserve({ actor, scope, projectId: target.project?.id, ...counted });
	}

	async #run(request: CallRequest, context: CallContext, running: Running, count: RequestCount) {
		const { deadline, onFailedLog } = context;
		const { waiters } = running;
		const { backoffMs, disconnectGraceMs, providerTimeoutMs } = this.#settings;
		const { listener, stop } = watchLeader(context, waiters, disconnectGraceMs);
		let spending: Spending | undefined;
		try {
			const call = await this.#prepare(request, context, running);
			count.setModels(call.models.length);
			count.check();
			context.onConfig(call.config.parameters);
			const onStored: OnReusedStored = (writes, response) => running.save(writes, response);
			const reused = await reuseAnswer(this.#deps.store, call, context, this.#settings.now(), onStored);
			if (reused !== undefined) return reused;
			spending = await this.#reserve(call, context);
			waiters.signal.throwIfAborted();
			if (!canStart(deadline)) throw tooLateToStart();
			const isSaved = request.save ?? true;
			const { telemetry, memory } = context;
			const repeated: { model: ReadyModel; error: ApiError }[] = [];
			const requestsOf: ModelRun['requestsOf'] = (position, turn) => {
				const [model, ofModel] = [call.models[position] as ReadyModel, count.of(position)];
				const observe = (samples: number) => telemetry.startModelRequest(modelRequestOf(call, model, samples));
				if (ofModel.isUsedUp) return undefined;
				const onRetry = (error: ApiError) => void repeated.push({ model, error });
				return retries({ ...turn, backoffMs, onRetry }, ofModel, waiters.signal, observe, spending);
			};
			const cancelTimer = startProviderTimer(providerTimeoutMs, context.memory, () =>
				waiters.abort(new ApiError(504, 'The provider did not answer in time.')),
			);
			try {
				const response = await executeCompletion(
					this.#deps,
					{ ...call, spending, repeated },
					{
						signal: waiters.signal,
						deadline,
						providerTimeoutMs,
						memory,
						requestsOf,
						onFallback: (from, to, error) => telemetry.fellBack(from, to, error),
						listener,
						skipBackpressure: waiters.followerJoined,
						onStored: async (writes, whole) => {
							if (isSaved) await running.save(writes, whole);
						},
						onHeld: () => waiters.holdResponse(),
						onAnswer: ({ model, cost }) => telemetry.charged(model, cost && totalOf(cost)),
						onFailedLog,
						onUnstorable: (whole) => {
							if (isSaved) running.saveInMemory(whole);
						},
					},
				);
				if (!isSaved) running.saveInMemory(response);
				return response;
			} finally {
				cancelTimer();
			}
		} finally {
			spending?.end();
			stop();
			context.slot.release();
		}
	}
}
