import type { IncomingMessage, ServerResponse } from 'node:http';
import type { Socket } from 'node:net';
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
 * A connection that is not kept alive has been ended, and Node.js destroys it as soon as that is sent. Destroys it when the
 * request has arrived instead: what a destroyed connection is sent resets it, and a reset can overtake the response.
 */
function destroyAfter(request: IncomingMessage): void {
	const { socket } = request;
	// The listener that Node.js has added.
	socket.off('finish', Reflect.get<Socket, 'destroy'>(socket, 'destroy'));
	request.once('end', () => socket.destroySoon());
}

/**
 * After a response that did not need the body, the rest of the body is read and thrown away. This must go on for a while:
 * closing the connection at once would reset it, and a client or a proxy that is still sending could not read its response.
 * It must also end.
 */
export function limitUnreadBodies(app: FastifyInstance, maxBytes: number, maxMs: number): void {
	app.server.on('request', (request: IncomingMessage, response: ServerResponse) => {
		response.once('finish', () => {
			if (request.complete) return;
			// Somebody may have begun to read it. Without a reader, the next request on this connection would wait behind it.
			request.unpipe();
			request.resume();
			if (request.socket.writableEnded) destroyAfter(request);
			limitRest(request, maxBytes, maxMs);
		});
	});
}
