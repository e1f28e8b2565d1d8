import type { FastifyReply } from 'fastify';

export const reusedLogHeader = 'X-Reused-Log-Id';

/** Says whose answer a response, or a log, repeats. */
export function setReusedLog(reply: FastifyReply, logId: string | null): void {
	if (logId !== null) reply.header(reusedLogHeader, logId);
}
