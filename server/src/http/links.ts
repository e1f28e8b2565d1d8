import type { FastifyReply } from 'fastify';

/** Sets the link with this relation (RFC 8288), beside those with others. `target` is an address in ASCII. */
export function setLink(reply: FastifyReply, relation: string, target: string): void {
	const end = `; rel="${relation}"`;
	const others = String(reply.getHeader('Link') ?? '')
		.split(', ')
		.filter((link) => link !== '' && !link.endsWith(end));
	reply.header('Link', [...others, `<${target}>${end}`].join(', '));
}
