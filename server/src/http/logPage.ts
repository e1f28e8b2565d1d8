import type { FastifyInstance, FastifyReply } from 'fastify';
import { unknownRoute } from './errors.ts';
import { setLink } from './links.ts';
import { type Page, wantsHtml } from './page.ts';

/** Sets the `Link` to the page of a request's log. Does nothing once the headers have been sent. */
export type LogLink = (reply: FastifyReply, logId: string | undefined) => void;

/** @param publicUrl the server's own address; without one, nothing is linked */
export function logLink(publicUrl: string | undefined): LogLink {
	return (reply, logId) => {
		if (publicUrl === undefined || logId === undefined || reply.raw.headersSent) return;
		setLink(reply, 'describedby', `${publicUrl}/logs/${logId}`);
	};
}

function withoutPage(log: string): string {
	return `<!doctype html>
<html lang="en">
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="color-scheme" content="light dark">
<title>Log of humanloop-server</title>
<h1>A log of humanloop-server</h1>
<p>To read this log, you need an API key of this server. Put your key in place of <code>…</code>:</p>
<pre><code>curl -H "X-API-KEY: …" ${log}</code></pre>
</html>
`;
}

/** With a log's ID only, so that the answer contains nothing else that somebody has put into its address. */
const idPattern = /^data_[A-Za-z0-9]{1,64}$/;

/**
 * Serves the address that a log's `Link` leads to: the page to browsers, and where the log is to all others. It needs no
 * key, so it shows nothing of the log, and it is the same whether the log exists or not. Without the page, or for another
 * program, it is there only if the server knows its own address.
 */
export function addLogPage(app: FastifyInstance, page: Page, publicUrl: string | undefined): void {
	app.get<{ Params: { id: string } }>('/logs/:id', { schema: { hide: true } }, async (request, reply) => {
		if (wantsHtml(request) && (await page.send(request, reply))) return reply;
		const { id } = request.params;
		if (publicUrl === undefined || !idPattern.test(id)) throw unknownRoute(request);
		const log = `${publicUrl}/v4/logs/${id}`;
		reply.header('Vary', 'Accept');
		if (!wantsHtml(request)) return { log };
		reply.header(
			'Content-Security-Policy',
			"default-src 'none'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'",
		);
		return reply.type('text/html; charset=utf-8').send(withoutPage(log));
	});
}
