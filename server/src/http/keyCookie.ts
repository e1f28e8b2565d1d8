import cookie from '@fastify/cookie';
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';

const name = 'humanloop_api_key';

/** How long people stay signed in, in seconds: a week, as in n8n. */
const maxAge = 7 * 24 * 60 * 60;

/**
 * Scripts of the page cannot read it, and a browser sends it with requests of this site only. Browsers do not tell the
 * ports of a host apart when they send cookies: with this path, other programs on the same host, such as n8n on
 * port 5678, do not get it unless they have addresses below /v4.
 */
const attributes = { path: '/v4', httpOnly: true, sameSite: 'strict' } as const;

/** Lets the app read and set the cookie that keeps the API key of a person who has signed in to the page. */
export async function addKeyCookie(app: FastifyInstance): Promise<void> {
	await app.register(cookie, { hook: false });
}

/** The API key in the cookie of the request. */
export function keyInCookie({ headers, server }: FastifyRequest): string | undefined {
	// Requests with a key in the header, as programs send them, do not come here.
	const key = headers.cookie === undefined ? undefined : server.parseCookie(headers.cookie)[name];
	return key === '' ? undefined : key;
}

/** Keeps the API key in the browser that has sent the request. */
export function setKeyCookie({ headers }: FastifyRequest, reply: FastifyReply, key: string): void {
	// Behind a proxy, only the browser knows that it came by https. It says so in the Origin of each POST.
	const secure = headers.origin?.startsWith('https:') === true;
	reply.setCookie(name, key, { ...attributes, secure, maxAge });
}

export function clearKeyCookie(reply: FastifyReply): void {
	reply.clearCookie(name, attributes);
}
