import type { ApiKey } from '../entities.ts';
import type { Store } from '../store.ts';

/** How often the last use of a key is written, in milliseconds. */
const intervalMs = 60_000;

/** Writes when keys were last used, at most once a minute for each key. No request waits for that. */
export class KeyUse {
	readonly #store: Store;
	readonly #now: () => number;
	readonly #onError: (error: unknown) => void;
	readonly #writtenAt = new Map<string, number>();

	constructor(store: Store, now: () => number, onError: (error: unknown) => void) {
		this.#store = store;
		this.#now = now;
		this.#onError = onError;
	}

	used({ id }: ApiKey): void {
		const now = this.#now();
		const writtenAt = this.#writtenAt.get(id);
		if (writtenAt !== undefined && now - writtenAt < intervalMs) return;
		this.#writtenAt.set(id, now);
		const at = new Date(now).toISOString();
		const notAfter = new Date(now - intervalMs).toISOString();
		// Other requests wait while a write waits for another process's lock, so this one hardly waits.
		this.#store.write((writes) => writes.setLastUsed(id, at, notAfter), false).catch(this.#onError);
	}
}
