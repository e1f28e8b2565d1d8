import { createHash } from 'node:crypto';
import type { FastifyInstance } from 'fastify';
import { version } from '../version.ts';

const style =
	'body{max-width:40rem;margin:15vh auto;padding:0 1rem;font:1rem/1.5 system-ui,sans-serif}small{opacity:.7}';
const styleHash = createHash('sha256').update(style).digest('base64');

const page = `<!doctype html>
<html lang="en">
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="color-scheme" content="light dark">
<title>humanloop-server</title>
<style>${style}</style>
<h1>humanloop-server</h1>
<p>This server runs stored prompts behind Humanloop's v4 API, which is below <code>/v4</code>.</p>
<p><a href="docs">Read the API's documentation and try it</a>, or get it as <a href="openapi.json">OpenAPI</a>.</p>
<p><small>Version ${version}</small></p>
</html>
`;

const links = { name: 'humanloop-server', version, api: '/v4', docs: '/docs', openapi: '/openapi.json' };

/** What the server's bare address says: a page to browsers, JSON to all others. It needs no key and tells nothing secret. */
export function addWelcome(app: FastifyInstance): void {
	app.get('/', { schema: { hide: true } }, async (request, reply) => {
		reply.header('Vary', 'Accept');
		if (!request.headers.accept?.includes('text/html')) return links;
		reply.header(
			'Content-Security-Policy',
			`default-src 'none'; style-src 'sha256-${styleHash}'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'`,
		);
		return reply.type('text/html; charset=utf-8').send(page);
	});
}
