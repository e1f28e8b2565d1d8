import { once } from 'node:events';
import http, { type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';

/** A load balancer in front of replicas of the server. */
export interface Balancer {
	/** Base URL of the v4 API, through the balancer. */
	baseUrl: string;
	/** How many requests it has also sent to a second replica at the same time. */
	duplicates: number;
	/** How many of those were answered by both, with different logs. */
	otherResponses: number;
	stop(): Promise<void>;
}

type Request = { method: string; path: string; headers: http.IncomingHttpHeaders; body: Buffer };

/**
 * Starts a balancer that passes each request to the next replica in turn, so that a repeat reaches another one. It goes
 * on to the next replica if one cannot be reached. A connection that breaks later is broken for the client too.
 *
 * @param targets base URLs of the replicas
 * @param duplicateShare the share of requests with an Idempotency-Key that a second replica gets at the same time
 */
export async function startBalancer(targets: string[], duplicateShare = 0): Promise<Balancer> {
	const agent = new http.Agent({ keepAlive: true });
	let turn = 0;

	const server = http.createServer((incoming, outgoing) => void handle(incoming, outgoing));
	await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
	const { port } = server.address() as AddressInfo;
	const balancer: Balancer = {
		baseUrl: `http://127.0.0.1:${port}${new URL(targets[0]!).pathname}`,
		duplicates: 0,
		otherResponses: 0,
		async stop() {
			agent.destroy();
			server.closeAllConnections();
			await new Promise((resolve) => server.close(resolve));
		},
	};

	/** The response of the first replica from `position` on that can be reached. */
	async function send(request: Request, position: number, tries = targets.length): Promise<IncomingMessage> {
		const { hostname, port } = new URL(targets[position % targets.length]!);
		const { method, path, headers, body } = request;
		try {
			return await new Promise<IncomingMessage>((resolve, reject) => {
				const sent = http.request({ hostname, port, method, path, headers, agent }, resolve);
				sent.once('error', reject);
				sent.end(body);
			});
		} catch (error) {
			if ((error as NodeJS.ErrnoException).code !== 'ECONNREFUSED' || tries === 1) throw error;
			return await send(request, position + 1, tries - 1);
		}
	}

	async function handle(incoming: IncomingMessage, outgoing: ServerResponse): Promise<void> {
		const chunks: Buffer[] = [];
		for await (const chunk of incoming) chunks.push(chunk as Buffer);
		const { host: _, ...headers } = endToEnd(incoming.headers);
		const request = { method: incoming.method!, path: incoming.url!, headers, body: Buffer.concat(chunks) };
		const position = turn++;
		const isDuplicated = headers['idempotency-key'] !== undefined && Math.random() < duplicateShare;
		const duplicate = isDuplicated ? send(request, position + 1).then(readLogs) : undefined;
		// A replica that dies breaks the duplicate's connection too. Nobody waits for it.
		duplicate?.catch(() => undefined);
		try {
			const response = await send(request, position);
			outgoing.writeHead(response.statusCode!, endToEnd(response.headers));
			response.pipe(outgoing);
			response.once('error', () => outgoing.destroy());
			if (duplicate) await compare(readLogs(response), duplicate);
		} catch {
			outgoing.destroy();
		}
	}

	async function compare(...responses: Array<Promise<string | undefined>>): Promise<void> {
		balancer.duplicates += 1;
		const [first, second] = await Promise.all(responses);
		if (first !== undefined && second !== undefined && first !== second) balancer.otherResponses += 1;
	}

	return balancer;
}

/** The headers without those that are about one connection only. */
function endToEnd({ connection: _, 'keep-alive': __, ...headers }: http.IncomingHttpHeaders): http.IncomingHttpHeaders {
	return headers;
}

/** The IDs of the logs that a response names, or undefined if it is an error or a stream that ended with one. */
async function readLogs(response: IncomingMessage): Promise<string | undefined> {
	let text = '';
	response.on('data', (chunk) => (text += String(chunk)));
	await once(response, 'end');
	if (response.statusCode !== 200 || text.includes('"detail"')) return undefined;
	return [...new Set(text.match(/data_\w{21}/g))].sort().join();
}
