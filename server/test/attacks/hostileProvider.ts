import { once } from 'node:events';
import { createServer, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { createGzip } from 'node:zlib';

/** What the provider does with a call, by the first word of its prompt. Any other word gets a good answer. */
const behaviors = ['endless-body', 'endless-line', 'gzip-bomb', 'redirect', 'hang-up'] as const;
type Behavior = (typeof behaviors)[number];

const mebibyte = Buffer.alloc(1024 * 1024, 'x');

/** Writes without end, as fast as the reader takes it, until the reader is gone. */
function writeEndlessly(sink: NodeJS.WritableStream, response: ServerResponse): void {
	const more = () => {
		while (!response.destroyed) if (!sink.write(mebibyte)) return void sink.once('drain', more);
	};
	more();
}

const attack: Record<Behavior, (response: ServerResponse, self: string) => void> = {
	'endless-body': (response) => {
		response.writeHead(200, { 'content-type': 'application/json' });
		response.write('{"id":"');
		writeEndlessly(response, response);
	},
	'endless-line': (response) => {
		response.writeHead(200, { 'content-type': 'text/event-stream' });
		response.write('data: {"id":"');
		writeEndlessly(response, response);
	},
	'gzip-bomb': (response) => {
		response.writeHead(200, { 'content-type': 'application/json', 'content-encoding': 'gzip' });
		const gzip = createGzip();
		gzip.pipe(response);
		writeEndlessly(gzip, response);
	},
	redirect: (response, self) => {
		response.writeHead(307, { location: `${self}/elsewhere` });
		response.end();
	},
	'hang-up': (response) => void response.destroy(),
};

export type HostileProvider = {
	url: string;
	calls: (prompt: string) => number;
	elsewhere: () => number;
	close: () => void;
};

/**
 * A provider that answers without end, redirects or hangs up, as the prompt tells it. Few lines of our own, because no
 * fake of others does what an attacker does. `elsewhere` counts requests that followed the redirect.
 */
export async function startHostileProvider(): Promise<HostileProvider> {
	const calls = new Map<string, number>();
	let elsewhere = 0;
	let self = '';
	const server = createServer((incoming, response) => {
		if (incoming.url === '/elsewhere') elsewhere += 1;
		const chunks: Buffer[] = [];
		incoming.on('error', () => undefined);
		incoming.on('data', (chunk: Buffer) => chunks.push(chunk));
		incoming.on('end', () => {
			const { messages, n, stream } = JSON.parse(Buffer.concat(chunks).toString()) as {
				messages: { content: string }[];
				n?: number;
				stream?: boolean;
			};
			const prompt = messages[0]?.content.slice(0, 100) ?? '';
			calls.set(prompt, (calls.get(prompt) ?? 0) + 1);
			const [word = ''] = prompt.split(' ');
			const behavior = behaviors.find((name) => name === word);
			if (behavior !== undefined) return attack[behavior](response, self);
			const choices = Array.from({ length: n ?? 1 }, (_, index) => ({
				index,
				message: { role: 'assistant', content: 'It will come on Monday.' },
				finish_reason: 'stop',
			}));
			const answer = { id: 'x', object: 'chat.completion', model: 'm', created: 1, choices };
			if (stream !== true) {
				response.setHeader('content-type', 'application/json');
				return response.end(JSON.stringify(answer));
			}
			response.setHeader('content-type', 'text/event-stream');
			for (const { index, message } of choices) {
				response.write(
					`data: ${JSON.stringify({ ...answer, choices: [{ index, delta: message, finish_reason: 'stop' }] })}\n\n`,
				);
			}
			return response.end('data: [DONE]\n\n');
		});
	});
	server.listen(0, '127.0.0.1');
	await once(server, 'listening');
	self = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
	return {
		url: `${self}/v1`,
		calls: (prompt) => calls.get(prompt) ?? 0,
		elsewhere: () => elsewhere,
		close: () => {
			server.closeAllConnections();
			server.close();
		},
	};
}
