import type { IncomingMessage, ServerResponse } from 'node:http';
import type { Socket } from 'node:net';
import type { FastifyInstance } from 'fastify';

/** How long a request that is on its way may still take to arrive. */
const arrivalMs = 1_000;

type Connection = {
	/** What is being answered; undefined between requests, and until a request's head has arrived. */
	request: IncomingMessage | undefined;
	/** What of the answer waits to be taken, and since when it has been the same. */
	waiting: string;
	since: number;
};

function watch(app: FastifyInstance): Map<Socket, Connection> {
	const open = new Map<Socket, Connection>();
	app.server.on('connection', (socket: Socket) => {
		open.set(socket, { request: undefined, waiting: '', since: 0 });
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

/** For how long the caller has taken nothing of what it is sent. */
function stalledFor(socket: Socket, connection: Connection, now: number): number {
	const waiting = `${socket.bytesWritten} ${socket.writableLength}`;
	if (socket.writableLength === 0 || waiting !== connection.waiting) {
		connection.waiting = waiting;
		connection.since = now;
	}
	return now - connection.since;
}

/**
 * While the server closes, connections are let go as soon as their answer is out, and those at once that have never
 * said anything, which Node.js does not count as idle. Nor does it time requests any more: those that do not arrive
 * whole soon are given up, and so are callers that take nothing of their answers for `stalledMs`. Without all this, one
 * client could hold the process for ever.
 */
export function addPromptClose(app: FastifyInstance, stalledMs: number): void {
	let timer: NodeJS.Timeout | undefined;
	const open = watch(app);
	const letGo = (closingSince: number) => {
		app.server.closeIdleConnections();
		const now = performance.now();
		for (const [socket, connection] of open) {
			const isWhole = connection.request?.complete === true;
			const isGivenUp = isWhole
				? stalledFor(socket, connection, now) > stalledMs
				: socket.bytesRead === 0 || now - closingSince > arrivalMs;
			if (isGivenUp) socket.destroy();
		}
	};
	app.addHook('preClose', async () => {
		const closingSince = performance.now();
		timer = setInterval(() => letGo(closingSince), 20);
	});
	app.addHook('onClose', async () => clearInterval(timer));
}
