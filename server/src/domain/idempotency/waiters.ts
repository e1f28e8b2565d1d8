/** Those who wait for a call. It goes on as long as there is one. */
export type Audience = {
	/** Aborted when the last one has left, or by `abort`. */
	signal: AbortSignal;
	/** Fulfilled when the first twin has joined. */
	joined: Promise<void>;
	/** A twin joins; the function it returns takes it away again. */
	join(): () => void;
	/** The first caller goes away; the call ends with its reason when no twin is there. */
	firstLeaves(reason: Error): void;
	/** Ends the call whoever waits for it. */
	abort(reason: Error): void;
};

/** An audience of the first caller alone, which stays until it says that it leaves. */
export function createAudience(): Audience {
	const controller = new AbortController();
	const { promise: joined, resolve: hasJoined } = Promise.withResolvers<void>();
	let twins = 0;
	let reason: Error | undefined;
	const look = () => {
		if (reason !== undefined && twins === 0) controller.abort(reason);
	};
	return {
		signal: controller.signal,
		joined,
		join() {
			twins += 1;
			hasJoined();
			let isHere = true;
			return () => {
				if (isHere) twins -= 1;
				isHere = false;
				look();
			};
		},
		firstLeaves(why) {
			reason ??= why;
			look();
		},
		abort: (why) => controller.abort(why),
	};
}
