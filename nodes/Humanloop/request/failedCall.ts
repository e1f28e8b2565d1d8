/** What is known of a call that did not succeed. */
export interface FailedCall {
	/** What happened, in the API's own words where it answered. */
	message: string;
	/** What the user can do about it. */
	description: string;
	/** HTTP status, or null when there was no answer. */
	status: number | null;
	/** The answer's `X-Request-Id`, or null. */
	requestId: string | null;
	/** Whether the same call may succeed when it is sent again. */
	isTransient: boolean;
	/** How long the host asks to wait before that, in milliseconds, or null when it does not say. */
	retryAfterMs: number | null;
}

/** A call that the API refused or did not answer whole. */
export class FailedCallError extends Error {
	readonly call: FailedCall;

	/** @param call what is known; the rest is that there was no answer, for good */
	constructor(
		call: Pick<FailedCall, 'message' | 'description'> & Partial<FailedCall>,
		/** How often the call was sent. */
		readonly attempts = 1,
	) {
		super(call.message);
		this.call = { status: null, requestId: null, isTransient: false, retryAfterMs: null, ...call };
	}
}
