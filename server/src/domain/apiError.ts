/** The `type` of an error by its status. Only unprocessable_entity_error is documented; the others follow its pattern. */
const errorTypes: Record<number, string> = {
	400: 'bad_request_error',
	401: 'authentication_error',
	404: 'not_found_error',
	413: 'payload_too_large_error',
	415: 'unsupported_media_type_error',
	422: 'unprocessable_entity_error',
	429: 'rate_limit_error',
	500: 'internal_server_error',
	503: 'service_unavailable_error',
	504: 'timeout_error',
};

export function errorType(status: number): string {
	return errorTypes[status] ?? (status < 500 ? 'bad_request_error' : 'internal_server_error');
}

type More = { origin?: string; retryAfterMs?: number | undefined; isTransient?: boolean };

/** An error that the caller is told as it stands: its message must hold no key and nothing internal. */
export class ApiError extends Error {
	readonly status: number;
	readonly origin: string;
	/** How long to wait before the next try, where somebody said so. */
	readonly retryAfterMs: number | undefined;
	/** Whether the same call may well succeed a moment later, and has cost nothing so far. */
	readonly isTransient: boolean;

	constructor(status: number, message: string, more: More = {}) {
		super(message);
		this.name = 'ApiError';
		this.status = status;
		this.origin = more.origin ?? 'Humanloop';
		this.retryAfterMs = more.retryAfterMs;
		this.isTransient = more.isTransient ?? false;
	}
}

/** The status of a call whose caller went away: nobody is answered with it, and it leaves no log. */
const callerGone = 499;

export function hungUp(): ApiError {
	return new ApiError(callerGone, 'The caller hung up.');
}

export function isHangUp(error: unknown): boolean {
	return error instanceof ApiError && error.status === callerGone;
}

/** 503: there is no room now; a moment later there may be. */
export function overloaded(): ApiError {
	return new ApiError(503, 'The server is at its limit of calls in flight. Try again in a moment.', {
		retryAfterMs: 1000,
	});
}

/** 422: the request is well formed but cannot be carried out; the message says what to do. */
export function refused(message: string): ApiError {
	return new ApiError(422, message);
}

/** 404 that names the field and the value that nothing was found for. */
export function notFound(field: string, value: string): ApiError {
	return new ApiError(404, `No such ${field}: ${JSON.stringify(value)}.`);
}
