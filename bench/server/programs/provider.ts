import http, { type IncomingMessage, type ServerResponse } from 'node:http';
import { parseArgs } from 'node:util';

import { tokenText } from '../tokens.ts';

/*
 * A stand-in for OpenAI, which costs next to nothing itself: --port N. It answers chat completions, and streams those that
 * ask for it. PUT /behavior with {"delayMs", "tokens", "tokenMs"} says how, from the next call on: after how many
 * milliseconds the answer or the first token comes, how many tokens a stream has, and how many milliseconds lie between
 * two of them. GET /calls returns how many completions it was asked for since it started, as {"calls"}.
 */
const { values } = parseArgs({ options: { port: { type: 'string' } } });

const behavior = { delayMs: 0, tokens: 20, tokenMs: 20 };
let calls = 0;

const usage = { prompt_tokens: 12, completion_tokens: 9, total_tokens: 21 };
const head = { id: 'chatcmpl-bench', created: 1, model: 'gpt-4o' };
const content = 'Your order arrives on Monday.';

/** As many samples as `n` says. */
function completion(samples: number): string {
	const message = { role: 'assistant', content, refusal: null };
	const choices = Array.from({ length: samples }, (_, index) => ({ index, message, finish_reason: 'stop' }));
	return JSON.stringify({ ...head, object: 'chat.completion', choices, usage });
}
const oneSample = completion(1);

function chunk(delta: object, finish_reason: string | null): string {
	const choices = [{ index: 0, delta, finish_reason }];
	return `data: ${JSON.stringify({ ...head, object: 'chat.completion.chunk', choices })}\n\n`;
}

function stream(response: ServerResponse, { delayMs, tokens, tokenMs }: typeof behavior): void {
	response.writeHead(200, { 'content-type': 'text/event-stream' });
	response.flushHeaders();
	let index = 0;
	const next = () => {
		response.write(chunk({ content: tokenText(index++) }, null));
		if (index < tokens) return void setTimeout(next, tokenMs);
		const last = { ...head, object: 'chat.completion.chunk', choices: [], usage };
		response.end(`${chunk({}, 'stop')}data: ${JSON.stringify(last)}\n\ndata: [DONE]\n\n`);
	};
	if (delayMs > 0) setTimeout(next, delayMs);
	else next();
}

async function textOf(request: IncomingMessage): Promise<string> {
	const chunks: Buffer[] = [];
	for await (const piece of request) chunks.push(piece as Buffer);
	return Buffer.concat(chunks).toString();
}

/** The end of a body says what is asked for, so a large prompt is not parsed. */
function complete(response: ServerResponse, text: string): void {
	calls++;
	const { delayMs } = behavior;
	if (/"stream":\s*true/.test(text)) return stream(response, { ...behavior });
	const samples = Number(/"n":\s*(\d+)/.exec(text)?.[1] ?? 1);
	const body = samples === 1 ? oneSample : completion(samples);
	const answer = () => {
		response.writeHead(200, { 'content-type': 'application/json', 'content-length': Buffer.byteLength(body) });
		response.end(body);
	};
	if (delayMs > 0) setTimeout(answer, delayMs);
	else answer();
}

const server = http.createServer((request, response) => {
	void textOf(request).then((text) => {
		if (request.url?.endsWith('/chat/completions')) return complete(response, text);
		if (request.method === 'PUT') Object.assign(behavior, JSON.parse(text));
		response.setHeader('content-type', 'application/json').end(JSON.stringify({ calls }));
	});
});
// A connection that the other side is about to use again must not be closed.
server.keepAliveTimeout = 10 * 60_000;
server.listen(Number(values.port), '127.0.0.1');
