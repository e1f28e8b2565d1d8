import { randomBytes } from 'node:crypto';

/** How long a code can be used, in milliseconds. */
const maxAgeMs = 15 * 60_000;

/** How many codes there are at most. Beyond that, the oldest ones end. */
const maxCodes = 1_000;

/**
 * Codes that stand for an API key once, for a short time. A link with a code can be printed and clicked, and is worth
 * nothing afterwards. They are in the memory of this process: no other replica knows them, and a restart ends them.
 */
export class SignInCodes {
	readonly #now: () => number;
	readonly #codes = new Map<string, { key: string; endsAt: number }>();

	/** `now` is the time of day in milliseconds. */
	constructor(now: () => number) {
		this.#now = now;
	}

	/** A new code for an API key, and when it ends. */
	make(key: string): { code: string; endsAt: string } {
		const code = randomBytes(32).toString('base64url');
		const endsAt = this.#now() + maxAgeMs;
		this.#codes.set(code, { key, endsAt });
		this.#removeEnded();
		return { code, endsAt: new Date(endsAt).toISOString() };
	}

	/**
	 * What a code stands for, or undefined if it is not valid. It cannot be used again, unless `giveBack` is called because the
	 * key could not be checked.
	 */
	take(code: string): { key: string; giveBack: () => void } | undefined {
		this.#removeEnded();
		const taken = this.#codes.get(code);
		if (taken === undefined) return undefined;
		this.#codes.delete(code);
		return { key: taken.key, giveBack: () => void this.#codes.set(code, taken) };
	}

	/** Looks at all codes: those that were given back come after newer ones. */
	#removeEnded(): void {
		const now = this.#now();
		for (const [oldest, { endsAt }] of this.#codes) {
			if (endsAt <= now || this.#codes.size > maxCodes) this.#codes.delete(oldest);
		}
	}
}

/** Where a browser uses a code, below the address of the server. What comes after # is sent to no server and logged nowhere. */
export function signInPath(code: string): string {
	return `/sign-in#code=${code}`;
}
