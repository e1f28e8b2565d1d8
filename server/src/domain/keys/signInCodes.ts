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

	/** The API key that a code stands for, or undefined. The code cannot be used again. */
	take(code: string): string | undefined {
		this.#removeEnded();
		const key = this.#codes.get(code)?.key;
		this.#codes.delete(code);
		return key;
	}

	#removeEnded(): void {
		const now = this.#now();
		for (const [oldest, { endsAt }] of this.#codes) {
			if (endsAt > now && this.#codes.size <= maxCodes) return;
			this.#codes.delete(oldest);
		}
	}
}

/** Where a browser uses a code, below the address of the server. What comes after # is sent to no server and logged nowhere. */
export function signInPath(code: string): string {
	return `/sign-in#code=${code}`;
}
