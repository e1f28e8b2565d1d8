import type { IncomingMessage, ServerResponse } from 'node:http';
import type { TestContext } from 'node:test';
import { startHost } from '../host.ts';

/** What the host does with one request, in the forms of Anthropic's documentation. */
export type Step =
	/** Says this text. */
	| { text: string }
	/** Fails. */
	| { status: number; message: string; headers?: Record<string, string> }
	/** Streams this text, and then closes the connection. */
	| { cutAfter: string };

const usage = { input_tokens: 10, cache_creation_input_tokens: 300, cache_read_input_tokens: 2000, output_tokens: 4 };
const head = { id: 'msg_1', type: 'message', role: 'assistant', model: 'claude-sonnet-4-5' };

function eventsOf(response: ServerResponse, text: string) {
	const send = (event: { type: string } & Record<string, unknown>) =>
		response.write(`event: ${event.type}\ndata: ${JSON.stringify(event)}\n\n`);
	response.setHeader('content-type', 'text/event-stream');
	send({ type: 'message_start', message: { ...head, content: [], stop_reason: null, stop_sequence: null, usage } });
	send({ type: 'content_block_start', index: 0, content_block: { type: 'text', text: '' } });
	for (const word of text.split(/(?<= )/)) {
		send({ type: 'content_block_delta', index: 0, delta: { type: 'text_delta', text: word } });
	}
	return send;
}

/**
 * A host in Anthropic's form that answers the requests as it is told, and then says "Fine.". It waits until
 * `together` requests are there, the first time. aimock knows neither the tokens of Claude's cache, nor how to fail one of several requests.
 */
export async function startAnthropic(
	t: TestContext,
	{ steps = [], together = 1 }: { steps?: Step[]; together?: number } = {},
) {
	const keys: unknown[] = [];
	let waiting: (() => void)[] = [];
	let awaited = together;
	const answer = (response: ServerResponse, body: string) => {
		const step = steps.shift() ?? { text: 'Fine.' };
		const { stream } = JSON.parse(body) as { stream?: boolean };
		if ('status' in step) {
			response.writeHead(step.status, { 'content-type': 'application/json', ...step.headers });
			return void response.end(JSON.stringify({ type: 'error', error: { type: 'x', message: step.message } }));
		}
		const text = 'text' in step ? step.text : step.cutAfter;
		if (stream !== true) {
			const message = {
				...head,
				content: [{ type: 'text', text }],
				stop_reason: 'end_turn',
				stop_sequence: null,
				usage,
			};
			response.setHeader('content-type', 'application/json');
			return void response.end(JSON.stringify(message));
		}
		const send = eventsOf(response, text);
		if ('cutAfter' in step) return void setTimeout(() => response.destroy(), 30);
		send({ type: 'content_block_stop', index: 0 });
		send({
			type: 'message_delta',
			delta: { stop_reason: 'end_turn', stop_sequence: null },
			usage: { output_tokens: 4 },
		});
		send({ type: 'message_stop' });
		response.end();
	};
	const host = await startHost(t, (response, body, incoming: IncomingMessage) => {
		keys.push(incoming.headers['x-api-key']);
		waiting.push(() => answer(response, body));
		if (waiting.length < awaited) return;
		awaited = 1;
		const ready = waiting;
		waiting = [];
		for (const send of ready) send();
	});
	const bodies = () => host.state.bodies.map((body) => JSON.parse(body) as Record<string, unknown>);
	return {
		url: host.url,
		keys,
		bodies,
		calls: () => host.state.calls,
		next: (...more: Step[]) => void steps.push(...more),
	};
}
