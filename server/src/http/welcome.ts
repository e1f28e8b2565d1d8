import { createHash } from 'node:crypto';
import type { FastifyInstance } from 'fastify';
import { version } from '../version.ts';
import { type Page, wantsHtml } from './page.ts';

const style =
	'body{max-width:40rem;margin:15vh auto;padding:0 1rem;font:1rem/1.5 system-ui,sans-serif}small{opacity:.7}';
const styleHash = createHash('sha256').update(style).digest('base64');

const withoutPage = `<!doctype html>
<html lang="en">
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="color-scheme" content="light dark">
<title>humanloop-server</title>
<style>${style}</style>
<h1>humanloop-server</h1>
<p>This server runs stored prompts behind Humanloop's v4 API, which is below <code>/v4</code>.</p>
<p>Its page for people is not built. To build it, run <code>npm run build:page</code> where the server's source is, and
reload.</p>
<p><a href="docs">Read the API's documentation and try it</a>, or get it as <a href="openapi.json">OpenAPI</a>.</p>
<p><small>Version ${version}</small></p>
</html>
`;

const links = { name: 'humanloop-server', version, api: '/v4', docs: '/docs', openapi: '/openapi.json' };

/**
 * What the server's bare address says: the page to browsers, or how to build it, and JSON to all others. It needs no key
 * and tells nothing secret.
 */
export function addWelcome(app: FastifyInstance, page: Page): void {
	app.get('/', { schema: { hide: true } }, async (request, reply) => {
		reply.header('Vary', 'Accept');
		if (!wantsHtml(request)) return links;
		if (await page.send(request, reply)) return reply;
		reply.header(
			'Content-Security-Policy',
			`default-src 'none'; style-src 'sha256-${styleHash}'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'`,
		);
		return reply.type('text/html; charset=utf-8').send(withoutPage);
	});
}
