import type { FastifyReply, FastifyRequest } from 'fastify';
import { CallOrigin } from '../contract/callOrigin.ts';

/** In bytes. A longer header is ignored, and none is sent: proxies take 4,096 bytes of headers in all. */
const maxLength = 2_048;

const names = Object.keys(CallOrigin.properties) as (keyof CallOrigin)[];

/** The address of a page that may be shown as a link, without a password in it. */
function toLink(text: string): string | undefined {
	const url = URL.parse(text);
	if (url === null || !['http:', 'https:'].includes(url.protocol)) return undefined;
	url.username = '';
	url.password = '';
	return url.href;
}

/** A header holds ASCII only. */
function asciiJson(value: object): string {
	return JSON.stringify(value).replace(
		/[\x7f-\uffff]/g,
		(unit) => `\\u${unit.charCodeAt(0).toString(16).padStart(4, '0')}`,
	);
}

/** The known values of the header's JSON object. Null if it is no object or has none of them. */
function readOrigin(header: string): CallOrigin | null {
	let json: unknown;
	try {
		json = JSON.parse(header);
	} catch {
		return null;
	}
	if (typeof json !== 'object' || json === null) return null;
	const origin: CallOrigin = {};
	for (const name of names) {
		const value = (json as Record<string, unknown>)[name];
		if (typeof value !== 'string' || value === '') continue;
		const clean = name === 'execution_url' ? toLink(value) : value.toWellFormed();
		if (clean !== undefined) origin[name] = clean;
	}
	// An address can be longer in its standard form: a space becomes %20.
	if (asciiJson(origin).length > maxLength) delete origin.execution_url;
	return Object.keys(origin).length === 0 ? null : origin;
}

/**
 * Where a request came from, by its header `X-Call-Origin`. Null without the header, or if nothing in it can be used: it
 * says nothing about what to run, so it is no reason to refuse a call.
 */
export function callOriginOf({ headers }: FastifyRequest): CallOrigin | null {
	const header = headers['x-call-origin'];
	return typeof header === 'string' && header.length <= maxLength ? readOrigin(header) : null;
}

/** Says where a log's call came from, in the form of the request's header. */
export function setCallOrigin(reply: FastifyReply, origin: CallOrigin | null): void {
	if (origin !== null) reply.header('X-Call-Origin', asciiJson(origin));
}
