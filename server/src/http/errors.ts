import type { FastifyError, FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import { type RequestPart, type SchemaError, validationDetails } from '../contract/validationErrors.ts';
import { ApiError, errorType } from '../domain/apiError.ts';
import { noteFailure } from './telemetry.ts';

/** An error as the caller sees it. `retryAfterMs` is how long to wait before the next try, if that is known. */
type ErrorResponse = { status: number; body: { detail: unknown }; retryAfterMs?: number | undefined };

/** What Fastify calls the parts of a request, and what the contract calls them. */
const parts: Record<string, RequestPart> = { body: 'body', querystring: 'query', params: 'path', headers: 'header' };

/** Fastify's errors that are the caller's fault, in words that say what to do. */
const messages: Record<string, string> = {
	FST_ERR_CTP_INVALID_JSON_BODY: 'The body is not JSON.',
	FST_ERR_CTP_EMPTY_JSON_BODY: 'The body is empty, but the content type says JSON.',
	FST_ERR_CTP_BODY_TOO_LARGE: 'The body is too large for this server.',
	FST_ERR_CTP_INVALID_MEDIA_TYPE: 'The body must be JSON: send the header Content-Type: application/json.',
};

function errorResponse(status: number, message: string, origin = 'Humanloop', retryAfterMs?: number): ErrorResponse {
	return { status, body: { detail: { type: errorType(status), message, code: status, origin } }, retryAfterMs };
}

/** Retry-After has whole seconds, rounded up: too late is better than too early. Some clients also read milliseconds. */
function addRetryAfter(reply: FastifyReply, ms: number | undefined): void {
	if (ms === undefined) return;
	reply.header('Retry-After', String(Math.ceil(ms / 1000)));
	reply.header('Retry-After-Ms', String(Math.ceil(ms)));
}

function isValidation(error: unknown): error is FastifyError & { validation: SchemaError[] } {
	return error instanceof Error && 'validation' in error && Array.isArray(error.validation);
}

function valueOf(part: string, { body, query, params, headers }: FastifyRequest): unknown {
	return part === 'querystring' ? query : part === 'params' ? params : part === 'headers' ? headers : body;
}

/** Turns any error into a response. An error that is not meant for the caller becomes a plain 500. */
export function toErrorResponse(error: unknown, request: FastifyRequest): ErrorResponse {
	if (error instanceof ApiError) return errorResponse(error.status, error.message, error.origin, error.retryAfterMs);
	if (isValidation(error)) {
		const part = error.validationContext ?? 'body';
		const value = valueOf(part, request);
		return { status: 422, body: { detail: validationDetails(error.validation, parts[part] ?? 'body', value) } };
	}
	if (error instanceof Error && 'statusCode' in error && typeof error.statusCode === 'number') {
		const code = 'code' in error ? String(error.code) : '';
		const known = messages[code];
		if (known !== undefined) return errorResponse(error.statusCode, known);
		if (error.statusCode >= 400 && error.statusCode < 500) return errorResponse(error.statusCode, error.message);
	}
	return errorResponse(500, 'Something went wrong in the server. Look for this X-Request-Id in its log.');
}

/** Sends an error, and writes what the caller does not see of it to the server's log. */
export function sendError(error: unknown, request: FastifyRequest, reply: FastifyReply): FastifyReply {
	const { status, body, retryAfterMs } = toErrorResponse(error, request);
	noteFailure(request, error, status);
	if (status === 500 && !(error instanceof ApiError)) request.log.error({ err: error }, 'request failed');
	addRetryAfter(reply, retryAfterMs);
	if (error instanceof ApiError && error.hasNoRetryLeft) reply.header('X-Should-Retry', 'false');
	// The form of an error is decided here, so the response schema of the route does not apply.
	return reply
		.status(status)
		.header('X-Request-Id', request.id)
		.serializer(JSON.stringify)
		.type('application/json; charset=utf-8')
		.send(body);
}

/** 404: this server has nothing at the address of the request. */
export function unknownRoute({ method, url }: FastifyRequest): ApiError {
	const path = url.split('?')[0] as string;
	const hint = /^\/v[1-35-9]\b/.test(path) ? ' This server has version 4 of the API (/v4) only.' : '';
	return new ApiError(404, `There is no ${method} ${path} here.${hint}`);
}

/** Makes every error and every unknown route respond in the contract's form. */
export function addErrorHandlers(app: FastifyInstance): void {
	app.setErrorHandler(sendError);
	app.setNotFoundHandler((request, reply) => sendError(unknownRoute(request), request, reply));
}

/** Makes unknown routes respond before their body is read. Fastify itself reads and parses it first. */
export function rejectUnknownRoutes(app: FastifyInstance): void {
	app.addHook('onRequest', (request, _reply, done) => done(request.is404 ? unknownRoute(request) : undefined));
}

const rawErrors = {
	400: ['Bad Request', 'This is not a valid HTTP request.'],
	408: ['Request Timeout', 'The request did not arrive in time.'],
	431: ['Request Header Fields Too Large', 'The headers are too long for this server. The limit is 16 KiB in all.'],
} as const;

/** Node.js's error codes for a connection whose data cannot be read. All others are 400. */
const rawStatuses: Record<string, 408 | 431> = { ERR_HTTP_REQUEST_TIMEOUT: 408, HPE_HEADER_OVERFLOW: 431 };

/** The response to bytes that are not a complete HTTP request. Fastify has no request and no reply for them. */
export function rawError(code: unknown): string {
	const status = rawStatuses[String(code)] ?? 400;
	const [name, message] = rawErrors[status];
	const body = JSON.stringify(errorResponse(status, message).body);
	return (
		`HTTP/1.1 ${status} ${name}\r\nConnection: close\r\nContent-Type: application/json; charset=utf-8\r\n` +
		`Content-Length: ${Buffer.byteLength(body)}\r\n\r\n${body}`
	);
}
