import type { FastifyInstance } from 'fastify';

const form = 'application/x-www-form-urlencoded';

/**
 * Ignores the media type of a body that is not there. The official SDK sends POST requests without a body as forms,
 * which would be a 415. A form that has something in it still is.
 */
export function ignoreTypeOfEmptyForm(app: FastifyInstance): void {
	app.addHook('onRequest', async ({ raw: { headers } }) => {
		const hasBody = headers['transfer-encoding'] !== undefined || (headers['content-length'] ?? '0') !== '0';
		if (!hasBody && headers['content-type']?.startsWith(form) === true) delete headers['content-type'];
	});
}
