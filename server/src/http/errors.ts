import type { FastifyError, FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import { withHeaderName } from '../contract/headers.ts';
import { type SchemaError, validationDetails } from './validationErrors.ts';
import { ApiError, errorType } from '../domain/apiError.ts';

/** What the caller is told of an error: status, body, and how long to wait where somebody said so. */
export type Answer = { status: number; body: { detail: unknown }; retryAfterMs?: number | undefined };

const places: Record<string, string> = { body: 'body', querystring: 'query', params: 'path', headers: 'header' };

/** Fastify's own errors that are the caller's fault, in words that say what to do. */
const words: Record<string, string> = {
	FST_ERR_CTP_INVALID_JSON_BODY: 'The body is not JSON.',
	FST_ERR_CTP_EMPTY_JSON_BODY: 'The body is empty, but the content type says JSON.',
	FST_ERR_CTP_BODY_TOO_LARGE: 'The body is larger than this server takes.',
	FST_ERR_CTP_INVALID_MEDIA_TYPE: 'The body must be JSON: send the header Content-Type: application/json.',
};

function answer(status: number, message: string, origin = 'Humanloop', retryAfterMs?: number): Answer {
	return { status, body: { detail: { type: errorType(status), message, code: status, origin } }, retryAfterMs };
}

/** Retry-After takes whole seconds; a little too late is better than too early. Some clients read milliseconds too. */
function addWait(reply: FastifyReply, ms: number | undefined): void {
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

/** The one place where an error becomes an answer. What is not meant for the caller is told as a plain 500. */
export function answerTo(error: unknown, request: FastifyRequest): Answer {
	if (error instanceof ApiError) return answer(error.status, error.message, error.origin, error.retryAfterMs);
	if (isValidation(error)) {
		const part = error.validationContext ?? 'body';
		const value = valueOf(part, request);
		const details = validationDetails(error.validation, places[part] ?? part, value);
		return { status: 422, body: { detail: part === 'headers' ? details.map(withHeaderName) : details } };
	}
	if (error instanceof Error && 'statusCode' in error && typeof error.statusCode === 'number') {
		const code = 'code' in error ? String(error.code) : '';
		const known = words[code];
		if (known !== undefined) return answer(error.statusCode, known);
		if (error.statusCode >= 400 && error.statusCode < 500) return answer(error.statusCode, error.message);
	}
	return answer(500, 'Something went wrong in the server. Its log has more under this X-Request-Id.');
}

export function sendError(error: unknown, request: FastifyRequest, reply: FastifyReply): FastifyReply {
	const { status, body, retryAfterMs } = answerTo(error, request);
	if (status === 500 && !(error instanceof ApiError)) request.log.error({ err: error }, 'request failed');
	addWait(reply, retryAfterMs);
	// Routes have schemas for their answers; an error's form is this place's affair alone.
	return reply
		.status(status)
		.header('X-Request-Id', request.id)
		.serializer(JSON.stringify)
		.type('application/json; charset=utf-8')
		.send(body);
}

export function addErrorHandlers(app: FastifyInstance): void {
	const sendNotFound = (request: FastifyRequest, reply: FastifyReply) =>
		sendError(new ApiError(404, `There is no ${request.method} ${request.url.split('?')[0]} here.`), request, reply);
	// Where there is no route, what is wrong with the body is of no interest.
	app.setErrorHandler((error, request, reply) =>
		request.is404 ? sendNotFound(request, reply) : sendError(error, request, reply),
	);
	app.setNotFoundHandler(sendNotFound);
}

const rawWords = {
	400: ['Bad Request', 'This is not a valid HTTP request.'],
	408: ['Request Timeout', 'The request has not arrived in time.'],
	431: ['Request Header Fields Too Large', 'The headers are longer than this server takes: 16 KiB together.'],
} as const;

/** Node.js's codes for what is wrong with the bytes; all others are 400. */
const rawStatuses: Record<string, 408 | 431> = { ERR_HTTP_REQUEST_TIMEOUT: 408, HPE_HEADER_OVERFLOW: 431 };

/** For bytes that are no whole HTTP request: there is no request and no reply to answer with. */
export function rawError(code: unknown): string {
	const status = rawStatuses[String(code)] ?? 400;
	const [name, message] = rawWords[status];
	const body = JSON.stringify(answer(status, message).body);
	return (
		`HTTP/1.1 ${status} ${name}\r\nConnection: close\r\nContent-Type: application/json; charset=utf-8\r\n` +
		`Content-Length: ${Buffer.byteLength(body)}\r\n\r\n${body}`
	);
}
