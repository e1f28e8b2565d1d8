import { once } from 'node:events';
import { createServer, type IncomingHttpHeaders, request as httpRequest, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { TestContext } from 'node:test';
import { LLMock } from '@copilotkit/aimock';
import type { ProviderSettings } from '../../src/providers/registry.ts';

/** What a provider's stand-in needs to run the suite. */
export type StandIn = {
	/** The provider and the model of the configs. */
	config: { provider: string; model: string };
	/** What makes the server call the stand-in at that origin, with that key of its own. */
	settings(origin: string, apiKey: string): Omit<ProviderSettings, 'openai'> & Partial<ProviderSettings>;
	/** The field of `provider_api_keys`. */
	keyField: string;
	/** `origin` of the provider's errors. */
	origin: string;
	/** The key that a request carries. */
	keyOf(headers: IncomingHttpHeaders): string | undefined;
	/** What the provider cannot do, and why. Each is a 422 before a request is sent, unless it says `skip`. */
	cannot?: Partial<Record<Capability, string>>;
	/** What aimock cannot do for this provider, and why: these tests are skipped. */
	skip?: Partial<Record<Capability, string>>;
};

export type Capability =
	| 'frequency_penalty'
	| 'imageAddresses'
	| 'images'
	| 'jsonObject'
	| 'jsonSchema'
	| 'logprobs'
	| 'seed'
	| 'streamUsage'
	| 'suffix'
	| 'tools'
	| 'usage';

/** What went over the wire. */
export type Sent = { url: string; headers: IncomingHttpHeaders; body: Record<string, unknown> };

/** What the line between the server and the provider does with the next response. */
type Fault =
	/** Closes the connection instead of passing the request on. */
	| { hangUp: true }
	/** Passes on so many bytes of the body, and then closes the connection. */
	| { cutAfter: number }
	/** Passes on the first bytes of the body, and waits before the rest. */
	| { pauseAfter: number; until: Promise<void> }
	/** Sends this in place of a response. */
	| { status: number; headers?: Record<string, string>; body?: string };

/**
 * aimock behind a line that records what is sent, and breaks as it is told: aimock itself neither hangs up at a byte nor
 * pauses until it is told to go on.
 */
export async function startLine(t: TestContext) {
	const model = new LLMock({ port: 0, chunkSize: 4 });
	await model.start();
	t.after(() => model.stop());
	const target = new URL(model.url);
	const sent: Sent[] = [];
	const faults: Fault[] = [];
	const state = { open: 0, paused: 0 };
	const server = createServer((incoming, response) => {
		let text = '';
		incoming.setEncoding('utf8').on('data', (piece: string) => (text += piece));
		incoming.on('end', () => {
			const { url = '', headers } = incoming;
			sent.push({ url, headers, body: JSON.parse(text) as Record<string, unknown> });
			const fault = faults.shift();
			if (fault !== undefined && 'hangUp' in fault) return void response.destroy();
			if (fault !== undefined && 'status' in fault) {
				response.writeHead(fault.status, { 'content-type': 'application/json', ...fault.headers });
				return void response.end(fault.body ?? '');
			}
			const passedOn = httpRequest({ host: target.hostname, port: target.port, path: url, method: 'POST', headers });
			passedOn.on('response', (answer) => void passOn(answer, response, fault, state));
			passedOn.end(text);
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
	return {
		model,
		origin: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
		sent,
		state,
		next: (...more: Fault[]) => void faults.push(...more),
	};
}

async function passOn(
	answer: AsyncIterable<Buffer> & { statusCode?: number | undefined; headers: IncomingHttpHeaders },
	response: ServerResponse,
	fault: Extract<Fault, { cutAfter: number } | { pauseAfter: number }> | undefined,
	state: { paused: number },
) {
	const { 'content-length': _, ...headers } = answer.headers;
	response.writeHead(answer.statusCode ?? 500, headers);
	let left = fault === undefined ? Infinity : 'cutAfter' in fault ? fault.cutAfter : fault.pauseAfter;
	for await (const part of answer) {
		if (part.length <= left) {
			left -= part.length;
			response.write(part);
			continue;
		}
		if (left > 0) response.write(part.subarray(0, left));
		if (fault !== undefined && 'cutAfter' in fault) return setImmediate(() => response.destroy());
		if (fault !== undefined && 'pauseAfter' in fault) {
			state.paused += 1;
			await fault.until;
		}
		response.write(part.subarray(left));
		left = Infinity;
	}
	response.end();
}
