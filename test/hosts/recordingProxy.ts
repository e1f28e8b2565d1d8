import http, { type IncomingHttpHeaders, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';

export interface RecordedRequest {
	method: string;
	path: string;
	headers: IncomingHttpHeaders;
	/** The body as it came over the wire. */
	text: string;
	/** The body as JSON, or undefined where there is none. */
	body: Record<string, unknown> | undefined;
	/** When the whole request had come, in milliseconds since 1970. */
	receivedAt: number;
	/** When the whole answer had been handed over, in milliseconds since 1970; undefined while it had not. */
	respondedAt?: number;
	/** When the host behind had answered it in whole, whether or not the answer is lost then; undefined while it had not. */
	answeredAt?: number;
	/** That answer, if it is a good one (status 200). */
	answer?: string;
}

/** Answers a request in place of the server, or returns false to let it pass; `position` counts those of its method, from 0. */
export type Fault = (
	request: RecordedRequest,
	response: ServerResponse,
	position: number,
) => boolean | Promise<boolean>;

export interface RecordingProxy {
	/** Base URL of the host behind the proxy, through the proxy. */
	baseUrl: string;
	/** What has come over the wire, in order of arrival. */
	requests: RecordedRequest[];
	/** Set to answer a POST in the server's place; undefined lets everything pass. */
	fault: Fault | undefined;
	/** Set to answer all other requests in the server's place. */
	readFault: Fault | undefined;
	/** Whether to lose the whole answer that the host behind has just finished. */
	dropsResponse: (request: RecordedRequest) => boolean;
	/** Headers that do not get through. */
	withheldHeaders: string[];
	stop(): Promise<void>;
}

/**
 * A host in front of another one that records the wire and can fail like the hosts that stand between
 * a client and an API: what it lets pass is answered by the host behind it.
 *
 * @param target base URL of the host behind it
 */
export async function startRecordingProxy(target: string): Promise<RecordingProxy> {
	const { hostname, port, pathname } = new URL(target);
	const server = http.createServer((incoming, outgoing) => void handle(incoming, outgoing));
	await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));

	const proxy: RecordingProxy = {
		baseUrl: `http://127.0.0.1:${(server.address() as AddressInfo).port}${pathname}`,
		requests: [],
		fault: undefined,
		readFault: undefined,
		dropsResponse: () => false,
		withheldHeaders: [],
		async stop() {
			server.closeAllConnections();
			await new Promise((resolve) => server.close(resolve));
		},
	};

	async function handle(incoming: IncomingMessage, outgoing: ServerResponse): Promise<void> {
		const chunks: Buffer[] = [];
		for await (const chunk of incoming) chunks.push(chunk as Buffer);
		const text = Buffer.concat(chunks).toString();
		const request: RecordedRequest = {
			method: incoming.method!,
			path: incoming.url!,
			headers: incoming.headers,
			text,
			receivedAt: Date.now(),
			body: text ? (JSON.parse(text) as Record<string, unknown>) : undefined,
		};
		const position = proxy.requests.filter(({ method }) => method === request.method).length;
		proxy.requests.push(request);
		outgoing.once('finish', () => (request.respondedAt = Date.now()));
		const fault = request.method === 'POST' ? proxy.fault : proxy.readFault;
		if (await fault?.(request, outgoing, position)) return;

		const { host: _, ...headers } = incoming.headers;
		for (const name of proxy.withheldHeaders) delete headers[name];
		const isLost = proxy.dropsResponse(request);
		const forwarded = http.request(
			{ hostname, port, path: incoming.url, method: incoming.method, headers },
			(response) => {
				if (response.statusCode === 200) record(request, response);
				if (isLost) {
					response.resume().once('end', () => outgoing.destroy());
					return;
				}
				outgoing.writeHead(response.statusCode!, response.headers);
				response.pipe(outgoing);
				response.once('error', () => outgoing.destroy());
			},
		);
		forwarded.once('error', () => outgoing.destroy());
		forwarded.end(text);
	}

	return proxy;
}

function record(request: RecordedRequest, response: IncomingMessage): void {
	const chunks: Buffer[] = [];
	response.on('data', (chunk: Buffer) => chunks.push(chunk));
	response.once('end', () => {
		request.answeredAt = Date.now();
		request.answer = Buffer.concat(chunks).toString();
	});
}
