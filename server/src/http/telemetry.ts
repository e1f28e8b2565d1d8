import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import type { CallOrigin } from '../contract/callOrigin.ts';
import { ApiError, type Rejection } from '../domain/apiError.ts';
import { reusedLogHeader } from './reuse.ts';
import type { CallTelemetry, EndedRequest, Telemetry } from '../domain/telemetry.ts';

declare module 'fastify' {
	interface FastifyRequest {
		/** The error that the request ended with. Its status may not have been sent, if a stream had begun. */
		failure: { status: number; rejection: Rejection | undefined } | undefined;
		/** The telemetry of the call that the request makes, if it makes one. */
		callTelemetry: CallTelemetry | undefined;
	}
	interface FastifyContextConfig {
		/** Whether the route serves the page for people. Its requests are only counted if there is nothing at their address. */
		isPage?: boolean;
	}
}

/** Why requests are rejected whose error says no more than its status. */
const rejections: Record<number, Rejection> = {
	400: 'invalid',
	403: 'role',
	404: 'not_found',
	408: 'invalid',
	413: 'too_large',
	415: 'invalid',
	422: 'invalid',
	501: 'not_built',
};

/** Notes the error that a request ends with. */
export function noteFailure(request: FastifyRequest, error: unknown, status: number): void {
	// What a provider refuses was not rejected by this server.
	const isOwn = !(error instanceof ApiError) || error.origin === 'Humanloop';
	const rejection = error instanceof ApiError ? error.rejection : undefined;
	request.failure = { status, rejection: rejection ?? (isOwn ? rejections[status] : undefined) };
}

/** nginx's status for a caller that disconnected before the response was complete. */
const clientClosedStatus = 499;

function isOfPage({ routeOptions }: FastifyRequest): boolean {
	return routeOptions.config.isPage === true;
}

function endedRequest(request: FastifyRequest, reply: FastifyReply): EndedRequest {
	const isReplay = reply.getHeader('Idempotent-Replayed') === 'true';
	const { raw } = reply;
	const sent = raw.writableFinished ? raw.statusCode : clientClosedStatus;
	return {
		method: request.method,
		route: request.is404 || isOfPage(request) ? 'none' : (request.routeOptions.url ?? 'none'),
		status: request.failure?.status ?? sent,
		seconds: reply.elapsedTime / 1000,
		isReplay,
		isReuse: !isReplay && request.method === 'POST' && reply.hasHeader(reusedLogHeader),
		rejection: request.failure?.rejection,
	};
}

/** Calls back when the response has been sent, or the caller has disconnected. */
function onClosed({ raw }: FastifyReply, callBack: () => void): void {
	if (raw.closed) callBack();
	else raw.once('close', callBack);
}

/** Tells telemetry of each request, when it has ended. */
export function observeRequests(app: FastifyInstance, telemetry: Telemetry): void {
	app.decorateRequest('failure', undefined);
	app.decorateRequest('callTelemetry', undefined);
	app.addHook('onRequest', (request, reply, done) => {
		onClosed(reply, () => {
			if (isOfPage(request) && request.failure?.status !== 404) return;
			const ended = endedRequest(request, reply);
			telemetry.requestEnded(ended);
			request.callTelemetry?.ended(ended);
		});
		done();
	});
}

/** Starts the telemetry of a call whose request is being handled. It ends with the response. */
export function startCall(
	telemetry: Telemetry,
	request: FastifyRequest,
	reply: FastifyReply,
	origin: CallOrigin | null,
): CallTelemetry {
	const call = telemetry.startCall({
		method: request.method,
		route: request.routeOptions.url ?? 'none',
		requestId: request.id,
		origin,
		headers: request.headers,
		sinceMs: reply.elapsedTime,
	});
	if (reply.raw.closed) call.ended(endedRequest(request, reply));
	else request.callTelemetry = call;
	return call;
}
