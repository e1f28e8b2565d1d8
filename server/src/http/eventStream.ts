import type { FastifyReply, FastifyRequest } from 'fastify';
import { ApiError } from '../domain/apiError.ts';
import type { Listener } from '../domain/completions/listener.ts';
import { asciiJson } from './asciiJson.ts';
import { toErrorResponse } from './errors.ts';
import { noteFailure } from './telemetry.ts';

/**
 * One event as a single line of JSON, which every official client of v4 can read. It is ASCII, because those clients decode
 * each piece that arrives by itself: a proxy that cuts inside a character would turn it into replacement characters.
 */
export function frame(data: unknown): string {
	return `data: ${asciiJson(data)}\n\n`;
}

/** A caller that reads nothing for so long is disconnected. */
const stalledMs = 5 * 60_000;

/** Fulfilled when the caller has read enough to be sent more, or has disconnected. */
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
	// An unhandled error of the connection would end the process. Writing to it shows that it is broken.
	raw.on('error', () => undefined);
	raw.writeHead(200, {
		...(reply.getHeaders() as Record<string, string>),
		'Content-Type': 'text/event-stream; charset=utf-8',
		'Cache-Control': 'no-cache',
		'X-Accel-Buffering': 'no',
	});
}

/**
 * Sends the events that `work` passes to `send`, each in one write, and then a comment, which clients skip. They are dropped once the caller has disconnected.
 * An error before the first event is thrown and becomes an ordinary error response. A later error is sent as a last
 * event with `detail`, and then the connection is cut, because the official clients notice nothing else.
 */
export async function sendEvents(
	request: FastifyRequest,
	reply: FastifyReply,
	work: (send: Listener) => Promise<{ comment: string }>,
): Promise<void> {
	const { raw } = reply;
	let room: Promise<void> | undefined;
	const send: Listener = (event) => {
		if (raw.destroyed) return undefined;
		if (!reply.sent) begin(reply);
		if (raw.write(frame(event))) return undefined;
		// All events that are written meanwhile share one wait.
		room ??= drained(reply).then(() => (room = undefined));
		return room;
	};
	try {
		const { comment } = await work(send);
		// If the caller disconnected before the first event, there is nobody to respond to.
		if (!reply.sent) reply.hijack();
		raw.end(raw.headersSent ? `: ${comment}\n\n` : undefined);
	} catch (error) {
		if (!reply.sent) throw error;
		if (!(error instanceof ApiError)) request.log.error({ err: error }, 'stream failed');
		const { status, body } = toErrorResponse(error, request);
		noteFailure(request, error, status);
		if (!raw.destroyed) await new Promise((flushed) => raw.write(frame(body), flushed));
		raw.destroy();
	}
}
