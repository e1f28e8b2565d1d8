import { clientClosedRequest, messageOf, StoreUnavailable } from '../domain/apiError.ts';
import type { KeyLocks, LockedKey, LockWait, Unlock } from '../domain/idempotency/keyLocks.ts';
import { KeyLock } from './keyLock.ts';
import { type LockSession, StatementRefused } from './lockSession.ts';

/**
 * How long nothing new is locked after a connection was lost, in milliseconds. Replicas that still run calls connect again
 * in that time, and lock their keys again.
 */
const graceMs = 2_000;

/**
 * The pause before the next attempt to connect, how long a request waits for a connection, and how long for any answer, in
 * milliseconds. When packets vanish, an attempt takes longer than the patience.
 */
const reconnectMs = 100;
const patienceMs = 5_000;
const silenceMs = patienceMs + graceMs;

/** How long unlocking waits for other work, so that one statement does both, in milliseconds. */
const unlockMs = 20;

type Report = (message: string, error?: unknown) => void;
type Open = () => Promise<LockSession>;

/** Requests that arrive in the same turn of the event loop share a statement. Returns what cancels the timer. */
function startTimer(wake: () => void, ms: number): () => void {
	if (ms > 0) {
		const timer = setTimeout(wake, ms);
		return () => clearTimeout(timer);
	}
	const immediate = setImmediate(wake);
	return () => clearImmediate(immediate);
}

/**
 * Locks of Idempotency-Keys on PostgreSQL. All are session-level advisory locks of one session: PostgreSQL frees them when
 * its connection ends. One statement asks for all locks that calls wait for, again and again. (A NOTIFY from each call that
 * ends would make all commits of the database wait for each other.)
 */
export class AdvisoryLocks implements KeyLocks {
	readonly #open: Open;
	readonly #report: Report;
	readonly #locks = new Set<KeyLock>();
	#unlocked: string[] = [];
	#session: LockSession | undefined;
	#hadSession = false;
	/** Since when no statement has succeeded, as a reading of `performance.now()`. Undefined if the last one did. */
	#failingSince: number | undefined;
	/** Until then, only calls that run already get locks. */
	#grantsFrom = 0;
	#cancelTimer = () => {};
	#wakesAt = Infinity;
	#turn: Promise<void> | undefined;
	#isClosed = false;

	/** `open` connects. `report` tells the operator about lost connections. */
	constructor(open: Open, report: Report) {
		this.#open = open;
		this.#report = report;
		this.#wakeIn(0);
	}

	async lock({ scope, key }: LockedKey, { signal, onWait }: LockWait): Promise<Unlock> {
		const lock = new KeyLock(scope, key, onWait);
		this.#locks.add(lock);
		const unlock = () => this.#release(lock);
		const disconnected = () => lock.granted.reject(clientClosedRequest());
		signal.addEventListener('abort', disconnected);
		lock.rejectAfter(silenceMs, () => new StoreUnavailable('PostgreSQL does not answer'));
		try {
			const index = this.#unlocked.indexOf(lock.id);
			if (index >= 0) {
				this.#unlocked.splice(index, 1);
				lock.isLocked = true;
				lock.grant();
			} else {
				this.#wakeIn(this.#failingSince === undefined ? 0 : reconnectMs);
			}
			await lock.granted.promise;
			return unlock;
		} catch (error) {
			unlock();
			throw error;
		} finally {
			signal.removeEventListener('abort', disconnected);
			lock.stopTimer();
		}
	}

	/** Ends the session, and all locks with it. */
	async close(): Promise<void> {
		this.#isClosed = true;
		this.#cancelTimer();
		await this.#turn;
		await this.#session?.close();
	}

	#release(lock: KeyLock): void {
		if (!this.#locks.delete(lock) || !lock.isLocked) return;
		this.#unlocked.push(lock.id);
		this.#wakeIn(unlockMs);
	}

