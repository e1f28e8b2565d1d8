import { clientClosedRequest, unprocessable } from '../apiError.ts';
import { memoryPerStoredByte, type MemoryShare } from '../memory.ts';
import type { Writes } from '../store.ts';
import type { KeyLocks, Unlock } from './keyLocks.ts';
import { fingerprintOf, type KeyedRequest, SavedByOther, type SavedResponses } from './savedResponses.ts';
import { Waiters } from './waiters.ts';

/** Who sent a request, and how. */
export type Caller = {
	/** The hash of the first API key in a chain of rotations. Only requests with the same scope share responses. */
	scope: string;
	/** The Idempotency-Key. */
	key: string | undefined;
	/** Aborted when the caller disconnects. */
	signal: AbortSignal;
	/** What the request holds of the memory, if that is limited. */
	memory: MemoryShare | undefined;
};

/**
 * A response. `replayed`: another request with the same Idempotency-Key got it first. `hasNoRetryLeft`: it lacks something,
 * and a repeat will not get that either.
 */
export type IdempotentResult<T> = { response: T; replayed: boolean; hasNoRetryLeft?: boolean };

/** A request that is being carried out, and how it saves its response. Without a key, saving does nothing. */
export type Running = {
	/** Undefined without an Idempotency-Key. */
	request: KeyedRequest | undefined;
	/** What an earlier request with the key saved, if that is not whole. */
	saved: object | undefined;
	waiters: Waiters;
	/**
	 * Saves the response in the transaction that stores what it reports. Throws SavedByOther if another process has saved
	 * one meanwhile: throw that, and callers get that one.
	 */
	save(writes: Writes, response: object): Promise<void>;
	/** Saves it in memory only. */
	saveInMemory(response: object): void;
};

type Attempt<T> = {
	/** Method and path, for the fingerprint. */
	operation: string;
	/** What a repeat must match. */
	body: unknown;
	/** Whether a saved response is all that was wanted. If not, a repeat runs again. Default: it always is. */
	isWhole?: (response: T) => boolean;
	/** Called before this attempt waits for another request with the same key. `waiters` wait for it in this process. */
	onWait?: (waiters: Waiters | undefined) => void;
	/** Carries the request out. For each key, only one attempt runs at a time. */
	run: (running: Running) => Promise<T>;
};

/** The request that runs under a key. */
class InFlight {
	readonly fingerprint: string;
	readonly waiters = new Waiters();
	/** Fulfilled when it is known whether a response is saved under the key. */
	readonly lookedUp = Promise.withResolvers<void>();
	/** The response, or undefined if the request failed and the key is free again. */
	readonly ended = Promise.withResolvers<object | undefined>();
	/** Whether no response was saved under the key, so that this request decides what the key stands for. */
	decidesKey = false;

	constructor(fingerprint: string) {
		this.fingerprint = fingerprint;
	}
}

/** What is saved under a key. `createdAt` is undefined for what is in memory only. */
type Found = { saved?: object | undefined; createdAt?: string | undefined };

function usedByOther(): Error {
	return unprocessable('This Idempotency-Key was used for another request. Send a new key with a new request.');
}

function inUseByOther(): Error {
	return unprocessable(
		'This Idempotency-Key belongs to another request that is still running. Send a new key with a new request.',
	);
}

/** The value of the promise, unless the caller disconnects first. */
async function unlessDisconnected<T>(promise: Promise<T>, signal: AbortSignal): Promise<T> {
	const disconnected = Promise.withResolvers<never>();
	const reject = () => disconnected.reject(clientClosedRequest());
	if (signal.aborted) reject();
	signal.addEventListener('abort', reject);
	try {
		return await Promise.race([promise, disconnected.promise]);
	} finally {
		signal.removeEventListener('abort', reject);
	}
}

/** Carries out each request with an Idempotency-Key once. `locks` keeps other processes on the same database from it. */
export class Idempotency {
	readonly #savedResponses: SavedResponses;
	readonly #locks: KeyLocks | undefined;
	readonly #inFlight = new Map<string, InFlight>();
	#waiting = 0;

	constructor(savedResponses: SavedResponses, locks?: KeyLocks) {
		this.#savedResponses = savedResponses;
		this.#locks = locks;
	}

