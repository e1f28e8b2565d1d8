import type { IncomingMessage, ServerResponse } from 'node:http';
import type { FastifyInstance } from 'fastify';

const checkEveryMs = 50;

/** Disconnects the client unless the rest of its request arrives within these limits. */
function limitRest(request: IncomingMessage, maxBytes: number, maxMs: number): void {
	const { socket } = request;
	const bytesBefore = socket.bytesRead;
	const since = performance.now();
	const timer = setInterval(() => {
		if (!request.complete && !socket.destroyed) {
			if (socket.bytesRead - bytesBefore <= maxBytes && performance.now() - since <= maxMs) return;
			socket.destroy();
		}
		clearInterval(timer);
	}, checkEveryMs).unref();
}

/**
 * After a response that did not need the body, Node.js reads the rest of the body and throws it away. This must go on for
 * a while: closing the connection at once would reset it, and a client that is still sending could not read its
 * response. It must also end.
 */
export function limitUnreadBodies(app: FastifyInstance, maxBytes: number, maxMs: number): void {
	app.server.on('request', (request: IncomingMessage, response: ServerResponse) => {
		response.once('finish', () => {
			if (request.complete) return;
			// Somebody may have begun to read it. Without a reader, the next request on this connection would wait behind it.
			request.unpipe();
			request.resume();
			limitRest(request, maxBytes, maxMs);
		});
	});
}
