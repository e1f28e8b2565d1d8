import type { FastifyReply } from 'fastify';

/** Says that the answer is the one that an earlier request with the same Idempotency-Key was given. */
export function tellReplay(reply: FastifyReply): void {
	reply.header('Idempotent-Replayed', 'true');
}
