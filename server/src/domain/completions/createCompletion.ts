import type { CompletionAnswer, CompletionRequest } from '../../contract/completions.ts';
import { ApiError, hungUp, overloaded } from '../apiError.ts';
import { type Audience, createAudience } from '../idempotency/waiters.ts';
import { type Dependencies, prepareCompletion } from './prepare.ts';
import { lastEvents } from './response.ts';
import { type Listener, runCompletion } from './execute.ts';
import { after, canBegin } from './deadline.ts';
import { fingerprintOf } from '../idempotency/keyedRequest.ts';
import type { Claim, Given, Idempotency } from '../idempotency/idempotency.ts';
import { retries } from './retries.ts';
import type { Seat } from '../seats.ts';

export type CallSettings = {
	/** How long a call may wait for its provider in all. */
	providerTimeoutMs: number;
	/** The longest pause before the first retry of a provider call. */
	backoffMs: number;
};

/** A completion call and how its caller wants it. */
export type Asked = {
	request: CompletionRequest;
	/** Method and path, for the fingerprint. */
	operation: string;
	/** Whose keys it may share answers with. */
	scope: string;
	key: string | undefined;
	/** When the caller stops waiting, as a reading of `performance.now()`. */
	deadline: number;
	/** Aborted when the caller hangs up. */
	caller: AbortSignal;
	seat: Seat;
	/** Takes the events of a call that is run as a stream; a replay is not given to it. */
	listen: Listener | undefined;
};

export type Calls = {
	/** Runs the call or replays it. Throws ApiError. */
	answer: (asked: Asked) => Promise<Given<CompletionAnswer>>;
	/** Whether an answer under that key is kept or on its way. */
	knows: (scope: string, key: string) => Promise<boolean>;
	/** Returns when no call is in flight, those included whose callers have gone. */
	idle: () => Promise<void>;
};

function tooLate(): ApiError {
	return new ApiError(504, 'There is no time left to begin the call: its caller waits no longer.');
}

function deadlinePassed(): ApiError {
	return new ApiError(504, 'The model has not answered in the time that the caller waits.');
}

function providerTimedOut(): ApiError {
	return new ApiError(504, 'The provider did not answer in time.');
}

/**
 * Lets the first caller go when it hangs up or has waited for long enough: before the first event of a stream, as
 * after it the caller sees that the call goes on. A plain call with a key stays whatever happens: its answer is paid
 * for, and a repeat finds it.
 */
function watchCaller({ key, caller, deadline, listen }: Asked, audience: Audience) {
	if (key !== undefined && listen === undefined) return { listen, stop: () => undefined };
	const leave = () => audience.firstLeaves(hungUp());
	const inTime = after(deadline - performance.now(), () => audience.firstLeaves(deadlinePassed()));
	if (caller.aborted) leave();
	caller.addEventListener('abort', leave);
	return {
		listen:
			listen &&
			((event: Parameters<Listener>[0]) => {
				inTime();
				return listen(event);
			}),
		stop: () => {
			inTime();
			caller.removeEventListener('abort', leave);
		},
	};
}

/**
 * Provider keys may have been exchanged before a repeat, and the same answer can be given as a stream or not: neither
 * of them counts.
 */
function claimOf({ request, operation, scope }: Asked, key: string): Claim {
	const { provider_api_keys: _keys, stream: _stream, ...body } = request;
	return { scope, key, fingerprint: fingerprintOf(operation, body) };
}

/** Every completion call of the server, from its arrival to its answer. */
export function createCalls(deps: Dependencies, idempotency: Idempotency, settings: CallSettings): Calls {
	const inFlight = new Set<Promise<unknown>>();

	async function run(asked: Asked, audience: Audience, claim?: Claim) {
		if (!asked.seat.take()) throw overloaded();
		const { signal } = audience;
		const { deadline, request } = asked;
		const { listen, stop } = watchCaller(asked, audience);
		try {
			const call = await prepareCompletion(deps, request);
			if (!canBegin(deadline)) throw tooLate();
			const save = request.save ?? true;
			const answered = after(settings.providerTimeoutMs, () => audience.abort(providerTimedOut()));
			try {
				const answer = await runCompletion(deps.store, call, {
					signal,
					retry: retries({ deadline, backoffMs: settings.backoffMs }, signal),
					listen,
					hurried: audience.joined,
					keep: async (writes, whole) => {
						if (claim !== undefined && save) await idempotency.keep(writes, claim, whole);
					},
				});
				if (claim !== undefined && !save) idempotency.remember(claim, answer);
				return answer;
			} finally {
				answered();
			}
		} finally {
			stop();
			asked.seat.free();
		}
	}

	async function given(asked: Asked): Promise<Given<CompletionAnswer>> {
		const { key, caller, seat } = asked;
		if (key === undefined) return { answer: await run(asked, createAudience()), replayed: false };
		const claim = claimOf(asked, key);
		return idempotency.once(claim, {
			caller,
			waits: () => seat.free(),
			run: (audience) => run(asked, audience, claim),
		});
	}

	async function answer(asked: Asked): Promise<Given<CompletionAnswer>> {
		try {
			const result = await given(asked);
			if (!result.replayed && asked.listen !== undefined) {
				for (const event of lastEvents(result.answer)) await asked.listen(event);
			}
			return result;
		} finally {
			asked.seat.free();
		}
	}

	return {
		answer(asked) {
			const answered = answer(asked);
			inFlight.add(answered);
			const forget = () => inFlight.delete(answered);
			answered.then(forget, forget);
			return answered;
		},
		knows: (scope, key) => idempotency.knows(scope, key),
		async idle() {
			while (inFlight.size > 0) await Promise.allSettled(inFlight);
		},
	};
}
