import type { FastifyReply } from 'fastify';
import { clientClosedRequest } from '../domain/apiError.ts';

/** Aborted when the caller disconnects before its response is complete. */
export function disconnectSignal({ raw }: FastifyReply): AbortSignal {
	const controller = new AbortController();
	if (raw.destroyed) controller.abort(clientClosedRequest());
	raw.once('close', () => {
		if (!raw.writableFinished) controller.abort(clientClosedRequest());
	});
	return controller.signal;
}
