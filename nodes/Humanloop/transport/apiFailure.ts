type OptionalFact = 'status' | 'requestId' | 'link' | 'isRetryable' | 'retryAfterMs' | 'attempts' | 'output' | 'logId';

/**
 * A call that the API rejected, did not answer, or answered with something else.
 *
 * It holds facts only. The HTTP client's own error carries the request and with it every key, so that error is
 * never kept here.
 */
export class ApiFailure extends Error {
	/** What the user can do about it. */
	readonly description: string;
	/** HTTP status, or null without a response. */
	readonly status: number | null;
	/** The response's `X-Request-Id`, or null. */
	readonly requestId: string | null;
	/** The page of the call's log, http or https; null if the host has none. */
	readonly link: string | null;
	/** Whether the same call may succeed when it is sent again. */
	readonly isRetryable: boolean;
	/** How long the host asks you to wait first, in milliseconds; null if it does not say. */
	readonly retryAfterMs: number | null;
	/** How often the call was sent. */
	readonly attempts: number;
	/** The model's text, if the text is what is wrong; otherwise null. */
	readonly output: string | null;
	/** The ID of that text's log, or null. */
	readonly logId: string | null;

	/**
	 * @param facts `message` says what happened, in the API's own words where there are any. By default, there was
	 *   no response and another attempt would not help.
	 */
	constructor(facts: Pick<ApiFailure, 'message' | 'description'> & Partial<Pick<ApiFailure, OptionalFact>>) {
		super(facts.message);
		this.description = facts.description;
		this.status = facts.status ?? null;
		this.requestId = facts.requestId ?? null;
		this.link = facts.link ?? null;
		this.isRetryable = facts.isRetryable ?? false;
		this.retryAfterMs = facts.retryAfterMs ?? null;
		this.attempts = facts.attempts ?? 1;
		this.output = facts.output ?? null;
		this.logId = facts.logId ?? null;
	}

	/** @returns a copy, because items that share a call also share its failure */
	after(attempts: number): ApiFailure {
		return this.with({ attempts });
	}

	/** @returns a copy with some facts replaced */
	with(facts: Partial<Pick<ApiFailure, 'message' | 'description' | OptionalFact>>): ApiFailure {
		return new ApiFailure({ ...this, message: this.message, ...facts });
	}
}
