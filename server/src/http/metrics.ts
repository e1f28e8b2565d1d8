import { createHash, timingSafeEqual } from 'node:crypto';
import type { FastifyInstance, FastifyRequest } from 'fastify';
import { ApiError } from '../domain/apiError.ts';

export type MetricsAccess = {
	/** What Prometheus sends as `Authorization: Bearer …`. */
	token: string | undefined;
	/** Whether everybody who can reach the server may read the metrics, if there is no token. */
	isOpen: boolean;
};

function digest(text: string): Buffer {
	return createHash('sha256').update(text).digest();
}

/** Throws 401 with what to do. */
function checkAccess({ headers }: FastifyRequest, { token, isOpen }: MetricsAccess): void {
	if (token === undefined) {
		if (isOpen) return;
		throw new ApiError(
			401,
			'Other machines can reach this server, so its metrics need a token. Set METRICS_TOKEN where the server runs, ' +
				'and send it as "Authorization: Bearer <token>".',
			{ rejection: 'missing_key' },
		);
	}
	const [scheme = '', given] = headers.authorization?.split(' ') ?? [];
	if (scheme.toLowerCase() !== 'bearer' || given === undefined) {
		throw new ApiError(401, 'The token is missing. Send METRICS_TOKEN as "Authorization: Bearer <token>".', {
			rejection: 'missing_key',
		});
	}
	if (!timingSafeEqual(digest(given), digest(token))) {
		throw new ApiError(401, 'The token is not the one in METRICS_TOKEN.', { rejection: 'wrong_key' });
	}
}

/** Serves metrics at /metrics, in the text format of Prometheus. */
export function addMetrics(
	app: FastifyInstance,
	access: MetricsAccess,
	read: () => Promise<{ contentType: string; text: string }>,
): void {
	app.get('/metrics', { schema: { hide: true } }, async (request, reply) => {
		checkAccess(request, access);
		const { contentType, text } = await read();
		return reply.type(contentType).send(text);
	});
}
