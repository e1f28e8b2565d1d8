/** Starts a timer. The function that it returns cancels it. */
type StartTimer = (end: () => void) => () => void;

/** Those who wait for one call: the leader, who started it, and followers. The call goes on as long as somebody waits. */
export class Waiters {
	readonly #controller = new AbortController();
	readonly #joined = Promise.withResolvers<void>();
	readonly #held = Promise.withResolvers<void>();
	#followers = 0;
	#leaveReason: Error | undefined;
	#startGrace: StartTimer | undefined;
	#cancelGrace = () => {};

	/** Aborted when nobody waits any more, or by `abort`. */
	get signal(): AbortSignal {
		return this.#controller.signal;
	}

	/** Fulfilled when the first follower has joined. */
	get followerJoined(): Promise<void> {
		return this.#joined.promise;
	}

	/** Fulfilled when the call has its response and it cannot be stored yet. */
	get responseHeld(): Promise<void> {
		return this.#held.promise;
	}

	holdResponse(): void {
		this.#held.resolve();
	}

	/** Adds a follower. The function that it returns removes the follower. */
	join(): () => void {
		this.#cancelGrace();
		this.#followers += 1;
		this.#joined.resolve();
		let waits = true;
		return () => {
			if (waits) this.#followers -= 1;
			waits = false;
			this.#abortIfNobodyWaits();
		};
	}

	/**
	 * The leader has left. When no follower waits, the call is aborted with this reason: at once, or when the timer that
	 * `startGrace` starts is over.
	 */
	leaderLeft(reason: Error, startGrace?: StartTimer): void {
		this.#leaveReason ??= reason;
		this.#startGrace = startGrace;
		this.#abortIfNobodyWaits();
	}

	/** Aborts the call, even if others wait for it. */
	abort(reason: Error): void {
		this.#controller.abort(reason);
	}

	#abortIfNobodyWaits(): void {
		const reason = this.#leaveReason;
		if (reason === undefined || this.#followers > 0) return;
		this.#cancelGrace();
		if (this.#startGrace === undefined) this.abort(reason);
		else this.#cancelGrace = this.#startGrace(() => this.abort(reason));
	}
}
