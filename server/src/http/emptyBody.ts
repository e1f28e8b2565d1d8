import type { FastifyInstance } from 'fastify';

const form = 'application/x-www-form-urlencoded';

/**
 * Ignores the media type of a body that is not there, where none is needed. The official SDK sends POST requests without a
 * body as forms, which would be a 415, and clients say JSON with a DELETE. A form that has something in it still is a 415.
 */
export function ignoreTypeOfEmptyForm(app: FastifyInstance): void {
	app.addHook('onRequest', ({ raw: { headers }, routeOptions }, _reply, done) => {
		const hasBody = headers['transfer-encoding'] !== undefined || (headers['content-length'] ?? '0') !== '0';
		const type = headers['content-type'];
		const hasSchema = routeOptions.schema?.body !== undefined;
		const isIgnored = type?.startsWith(form) === true || (type !== undefined && !hasSchema);
		if (!hasBody && isIgnored) delete headers['content-type'];
		done();
	});
}