	/** Takes a turn after so many milliseconds, or earlier if that was planned. */
	#wakeIn(ms: number): void {
		const at = performance.now() + ms;
		if (this.#isClosed || at >= this.#wakesAt) return;
		this.#cancelTimer();
		this.#wakesAt = at;
		const wake = () => {
			this.#wakesAt = Infinity;
			// A turn that is being taken plans the next one.
			this.#turn ??= this.#takeTurn().finally(() => {
				this.#turn = undefined;
				this.#planTurn();
			});
		};
		this.#cancelTimer = startTimer(wake, ms);
	}

	#planTurn(): void {
		if (this.#session === undefined) return this.#wakeIn(reconnectMs);
		const now = performance.now();
		for (const lock of this.#locks) if (!lock.isLocked) this.#wakeIn(Math.max(0, this.#dueAt(lock) - now));
		if (this.#unlocked.length > 0) this.#wakeIn(unlockMs);
	}

	#dueAt(lock: KeyLock): number {
		return lock.isGranted ? lock.dueAt : Math.max(lock.dueAt, this.#grantsFrom);
	}

	async #takeTurn(): Promise<void> {
		try {
			this.#session ??= await this.#connect();
		} catch (error) {
			return this.#fail(error);
		}
		const session = this.#session;
		const now = performance.now();
		const due = [...this.#locks].filter((lock) => !lock.isLocked && this.#dueAt(lock) <= now);
		const unlocked = this.#unlocked;
		this.#unlocked = [];
		try {
			if (due.length === 0 && unlocked.length === 0) return;
			await this.#exchange(session, due, unlocked);
			this.#failingSince = undefined;
		} catch (error) {
			if (error instanceof StatementRefused) return this.#refused(due, error);
			this.#lost(session, error);
			void session.close();
		}
	}

	async #exchange(session: LockSession, due: KeyLock[], unlocked: string[]): Promise<void> {
		const ids = await session.exchange(
			due.map(({ id }) => id),
			unlocked,
		);
		if (session !== this.#session) return;
		for (const lock of due) lock.answered();
		const locked = due.filter(({ id }) => ids.has(id));
		for (const lock of locked) lock.isLocked = true;
		// Released meanwhile.
		for (const lock of locked) if (!this.#locks.has(lock)) this.#unlocked.push(lock.id);
		const taken = locked.filter((lock) => !lock.isGranted && lock.holder !== undefined);
		for (const lock of locked) if (lock.isGranted || lock.holder === undefined) lock.grant();
		const denied = due.filter(({ isLocked }) => !isLocked);
		if (denied.length > 0) await this.#lookAgain(session, denied);
		await this.#takeOver(session, taken);
	}

	/**
	 * Other sessions have these locks. If it was another one at the last look, and that one has ended, the new one may only be
	 * looking, as in `#takeOver`: then the process that lost its session gets time here, too.
	 */
	async #lookAgain(session: LockSession, denied: KeyLock[]): Promise<void> {
		const holders = await session.holders();
		const earlier = denied.flatMap((lock) => {
			const isSame = lock.isGranted || lock.holder === undefined || lock.holder === holders.get(lock.id);
			return isSame ? [] : [{ lock, holder: lock.holder as number }];
		});
		const living = await session.living(earlier.map(({ holder }) => holder));
		for (const lock of denied) lock.denied(holders.get(lock.id));
		for (const { lock, holder } of earlier) if (!living.has(holder)) lock.dueAt = performance.now() + graceMs;
	}

	/**
	 * These locks have become free. If the session that had one has ended, its process may still run the call, and only its
	 * connection was lost: then the lock stays free for a while, so that the process can get it back.
	 */
	async #takeOver(session: LockSession, locks: KeyLock[]): Promise<void> {
		if (locks.length === 0) return;
		const living = await session.living(locks.flatMap(({ holder }) => holder ?? []));
		if (session !== this.#session) return;
		for (const lock of locks) {
			const hasEnded = lock.holder !== undefined && !living.has(lock.holder);
			lock.holder = undefined;
			if (!this.#locks.has(lock)) continue;
			if (!hasEnded) {
				lock.grant();
				continue;
			}
			lock.isLocked = false;
			lock.dueAt = performance.now() + graceMs;
			this.#unlocked.push(lock.id);
		}
	}

	/** After a restart of the database, all have lost their locks. Nothing new is locked until they could get them back. */
	async #connect(): Promise<LockSession> {
		const session = await this.#open();
		void session.ended.then((error) => this.#lost(session, error));
		const sinceRestartMs = this.#hadSession ? 0 : session.serverUpMs;
		this.#grantsFrom = performance.now() + Math.max(0, graceMs - sinceRestartMs);
		if (this.#hadSession) this.#report('the connection for the locks of Idempotency-Keys is open again');
		this.#hadSession = true;
		return session;
	}

	/** Plans the next attempt. Those who have waited long enough get an error. */
	#fail(error: unknown): void {
		const now = performance.now();
		this.#wakeIn(this.#failingSince === undefined ? 0 : reconnectMs);
		this.#failingSince ??= now;
		if (now - this.#failingSince < patienceMs) return;
		for (const lock of this.#locks) if (!lock.isGranted) lock.granted.reject(new StoreUnavailable(messageOf(error)));
	}

	/** PostgreSQL refused a statement for these locks: who waits gets an error. Calls that run ask again. */
	#refused(due: KeyLock[], error: StatementRefused): void {
		const now = performance.now();
		if (this.#failingSince === undefined) this.#report('PostgreSQL refused to lock Idempotency-Keys', error);
		this.#failingSince ??= now;
		for (const lock of due) {
			lock.dueAt = now + reconnectMs;
			if (!lock.isGranted) lock.granted.reject(new StoreUnavailable(error.message));
		}
	}

	#lost(session: LockSession, error: unknown): void {
		if (session !== this.#session) return;
		this.#session = undefined;
		this.#unlocked = [];
		for (const lock of this.#locks) lock.lost();
		if (this.#isClosed) return;
		this.#report('the connection for the locks of Idempotency-Keys was lost', error);
		this.#fail(error);
	}
}
