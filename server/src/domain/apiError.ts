/** The `type` of an error by its status. Only unprocessable_entity_error is documented; the others follow its pattern. */
const errorTypes: Record<number, string> = {
	400: 'bad_request_error',
	401: 'authentication_error',
	402: 'payment_required_error',
	403: 'permission_error',
	404: 'not_found_error',
	413: 'payload_too_large_error',
	415: 'unsupported_media_type_error',
	422: 'unprocessable_entity_error',
	429: 'rate_limit_error',
	500: 'internal_server_error',
	501: 'not_implemented_error',
	502: 'bad_gateway_error',
	503: 'service_unavailable_error',
	504: 'timeout_error',
};

export function errorType(status: number): string {
	return errorTypes[status] ?? (status < 500 ? 'bad_request_error' : 'internal_server_error');
}

/** Why a request was not carried out. It says what to change: the caller's request, its key, or the server's limits. */
export type Rejection =
	| 'missing_key'
	| 'wrong_key'
	| 'too_many_wrong_keys'
	| 'role'
	| 'other_origin'
	| 'too_many_requests'
	| 'too_many_calls'
	| 'no_memory'
	| 'budget'
	| 'database_unavailable'
	| 'invalid'
	| 'not_found'
	| 'too_large'
	| 'not_built';

type ErrorOptions = {
	origin?: string;
	retryAfterMs?: number | undefined;
	isRetryable?: boolean;
	mayBeCharged?: boolean;
	isUnanswered?: boolean;
	hasNoRetryLeft?: boolean;
	rejection?: Rejection | undefined;
};

/** An error that the caller sees as it is. Its message must not contain a key or anything internal. */
export class ApiError extends Error {
	readonly status: number;
	/** "Humanloop" for an error of this server, or the name of a provider. */
	readonly origin: string;
	/** How long to wait before the next try, if that is known. */
	readonly retryAfterMs: number | undefined;
	/** Whether the same call can succeed a moment later and has not cost anything so far. */
	readonly isRetryable: boolean;
	/** Whether the provider may charge for the failed request, although it can be made again: nobody knows how far it came. */
	readonly mayBeCharged: boolean;
	/** Whether nothing of an answer came: the provider failed with a status, or said nothing at all. */
	readonly isUnanswered: boolean;
	/** Whether the caller's own limit of provider requests is used up, so that it need not repeat the call. */
	readonly hasNoRetryLeft: boolean;
	/** Why the request was not carried out. Undefined: its status says it. */
	readonly rejection: Rejection | undefined;

	constructor(status: number, message: string, options: ErrorOptions = {}) {
		super(message);
		this.name = 'ApiError';
		this.status = status;
		this.origin = options.origin ?? 'Humanloop';
		this.retryAfterMs = options.retryAfterMs;
		this.isRetryable = options.isRetryable ?? false;
		this.mayBeCharged = options.mayBeCharged ?? false;
		this.isUnanswered = options.isUnanswered ?? false;
		this.hasNoRetryLeft = options.hasNoRetryLeft ?? false;
		this.rejection = options.rejection;
	}
}

/** nginx's status for a caller that disconnected. It is never sent, and such a call has no log. */
const clientClosedStatus = 499;

export function clientClosedRequest(): ApiError {
	return new ApiError(clientClosedStatus, 'The caller disconnected.');
}

export function isClientClosedRequest(error: unknown): boolean {
	return error instanceof ApiError && error.status === clientClosedStatus;
}

/** Whether the model may have run, although nothing came of it that could be used: its response broke off, or never came. */
export function mayHaveRun(error: unknown): boolean {
	return error instanceof ApiError && error.status >= 500 && !error.isRetryable;
}

/** 503: too many calls are in flight. */
export function overloaded(): ApiError {
	return new ApiError(503, 'Too many calls are in flight. Try again in a moment.', {
		retryAfterMs: 1000,
		rejection: 'too_many_calls',
	});
}

/** 503: the database cannot be written at the moment. The same write can succeed later. */
export class StoreUnavailable extends ApiError {
	/** In the database's own words, without a full stop. */
	readonly reason: string;

	constructor(reason: string) {
		super(503, `The server cannot write to its database: ${reason}. Try again in a moment.`, {
			retryAfterMs: 5_000,
			rejection: 'database_unavailable',
		});
		this.reason = reason;
	}
}

/** 422: the request is well formed but cannot be carried out. The message says what to do. */
export function unprocessable(message: string): ApiError {
	return new ApiError(422, message);
}

/** What a lookup found. Throws 404, with the field and the value that the caller sent, if that is undefined. */
export function found<T>(field: string, value: string, result: T | undefined): T {
	if (result !== undefined) return result;
	throw new ApiError(404, `No such ${field}: ${JSON.stringify(value)}.`);
}

/** The message of anything that was thrown. */
export function messageOf(error: unknown): string {
	return error instanceof Error ? error.message : String(error);
}
