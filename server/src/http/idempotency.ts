import type { FastifyReply, FastifyRequest } from 'fastify';
import type { Caller, IdempotentResult } from '../domain/idempotency/idempotency.ts';
import { disconnectSignal } from './disconnect.ts';

/** Who sent the request, with which Idempotency-Key. */
export function callerOf(request: FastifyRequest, reply: FastifyReply): Caller {
	const key = request.headers['idempotency-key'] as string | undefined;
	return { scope: request.principal.scope, key, signal: disconnectSignal(reply), memory: request.memory };
}

/** The response of a result. If an earlier request got it first, the header Idempotent-Replayed says so. */
export function responseOf<T>(reply: FastifyReply, { response, replayed, hasNoRetryLeft }: IdempotentResult<T>): T {
	if (replayed) reply.header('Idempotent-Replayed', 'true');
	// The headers of a stream may have gone out already. Its caller does not learn this then.
	if (hasNoRetryLeft && !reply.raw.headersSent) reply.header('X-Should-Retry', 'false');
	return response;
}

/** Calls back if the whole response was sent, and said that no retry is left. */
export function onFinalDelivered(reply: FastifyReply, delivered: () => void): void {
	reply.raw.once('finish', () => {
		if (reply.getHeader('X-Should-Retry') === 'false') delivered();
	});
}

/**
 * Sets the header of a response that completes an earlier one: `usage` is that of both, and the earlier response has
 * reported these tokens already. The form is a dictionary of RFC 9651.
 */
export function setPriorUsage(reply: FastifyReply) {
	return (usage: { prompt_tokens: number; generation_tokens: number } | null): void => {
		if (usage === null) return;
		const { prompt_tokens: prompt, generation_tokens: generation } = usage;
		reply.header('Idempotent-Prior-Usage', `prompt_tokens=${prompt}, generation_tokens=${generation}`);
	};
}
