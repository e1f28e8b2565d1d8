import type { FastifyReply, FastifyRequest } from 'fastify';
import type { Caller, IdempotentResult } from '../domain/idempotency/idempotency.ts';

/** Aborted when the caller disconnects before its response is complete. */
function disconnectSignal({ raw }: FastifyReply): AbortSignal {
	const controller = new AbortController();
	if (raw.destroyed) controller.abort();
	raw.once('close', () => {
		if (!raw.writableFinished) controller.abort();
	});
	return controller.signal;
}

/** Who sent the request, with which Idempotency-Key. */
export function callerOf(request: FastifyRequest, reply: FastifyReply): Caller {
	const key = request.headers['idempotency-key'] as string | undefined;
	return { scope: request.apiKeyHash, key, signal: disconnectSignal(reply) };
}

/** The response of a result. If an earlier request got it first, the header Idempotent-Replayed says so. */
export function responseOf<T>(reply: FastifyReply, { response, replayed, hasNoRetryLeft }: IdempotentResult<T>): T {
	if (replayed) reply.header('Idempotent-Replayed', 'true');
	if (hasNoRetryLeft) reply.header('X-Should-Retry', 'false');
	return response;
}
