import type { Claim } from './idempotency.ts';
import type { Store, Writes } from '../store.ts';

/** An answer that is kept, and what a repeat must match to be given it. */
export type Kept = { fingerprint: string; answer: object };

/** The answers that repeats are given. */
export type Replays = {
	find(scope: string, key: string): Promise<Kept | undefined>;
	/** Keeps an answer on the disk, in the transaction that stores what it tells of. */
	keep(writes: Writes, claim: Claim, answer: object): Promise<void>;
	/** Keeps an answer in memory only, for a call that nothing may be stored of. */
	remember(claim: Claim, answer: object): void;
	/** Lets go what has been kept for long enough. */
	purge(): Promise<void>;
};

const keptMs = 24 * 60 * 60 * 1000;

/** Bounds of what is kept in memory; beyond them, the oldest is let go. */
const mostRemembered = 1000;
const mostRememberedLength = 32 * 1024 * 1024;

/** So few that other writes do not wait long. */
const purgedAtOnce = 200;

type Remembered = { fingerprint: string; answer: string; at: number };

/** Answers as text, oldest first. */
function createMemory() {
	const remembered = new Map<string, Remembered>();
	let length = 0;
	const forget = (id: string) => {
		length -= remembered.get(id)?.answer.length ?? 0;
		remembered.delete(id);
	};
	return {
		get: (id: string) => remembered.get(id),
		set(id: string, entry: Remembered) {
			forget(id);
			remembered.set(id, entry);
			length += entry.answer.length;
			for (const oldest of remembered.keys()) {
				if (remembered.size <= mostRemembered && length <= mostRememberedLength) break;
				forget(oldest);
			}
		},
		forgetBefore(time: number) {
			for (const [id, { at }] of remembered) {
				if (at >= time) break;
				forget(id);
			}
		},
	};
}

/** `now` is the time of day in milliseconds, as Date.now gives it. */
export function createReplays(store: Store, now: () => number): Replays {
	const memory = createMemory();
	const idOf = (scope: string, key: string) => `${scope} ${key}`;
	const oldest = () => now() - keptMs;
	return {
		async find(scope, key) {
			const held = memory.get(idOf(scope, key));
			if (held !== undefined && held.at >= oldest()) {
				return { fingerprint: held.fingerprint, answer: JSON.parse(held.answer) as object };
			}
			return store.replay(scope, key, new Date(oldest()).toISOString());
		},
		keep: (writes, claim, answer) => writes.replay({ ...claim, answer, createdAt: new Date(now()).toISOString() }),
		remember({ scope, key, fingerprint }, answer) {
			memory.set(idOf(scope, key), { fingerprint, answer: JSON.stringify(answer), at: now() });
		},
		async purge() {
			memory.forgetBefore(oldest());
			const before = new Date(oldest()).toISOString();
			let gone: number;
			do gone = await store.write((writes) => writes.forgetReplays(before, purgedAtOnce));
			while (gone === purgedAtOnce);
		},
	};
}
