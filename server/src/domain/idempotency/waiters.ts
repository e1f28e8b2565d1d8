/** Those who wait for one call: the leader, who started it, and followers. The call goes on as long as somebody waits. */
export class Waiters {
	readonly #controller = new AbortController();
	readonly #joined = Promise.withResolvers<void>();
	readonly #held = Promise.withResolvers<void>();
	#followers = 0;
	#leaveReason: Error | undefined;
	#graceMs = 0;
	#graceTimer: NodeJS.Timeout | undefined;

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
		clearTimeout(this.#graceTimer);
		this.#followers += 1;
		this.#joined.resolve();
		let waits = true;
		return () => {
			if (waits) this.#followers -= 1;
			waits = false;
			this.#abortIfNobodyWaits();
		};
	}

	/** The leader has left. When no follower has waited for `graceMs` milliseconds, the call is aborted with this reason. */
	leaderLeft(reason: Error, graceMs = 0): void {
		this.#leaveReason ??= reason;
		this.#graceMs = graceMs;
		this.#abortIfNobodyWaits();
	}

	/** Aborts the call, whoever waits for it. */
	abort(reason: Error): void {
		this.#controller.abort(reason);
	}

	#abortIfNobodyWaits(): void {
		const reason = this.#leaveReason;
		if (reason === undefined || this.#followers > 0) return;
		if (this.#graceMs === 0) this.abort(reason);
		// A call that ends earlier does not hold the process up.
		else this.#graceTimer = setTimeout(() => this.abort(reason), this.#graceMs).unref();
	}
}
