import { hash } from 'node:crypto';
import { setTimeout as wait } from 'node:timers/promises';
import { canonicalJson } from '../ids.ts';
import type { Store, Writes } from '../store.ts';

/** A request with an Idempotency-Key. A repeat has the same key and the same fingerprint. */
export type KeyedRequest = { scope: string; key: string; fingerprint: string };

/** The SHA-256 of method, path and body. The order of keys in the body makes no difference. */
export function fingerprintOf(operation: string, body: unknown): string {
	return hash('sha256', `${operation}\n${canonicalJson(body)}`);
}

/**
 * How long a saved response is as JSON, the fingerprint that a repeat must match to get it, and when it was saved, unless
 * that is in memory only.
 */
type Head = { fingerprint: string; bytes: number; createdAt?: string };

/** The key has a response of another process, which ran the same call: the lock of the key was lost meanwhile. */
export class SavedByOther extends Error {}

/** How long a response is saved. */
export const maxAgeMs = 24 * 60 * 60 * 1000;

/**
 * Limits of the responses in memory. Beyond them, the oldest are deleted. The length is in UTF-16 code units. One response
 * that is longer than that stays beside the others, until the next such one: it may be paid for and too large to be stored.
 */
const maxInMemory = 1000;
const maxLengthInMemory = 32 * 1024 * 1024;

/** How many responses one transaction deletes. Other writes wait for it, so it must be short. */
const purgeSize = 50;

type InMemory = { fingerprint: string; response: string; at: number };

/** The JSON text, or undefined if it is longer than a text can be: 512 million characters in Node.js. */
function textOf(response: object): string | undefined {
	try {
		return JSON.stringify(response);
	} catch (error) {
		if (error instanceof RangeError) return undefined;
		throw error;
	}
}

function isLong({ response }: InMemory): boolean {
	return response.length > maxLengthInMemory;
}

/** Responses as JSON text, oldest first. */
class Memory {
	readonly #responses = new Map<string, InMemory>();
	#length = 0;
	/** The ID of the response that is longer than all others may be together. It does not count in `#length`. */
	#longest: string | undefined;

	get(id: string): InMemory | undefined {
		return this.#responses.get(id);
	}

	set(id: string, entry: InMemory): void {
		this.#delete(id);
		if (isLong(entry)) {
			if (this.#longest !== undefined) this.#delete(this.#longest);
			this.#longest = id;
		} else {
			this.#length += entry.response.length;
		}
		this.#responses.set(id, entry);
		for (const oldest of this.#responses.keys()) {
			if (this.#responses.size <= maxInMemory && this.#length <= maxLengthInMemory) break;
			if (oldest !== this.#longest) this.#delete(oldest);
		}
	}

	deleteBefore(time: number): void {
		for (const [id, { at }] of this.#responses) {
			if (at >= time) break;
			this.#delete(id);
		}
	}

	#delete(id: string): void {
		const entry = this.#responses.get(id);
		if (entry === undefined) return;
		this.#responses.delete(id);
		if (id === this.#longest) this.#longest = undefined;
		else this.#length -= entry.response.length;
	}
}

/** The responses that repeats of a request get, for 24 hours. `now` is the time of day in milliseconds. */
export class SavedResponses {
	readonly #store: Store;
	readonly #now: () => number;
	readonly #memory = new Memory();

	constructor(store: Store, now: () => number) {
		this.#store = store;
		this.#now = now;
	}

	/** What is saved under a key, if it is not too old, without the response itself. */
	async head(scope: string, key: string): Promise<Head | undefined> {
		const inMemory = this.#inMemory(scope, key);
		if (inMemory === undefined) return this.#store.savedResponseHead(scope, key, this.#notBefore());
		return { fingerprint: inMemory.fingerprint, bytes: inMemory.response.length };
	}

	/** The response that is saved under a key, if it is not too old. */
	async response(scope: string, key: string): Promise<object | undefined> {
		const inMemory = this.#inMemory(scope, key);
		if (inMemory === undefined) return this.#store.savedResponse(scope, key, this.#notBefore());
		return JSON.parse(inMemory.response) as object;
	}

	/**
	 * Saves a response in the transaction that stores what it reports. It replaces the one that was saved at `replaced`.
	 * Throws SavedByOther if there is another one by now.
	 */
	async save(writes: Writes, request: KeyedRequest, response: object, replaced: string | undefined): Promise<void> {
		const saved = { ...request, response, createdAt: new Date(this.#now()).toISOString() };
		if (!(await writes.saveResponse(saved, this.#notBefore(), replaced))) throw new SavedByOther();
	}

	/** Saves a response in memory only, if it can be. Its caller gets it in any case. */
	saveInMemory({ scope, key, fingerprint }: KeyedRequest, response: object): void {
		const text = textOf(response);
		if (text !== undefined) this.#memory.set(`${scope} ${key}`, { fingerprint, response: text, at: this.#now() });
	}

	/** Deletes the responses that are too old, in small steps, until the signal is aborted. */
	async purge(signal: AbortSignal): Promise<void> {
		this.#memory.deleteBefore(this.#oldest());
		const before = this.#notBefore();
		let deleted = purgeSize;
		while (deleted === purgeSize && !signal.aborted) {
			const startedAt = performance.now();
			deleted = await this.#store.write((writes) => writes.deleteSavedResponses(before, purgeSize));
			// Requests get at least as much time as the steps take.
			await wait(performance.now() - startedAt);
		}
	}

	#inMemory(scope: string, key: string): InMemory | undefined {
		const found = this.#memory.get(`${scope} ${key}`);
		return found !== undefined && found.at >= this.#oldest() ? found : undefined;
	}

	#oldest(): number {
		return this.#now() - maxAgeMs;
	}

	#notBefore(): string {
		return new Date(this.#oldest()).toISOString();
	}
}
