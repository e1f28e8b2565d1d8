import { setTimeout as wait } from 'node:timers/promises';
import type { FastifyInstance } from 'fastify';
import type { Readiness } from '../domain/readiness.ts';

/**
 * Serves /healthz, which says that the process is up, and /readyz, which says whether it should get requests. When the
 * server is closed, /readyz says so, and only after `closeDelayMs` milliseconds does the server refuse connections:
 * a load balancer has that time to notice. Call this before other `preClose` hooks are added.
 */
export function addHealth(app: FastifyInstance, readiness: Readiness, closeDelayMs: number): void {
	app.addHook('preClose', async () => {
		readiness.close();
		if (app.server.listening) await wait(closeDelayMs);
	});
	app.get('/healthz', { schema: { hide: true } }, async () => ({ status: 'ok' }));
	app.get('/readyz', { schema: { hide: true } }, async (_request, reply) => {
		const reason = await readiness.check();
		if (reason === undefined) return { status: 'ok' };
		return reply.status(503).header('Retry-After', '5').send({ status: 'unavailable', reason });
	});
}
