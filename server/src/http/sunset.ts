import type { FastifyReply } from 'fastify';
import type { EndOfLife } from '../domain/models/endOfLife.ts';
import { setLink } from './links.ts';

/**
 * Says on a response that runs or returns a config when its model ends, if that is known: in the header `Sunset` and in a
 * link to the page that says so (RFC 8594). Does nothing once the headers have been sent.
 */
export type SetSunset = (reply: FastifyReply, parameters: { provider: string; model: string }) => void;

export function sunsetOf(endOfLife: EndOfLife): SetSunset {
	return (reply, parameters) => {
		const end = endOfLife.of(parameters);
		if (end === undefined || reply.raw.headersSent) return;
		reply.header('Sunset', new Date(end.shutDownOn).toUTCString());
		setLink(reply, 'sunset', end.source);
	};
}
