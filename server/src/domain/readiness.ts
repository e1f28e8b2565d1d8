import { messageOf, StoreUnavailable } from './apiError.ts';
import type { Store } from './store.ts';

/** Finds out whether something is as it should be. Returns what is wrong, or undefined. */
export type ReadinessCheck = () => Promise<string | undefined>;

/** How long a result is valid, in milliseconds. A check of a locked database takes longer, so it is repeated less often. */
const validMs = { ok: 1_000, failed: 2_000 };

/** How long the checks may take, in milliseconds. Those that ask want to know soon. */
const limitMs = 5_000;

/** Why the server should get no requests at the moment. Runs its checks at most once a second, and never twice at once. */
export class Readiness {
	readonly #problem: () => string | undefined;
	readonly #checks: readonly ReadinessCheck[];
	readonly #limitMs: number;
	#running: Promise<string | undefined> | undefined;
	#checking: Promise<string | undefined> | undefined;
	#validUntil = 0;
	#isClosing = false;

	/** `problem` is asked each time, because it costs nothing. */
	constructor(problem: () => string | undefined, checks: readonly ReadinessCheck[], timeLimitMs = limitMs) {
		this.#problem = problem;
		this.#checks = checks;
		this.#limitMs = timeLimitMs;
	}

	/** The server closes: it is never ready again. */
	close(): void {
		this.#isClosing = true;
	}

	/** What is wrong, or undefined. */
	async check(): Promise<string | undefined> {
		if (this.#isClosing) return 'the server is closing';
		const problem = this.#problem();
		if (problem !== undefined) return problem;
		if (this.#checking === undefined || performance.now() > this.#validUntil) {
			this.#validUntil = Infinity;
			this.#checking = this.#runInTime().then((reason) => {
				this.#validUntil = performance.now() + (reason === undefined ? validMs.ok : validMs.failed);
				return reason;
			});
		}
		return this.#checking;
	}

	/** Checks that take too long go on, and the next result is theirs. */
	async #runInTime(): Promise<string | undefined> {
		this.#running ??= this.#run().finally(() => (this.#running = undefined));
		const late = Promise.withResolvers<string>();
		const timer = setTimeout(() => late.resolve('the database does not answer'), this.#limitMs);
		return Promise.race([this.#running, late.promise]).finally(() => clearTimeout(timer));
	}

	/** The first reason of all checks. */
	async #run(): Promise<string | undefined> {
		for (const check of this.#checks) {
			const reason = await check().catch(messageOf);
			if (reason !== undefined) return reason;
		}
		return undefined;
	}
}

/** Writes to the database to find out whether that is possible. */
export function databaseCheck(store: Store): ReadinessCheck {
	return async () => {
		// A saved response under a key that no caller can have. It is deleted after a day, like others.
		const probe = { scope: 'readyz', key: '', fingerprint: '', response: {}, createdAt: new Date().toISOString() };
		try {
			// Not patient: a check is answered soon, and other writes hardly wait behind it.
			await store.write((writes) => writes.saveResponse(probe, probe.createdAt, undefined), false);
			return undefined;
		} catch (error) {
			return error instanceof StoreUnavailable ? error.reason : messageOf(error);
		}
	};
}
