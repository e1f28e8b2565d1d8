import type { FastifyInstance, FastifyReply } from 'fastify';
import { setLink } from './links.ts';

/** Sets the `Link` to the page of a request's log. Does nothing once the headers have been sent. */
export type LogLink = (reply: FastifyReply, logId: string | undefined) => void;

/** @param publicUrl the server's own address; without one, nothing is linked */
export function logLink(publicUrl: string | undefined): LogLink {
	return (reply, logId) => {
		if (publicUrl === undefined || logId === undefined || reply.raw.headersSent) return;
		setLink(reply, 'describedby', `${publicUrl}/logs/${logId}`);
	};
}

function page(log: string): string {
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

/** With a log's ID only, so that the page contains nothing else that somebody has put into its address. */
const address = '/logs/:id(^data_[A-Za-z0-9]{1,64}$)';

/**
 * Serves the page that a log's `Link` leads to. It needs no key, so it shows nothing of the log, and it is the same
 * whether the log exists or not.
 */
export function addLogPage(app: FastifyInstance, publicUrl: string | undefined): void {
	if (publicUrl === undefined) return;
	app.get<{ Params: { id: string } }>(
		address,
		{ schema: { hide: true } },
		async ({ params: { id }, headers }, reply) => {
			const log = `${publicUrl}/v4/logs/${id}`;
			reply.header('Vary', 'Accept');
			if (!headers.accept?.includes('text/html')) return { log };
			reply.header(
				'Content-Security-Policy',
				"default-src 'none'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'",
			);
			return reply.type('text/html; charset=utf-8').send(page(log));
		},
	);
}
