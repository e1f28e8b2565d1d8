import type { IncomingMessage, ServerResponse } from 'node:http';
import type { Socket } from 'node:net';
import type { FastifyInstance } from 'fastify';

/** How long a request may still take to arrive once the server closes. */
const arrivalMs = 1_000;

type Connection = {
	/** The request in progress. Undefined between requests and before a request's headers have arrived. */
	request: IncomingMessage | undefined;
	/** How much the caller has not read yet, and since when that has not changed. */
	unread: string;
	since: number;
};

function watch(app: FastifyInstance): Map<Socket, Connection> {
	const open = new Map<Socket, Connection>();
	app.server.on('connection', (socket: Socket) => {
		open.set(socket, { request: undefined, unread: '', since: 0 });
		socket.once('close', () => open.delete(socket));
	});
	app.server.on('request', (request: IncomingMessage, response: ServerResponse) => {
		const connection = open.get(request.socket);
		if (connection === undefined) return;
		connection.request = request;
		response.once('close', () => {
			if (connection.request === request) connection.request = undefined;
		});
	});
	return open;
}

/** For how many milliseconds the caller has read nothing of what it was sent. */
function stalledFor(socket: Socket, connection: Connection, now: number): number {
	const unread = `${socket.bytesWritten} ${socket.writableLength}`;
	if (socket.writableLength === 0 || unread !== connection.unread) {
		connection.unread = unread;
		connection.since = now;
	}
	return now - connection.since;
}

/**
 * Keeps one client from delaying the shutdown forever. While the server closes, each connection is closed when its
 * response is sent. Node.js does not do the rest: a connection that never sent anything is closed at once, a request
 * that does not arrive within a second is dropped, and so is a caller that reads nothing for `stalledMs` milliseconds.
 */
export function addGracefulShutdown(app: FastifyInstance, stalledMs: number): void {
	let timer: NodeJS.Timeout | undefined;
	const open = watch(app);
	const closeConnections = (closingSince: number) => {
		app.server.closeIdleConnections();
		const now = performance.now();
		for (const [socket, connection] of open) {
			const hasArrived = connection.request?.complete === true;
			const isDropped = hasArrived
				? stalledFor(socket, connection, now) > stalledMs
				: socket.bytesRead === 0 || now - closingSince > arrivalMs;
			if (isDropped) socket.destroy();
		}
	};
	app.addHook('preClose', async () => {
		const closingSince = performance.now();
		timer = setInterval(() => closeConnections(closingSince), 20);
	});
	app.addHook('onClose', async () => clearInterval(timer));
}
