import type { FastifyReply, FastifyRequest } from 'fastify';
import { ApiError } from '../domain/apiError.ts';

/** Whether `origin` is the address that the request was sent to. */
function isOwnOrigin(origin: string, host: string | undefined, publicUrl: string | undefined): boolean {
	return origin === publicUrl || (URL.canParse(origin) && new URL(origin).host === host?.toLowerCase());
}

/**
 * Throws 403 unless the request comes from the page of this server itself. A browser sends the cookie with requests that
 * other pages make too, if they are on the same host: SameSite does not tell ports apart, so n8n's page on
 * port 5678 could use it. `publicUrl` is the server's own address, if it is known.
 *
 * Browsers say where a request comes from in Sec-Fetch-Site, but only by https and on the machine itself; in Origin, but
 * not when they read from the same origin. A GET with neither changes nothing, and without CORS headers no
 * other origin can read what it gets.
 */
export function requirePage({ headers, method }: FastifyRequest, publicUrl: string | undefined): void {
	const site = headers['sec-fetch-site'];
	const { origin, host } = headers;
	const isRead = method === 'GET' || method === 'HEAD';
	const isOwn =
		site !== undefined ? site === 'same-origin' : origin !== undefined ? isOwnOrigin(origin, host, publicUrl) : isRead;
	if (isOwn) return;
	throw new ApiError(
		403,
		'The request comes with the cookie of a person who has signed in, but not from the page of this server. ' +
			'Send your API key in the header X-API-KEY instead.',
		{ rejection: 'other_origin' },
	);
}

/** What a person's browser gets is for their page alone, and not kept after they have signed out. */
export function keepFromOthers(reply: FastifyReply): void {
	reply.headers({
		'Cache-Control': 'no-store',
		'Cross-Origin-Resource-Policy': 'same-origin',
		'X-Content-Type-Options': 'nosniff',
	});
}
