import type { KeyedRequest } from './savedResponses.ts';

export type LockedKey = Pick<KeyedRequest, 'scope' | 'key'>;

/** `signal` ends the wait. `onWait` is called, perhaps more than once, while another process has the key. */
export type LockWait = { signal: AbortSignal; onWait: () => void };

/** Unlocks a key. Returns at once. */
export type Unlock = () => void;

/** Locks Idempotency-Keys for all processes on one database. A process that dies keeps none. */
export type KeyLocks = {
	/**
	 * Locks a key. Waits while another process has it. One process locks a key once at a time.
	 * Throws 499 when the signal is aborted, and StoreUnavailable if the database cannot be reached.
	 */
	lock(key: LockedKey, wait: LockWait): Promise<Unlock>;
};
