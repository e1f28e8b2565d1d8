import type { ServerResponse } from 'node:http';
import type { TestContext } from 'node:test';
import { startHost } from './host.ts';

type Message = { content?: string | null; tool_calls?: object[] };
type Asked = Record<string, unknown> & { n: number; stream: boolean; messages: Record<string, unknown>[] };

export type Host = {
	url: string;
	/** What it was sent, as JSON. */
	requests: Asked[];
	/** What it says from now on, in each sample. */
	say(message: Message): void;
	/** What it does with the next requests, one after the other: it fails with the status, or with 0 it answers. */
	fail(...statuses: number[]): void;
	/** Returns at most so many samples from now on, even if it is asked for more. */
	giveOnly(samples: number): void;
};

const head = { id: 'chatcmpl-1', model: 'gpt-4o', created: 1 };
const usage = { prompt_tokens: 5, completion_tokens: 9, total_tokens: 14 };

function stream(response: ServerResponse, { content, tool_calls: calls = [] }: Message, samples: number): void {
	response.setHeader('content-type', 'text/event-stream');
	const write = (more: object) =>
		response.write(`data: ${JSON.stringify({ ...head, object: 'chat.completion.chunk', ...more })}\n\n`);
	const indices = Array.from({ length: samples }, (_, index) => index);
	const writeAll = (delta: object, finish: string | null = null) => {
		for (const index of indices) write({ choices: [{ index, delta, finish_reason: finish }] });
	};
	writeAll({ role: 'assistant', content: '' });
	for (const piece of content?.match(/\S+\s*/g) ?? []) writeAll({ content: piece });
	for (const [index, call] of calls.entries()) writeAll({ tool_calls: [{ index, ...call }] });
	writeAll({}, calls.length > 0 ? 'tool_calls' : 'stop');
	write({ choices: [], usage });
	response.end('data: [DONE]\n\n');
}

/** A host that speaks OpenAI's API for chats and returns as many samples as it is asked for. */
export async function startChatHost(t: TestContext): Promise<Host> {
	let message: Message = { content: 'Hello.' };
	let failures: number[] = [];
	let limit = Infinity;
	const requests: Asked[] = [];
	const { url } = await startHost(t, (response, body) => {
		const asked = JSON.parse(body) as Asked;
		requests.push(asked);
		const status = failures.shift();
		if (status) {
			response.writeHead(status, { 'content-type': 'application/json' });
			return response.end(JSON.stringify({ error: { message: `trouble ${status}`, type: 'x' } }));
		}
		const samples = Math.min(asked.n, limit);
		if (asked.stream) return stream(response, message, samples);
		const finish = (message.tool_calls ?? []).length > 0 ? 'tool_calls' : 'stop';
		const choices = Array.from({ length: samples }, (_, index) => ({
			index,
			message: { role: 'assistant', ...message },
			finish_reason: finish,
		}));
		response.setHeader('content-type', 'application/json');
		return response.end(JSON.stringify({ ...head, object: 'chat.completion', choices, usage }));
	});
	return {
		url,
		requests,
		say: (said) => (message = said),
		fail: (...statuses) => (failures = statuses),
		giveOnly: (samples) => (limit = samples),
	};
}
