import { hungUp, refused } from '../apiError.ts';
import { type Audience, createAudience } from './waiters.ts';
import type { Replays } from './savedResponses.ts';

/** What a caller says with an Idempotency-Key: "this is the request that I have given this key". */
export type Claim = { scope: string; key: string; fingerprint: string };

/** An answer, and whether another request has paid for it. */
export type Given<T> = { answer: T; replayed: boolean };

export type Turn<T> = {
	/** Aborted when the caller hangs up. */
	caller: AbortSignal;
	/** Called before it waits for another request with the same key. */
	waits: () => void;
	/** Makes the call; at most one at a time for each key. */
	run: (audience: Audience) => Promise<T>;
};

/** A request that has the key for itself until it ends. */
type First = {
	fingerprint: string;
	audience: Audience;
	/** Whether no earlier answer is kept under the key, so that this request decides what the key stands for. */
	decides: boolean;
	lookedUp: PromiseWithResolvers<void>;
	/** Undefined when it failed: then the key is free again. */
	ended: PromiseWithResolvers<object | undefined>;
};

export type Idempotency = Pick<Replays, 'keep' | 'remember'> & {
	/**
	 * Answers a claim once: with what is kept, with what a twin that came first is given, or by running the call. A
	 * failure frees the key, and one of those that waited runs. Throws 422 when the key stands for another request.
	 */
	once<T extends object>(claim: Claim, turn: Turn<T>): Promise<Given<T>>;
	/** Whether an answer under that key is kept or on its way. */
	knows(scope: string, key: string): Promise<boolean>;
};

function otherRequest(): Error {
	return refused('This Idempotency-Key was used for another request. Send a new key with a new request.');
}

function otherRunning(): Error {
	return refused(
		'This Idempotency-Key is in use by another request, still running. Send a new key with a new request.',
	);
}

/** What the promise gives, unless the signal is aborted before. */
async function unlessHungUp<T>(promise: Promise<T>, caller: AbortSignal): Promise<T> {
	const gone = Promise.withResolvers<never>();
	const leave = () => gone.reject(hungUp());
	if (caller.aborted) leave();
	caller.addEventListener('abort', leave);
	try {
		return await Promise.race([promise, gone.promise]);
	} finally {
		caller.removeEventListener('abort', leave);
	}
}

async function answerOf(first: First, { caller, waits }: Turn<object>): Promise<object | undefined> {
	const leave = first.audience.join();
	waits();
	try {
		return await unlessHungUp(first.ended.promise, caller);
	} finally {
		leave();
	}
}

export function createIdempotency(replays: Replays): Idempotency {
	const firsts = new Map<string, First>();
	const idOf = (scope: string, key: string) => `${scope} ${key}`;

	async function runFirst<T extends object>(id: string, claim: Claim, { run }: Turn<T>): Promise<Given<T>> {
		const first: First = {
			fingerprint: claim.fingerprint,
			audience: createAudience(),
			decides: false,
			lookedUp: Promise.withResolvers(),
			ended: Promise.withResolvers(),
		};
		// From here to the end nobody else runs under this key: nothing is awaited between looking and setting.
		firsts.set(id, first);
		try {
			const kept = await replays.find(claim.scope, claim.key);
			if (kept !== undefined) {
				if (kept.fingerprint !== claim.fingerprint) throw otherRequest();
				first.ended.resolve(kept.answer);
				// Equal fingerprints are of one operation, whose answers are of one kind.
				return { answer: kept.answer as T, replayed: true };
			}
			first.decides = true;
			first.lookedUp.resolve();
			const answer = await run(first.audience);
			first.ended.resolve(answer);
			return { answer, replayed: false };
		} finally {
			firsts.delete(id);
			first.lookedUp.resolve();
			first.ended.resolve(undefined);
		}
	}

	return {
		keep: (...kept) => replays.keep(...kept),
		remember: (...kept) => replays.remember(...kept),
		async once<T extends object>(claim: Claim, turn: Turn<T>): Promise<Given<T>> {
			const id = idOf(claim.scope, claim.key);
			for (;;) {
				if (turn.caller.aborted) throw hungUp();
				const first = firsts.get(id);
				if (first === undefined) return runFirst(id, claim, turn);
				if (first.fingerprint === claim.fingerprint) {
					const answer = await answerOf(first, turn);
					if (answer !== undefined) return { answer: answer as T, replayed: true };
				} else {
					// Until it is known what the key stands for, the other one may be the wrong one.
					if (first.decides) throw otherRunning();
					await first.lookedUp.promise;
				}
			}
		},
		knows: async (scope, key) => firsts.has(idOf(scope, key)) || (await replays.find(scope, key)) !== undefined,
	};
}
