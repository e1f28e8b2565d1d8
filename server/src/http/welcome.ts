import type { FastifyInstance } from 'fastify';

const page = `<!doctype html>
<html lang="en">
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="color-scheme" content="light dark">
<title>humanloop-server</title>
<h1>humanloop-server</h1>
<p>This server runs stored prompts behind Humanloop's v4 API, which is below <code>/v4</code>.</p>
<p><a href="docs">Read the API's documentation and try it</a>, or get it as <a href="openapi.json">OpenAPI</a>.</p>
</html>
`;

const links = { name: 'humanloop-server', api: '/v4', docs: '/docs', openapi: '/openapi.json' };

/** What the server's bare address says: a page to browsers, JSON to all others. It needs no key and tells nothing secret. */
export function addWelcome(app: FastifyInstance): void {
	app.get('/', { schema: { hide: true } }, async (request, reply) => {
		reply.header('Vary', 'Accept');
		if (!request.headers.accept?.includes('text/html')) return links;
		reply.header(
			'Content-Security-Policy',
			"default-src 'none'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'",
		);
		return reply.type('text/html; charset=utf-8').send(page);
	});
}