	/**
	 * Responds with the saved response, or with that of a concurrent duplicate that came first, or else runs the attempt.
	 * If the attempt fails, the key is free again and one of the waiting duplicates runs. Throws 422 if the key stands for
	 * another request.
	 */
	async once<T extends object>(caller: Caller, attempt: Attempt<T>): Promise<IdempotentResult<T>> {
		const { scope, key } = caller;
		if (key === undefined) {
			const saving = { save: async () => undefined, saveInMemory: () => undefined };
			const response = await attempt.run({ request: undefined, saved: undefined, waiters: new Waiters(), ...saving });
			return { response, replayed: false };
		}
		const request = { scope, key, fingerprint: fingerprintOf(attempt.operation, attempt.body) };
		for (;;) {
			if (caller.signal.aborted) throw clientClosedRequest();
			const inFlight = this.#inFlight.get(`${scope} ${key}`);
			if (inFlight === undefined) return this.#lead(request, caller, attempt);
			if (inFlight.fingerprint === request.fingerprint) {
				const response = await this.#follow(inFlight, caller, attempt);
				// Equal fingerprints are of one operation, whose responses have one type.
				if (response !== undefined) return { response: response as T, replayed: true };
			} else {
				if (inFlight.decidesKey) throw inUseByOther();
				// Until the lookup is done, either of the two can be the request that the key stands for.
				await unlessDisconnected(inFlight.lookedUp.promise, caller.signal);
			}
		}
	}

	/** How many requests wait for the response of another one with the same key. */
	get waiting(): number {
		return this.#waiting;
	}

	/** Whether a response is saved under that key or on its way. */
	async knows(scope: string, key: string): Promise<boolean> {
		return this.#inFlight.has(`${scope} ${key}`) || (await this.#savedResponses.head(scope, key)) !== undefined;
	}

	/** What is saved under the key, and since when. Throws 503 if the memory has no room for it now. */
	async #find({ scope, key, fingerprint }: KeyedRequest, memory: MemoryShare | undefined): Promise<Found> {
		const head = await this.#savedResponses.head(scope, key);
		if (head === undefined) return {};
		if (head.fingerprint !== fingerprint) throw usedByOther();
		memory?.growForStored(head.bytes * memoryPerStoredByte);
		return { saved: await this.#savedResponses.response(scope, key), createdAt: head.createdAt };
	}

	async #lead<T extends object>(
		request: KeyedRequest,
		caller: Caller,
		attempt: Attempt<T>,
	): Promise<IdempotentResult<T>> {
		const id = `${request.scope} ${request.key}`;
		const inFlight = new InFlight(request.fingerprint);
		// Nothing was awaited since the caller looked for this key, so nobody else leads it.
		this.#inFlight.set(id, inFlight);
		let unlock: Unlock | undefined;
		try {
			unlock = await this.#locks?.lock(request, {
				signal: caller.signal,
				onWait: () => attempt.onWait?.(undefined),
			});
			// Not before: another process may have saved a response until then.
			const found = await this.#find(request, caller.memory);
			const isWhole = found.saved !== undefined && attempt.isWhole?.(found.saved as T) !== false;
			const result = isWhole
				? { response: found.saved as T, replayed: true }
				: await this.#run(request, caller, attempt, inFlight, found);
			inFlight.ended.resolve(result.response);
			return result;
		} finally {
			unlock?.();
			this.#inFlight.delete(id);
			inFlight.lookedUp.resolve();
			inFlight.ended.resolve(undefined);
		}
	}

	async #run<T extends object>(
		request: KeyedRequest,
		{ memory }: Caller,
		attempt: Attempt<T>,
		inFlight: InFlight,
		{ saved, createdAt }: Found,
	): Promise<IdempotentResult<T>> {
		inFlight.decidesKey = true;
		inFlight.lookedUp.resolve();
		try {
			const response = await attempt.run({
				request,
				saved,
				waiters: inFlight.waiters,
				save: (writes, whole) => this.#savedResponses.save(writes, request, whole, createdAt),
				saveInMemory: (whole) => this.#savedResponses.saveInMemory(request, whole),
			});
			return { response, replayed: response === saved };
		} catch (error) {
			if (!(error instanceof SavedByOther)) throw error;
			const other = await this.#find(request, memory);
			if (other.saved === undefined) throw error;
			return { response: other.saved as T, replayed: true };
		}
	}

	/** The leader's response, or undefined if the leader failed. */
	async #follow({ waiters, ended }: InFlight, { signal }: Caller, { onWait }: Pick<Attempt<object>, 'onWait'>) {
		const leave = waiters.join();
		onWait?.(waiters);
		this.#waiting += 1;
		try {
			return await unlessDisconnected(ended.promise, signal);
		} finally {
			this.#waiting -= 1;
			leave();
		}
	}
}
