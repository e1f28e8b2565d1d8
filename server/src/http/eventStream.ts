import type { FastifyReply, FastifyRequest } from 'fastify';
import { ApiError } from '../domain/apiError.ts';
import type { Listener } from '../domain/completions/execute.ts';
import { answerTo } from './errors.ts';

/** One event: a single line of JSON, as every official client of v4 can read it. */
export function frame(data: unknown): string {
	return `data: ${JSON.stringify(data)}\n\n`;
}

/** A caller that takes nothing for so long is taken for gone. */
const stalledMs = 5 * 60_000;

/** Aborted when the caller hangs up before its answer is complete. */
export function callerSignal(reply: FastifyReply): AbortSignal {
	const controller = new AbortController();
	if (reply.raw.destroyed) controller.abort();
	reply.raw.once('close', () => {
		if (!reply.raw.writableFinished) controller.abort();
	});
	return controller.signal;
}

/** Fulfilled when there is room again, or nobody to write to any more. */
function drained({ raw }: FastifyReply): Promise<void> {
	return new Promise((resolve) => {
		const stalled = setTimeout(() => raw.destroy(), stalledMs);
		const done = () => {
			clearTimeout(stalled);
			raw.off('drain', done);
			raw.off('close', done);
			resolve();
		};
		raw.on('drain', done);
		raw.on('close', done);
	});
}

function begin(reply: FastifyReply): void {
	reply.hijack();
	const { raw } = reply;
	// A connection that breaks is noticed where it is written to; unheard, its error would end the process.
	raw.on('error', () => undefined);
	raw.writeHead(200, {
		...(reply.getHeaders() as Record<string, string>),
		'Content-Type': 'text/event-stream; charset=utf-8',
		'Cache-Control': 'no-cache',
		'X-Accel-Buffering': 'no',
	});
}

/**
 * Sends the events that the work gives, each in one write, as they come; after the caller has gone, they are dropped.
 * An error before the first event is thrown and becomes an ordinary error answer. One in the middle goes out as a last
 * event with `detail`, and then the connection is broken, because the official clients notice nothing else.
 */
export async function sendEvents(
	request: FastifyRequest,
	reply: FastifyReply,
	work: (send: Listener) => Promise<void>,
): Promise<void> {
	const { raw } = reply;
	let room: Promise<void> | undefined;
	const send: Listener = (event) => {
		if (raw.destroyed) return undefined;
		if (!reply.sent) begin(reply);
		if (raw.write(frame(event))) return undefined;
		// One wait for all events that are written meanwhile.
		room ??= drained(reply).then(() => (room = undefined));
		return room;
	};
	try {
		await work(send);
		// Where the caller has gone before the first event, there is nothing to answer.
		if (!reply.sent) reply.hijack();
		raw.end();
	} catch (error) {
		if (!reply.sent) throw error;
		if (!(error instanceof ApiError)) request.log.error({ err: error }, 'stream failed');
		if (!raw.destroyed) await new Promise((flushed) => raw.write(frame(answerTo(error, request).body), flushed));
		raw.destroy();
	}
}
