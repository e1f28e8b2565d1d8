import { messageOf, StoreUnavailable } from './apiError.ts';
import type { Store } from './store.ts';

/** How long a result is valid, in milliseconds. A check of a locked database takes longer, so it is repeated less often. */
const validMs = { ok: 1_000, failed: 2_000 };

/** Writes to the database to find out whether that is possible, at most once a second, and never twice at once. */
export class Readiness {
	readonly #store: Store;
	#checking: Promise<string | undefined> | undefined;
	#validUntil = 0;

	constructor(store: Store) {
		this.#store = store;
	}

	/** Why the database cannot be written, or undefined. */
	check(): Promise<string | undefined> {
		if (this.#checking === undefined || performance.now() > this.#validUntil) {
			this.#validUntil = Infinity;
			this.#checking = this.#write().then((reason) => {
				this.#validUntil = performance.now() + (reason === undefined ? validMs.ok : validMs.failed);
				return reason;
			});
		}
		return this.#checking;
	}

	async #write(): Promise<string | undefined> {
		// A saved response under a key that no caller can have. It is deleted after a day, like others.
		const probe = { scope: 'readyz', key: '', fingerprint: '', response: {}, createdAt: new Date().toISOString() };
		try {
			// While it waits for another process's lock, the server does nothing else. Anybody may ask for it, without a key.
			await this.#store.write((writes) => writes.saveResponse(probe, probe.createdAt, undefined), false);
			return undefined;
		} catch (error) {
			return error instanceof StoreUnavailable ? error.reason : messageOf(error);
		}
	}
}
