import { once } from 'node:events';
import { createServer, type IncomingMessage, request, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { TestContext } from 'node:test';
import { problemsOf } from './check.ts';
import { operationOf } from './operations.ts';

type Request = { method: string; path: string };

/**
 * What went through a proxy: requests, the bodies of responses, operations that were answered well, and what does not fit
 * the contract.
 */
export type Seen = { requests: Request[]; bodies: string[]; operations: Set<string>; problems: string[] };

function note(seen: Seen, incoming: IncomingMessage, answer: IncomingMessage, body: string, base: string): void {
	const method = incoming.method ?? '';
	const path = new URL(incoming.url ?? '', 'http://localhost').pathname.slice(base.length);
	const status = answer.statusCode ?? 0;
	const name = operationOf(method, path);
	seen.requests.push({ method, path });
	seen.bodies.push(body);
	if (name !== undefined && status < 400) seen.operations.add(name);
	seen.problems.push(...problemsOf({ method, path, status, type: answer.headers['content-type'] ?? '', body }));
}

/** Passes a response on as it arrives. It ends only after it was checked. */
async function pass(answer: IncomingMessage, response: ServerResponse, check: (body: string) => void): Promise<void> {
	response.writeHead(answer.statusCode ?? 0, answer.headers);
	const pieces: Buffer[] = [];
	try {
		for await (const piece of answer as AsyncIterable<Buffer>) {
			pieces.push(piece);
			response.write(piece);
		}
		check(Buffer.concat(pieces).toString());
		response.end();
	} catch (error) {
		response.destroy(error as Error);
	}
}

/** Stands between a client and the server, and checks each response against the contract. `address` ends with /v4. */
export async function startCheckingProxy(t: TestContext, address: string): Promise<Seen & { url: string }> {
	const seen: Seen = { requests: [], bodies: [], operations: new Set(), problems: [] };
	const target = new URL(address);
	const server = createServer((incoming, response) => {
		const { method, headers } = incoming;
		const onward = request(new URL(incoming.url ?? '', target), { method: method ?? 'GET', headers }, (answer) => {
			void pass(answer, response, (body) => note(seen, incoming, answer, body, target.pathname));
		});
		onward.on('error', (error) => response.destroy(error));
		incoming.pipe(onward);
	});
	server.listen(0, '127.0.0.1');
	await once(server, 'listening');
	t.after(() => {
		server.closeAllConnections();
		server.close();
	});
	return { ...seen, url: `http://127.0.0.1:${(server.address() as AddressInfo).port}${target.pathname}` };
}
