import { once } from 'node:events';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import type { TestContext } from 'node:test';
import { constants, createGzip } from 'node:zlib';

/** What a host does with a request whose body has arrived. */
type Answer = (response: ServerResponse, body: string, incoming: IncomingMessage) => unknown;

/** A host that answers as it is told. `calls` counts the requests, `open` the connections that are not closed yet. */
export async function startHost(t: TestContext, answer: Answer) {
	const state = { calls: 0, open: 0, bodies: [] as string[] };
	const server = createServer((incoming, response) => {
		state.calls += 1;
		let body = '';
		incoming.setEncoding('utf8').on('data', (chunk: string) => (body += chunk));
		incoming.on('end', () => {
			state.bodies.push(body);
			void answer(response, body, incoming);
		});
	});
	server.on('connection', (socket) => {
		state.open += 1;
		socket.on('close', () => (state.open -= 1)).on('error', () => undefined);
	});
	server.listen(0, '127.0.0.1');
	await once(server, 'listening');
	t.after(() => {
		server.closeAllConnections();
		server.close();
	});
	return { state, url: `http://127.0.0.1:${(server.address() as AddressInfo).port}/v1` };
}

function* without(end: string, first: string) {
	yield first;
	for (;;) yield end;
}

/** Sends what never ends: the beginning once, and then `rest` until the other side closes the connection. */
export async function sendWithoutEnd(response: ServerResponse, first: string, rest: string, gzip = false) {
	const pieces = Readable.from(without(rest, first), { objectMode: false });
	const steps = gzip ? [pieces, createGzip({ level: constants.Z_BEST_SPEED }), response] : [pieces, response];
	if (gzip) response.setHeader('content-encoding', 'gzip');
	await pipeline(steps as [Readable, ServerResponse]).catch(() => undefined);
}

/** A whole chat completion with that text. */
export function chatCompletion(content: string): string {
	const choices = [{ index: 0, message: { role: 'assistant', content }, finish_reason: 'stop' }];
	return JSON.stringify({ id: 'x', object: 'chat.completion', created: 1, model: 'm', choices });
}
