import { once } from 'node:events';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { ApiError } from '../domain/apiError.ts';
import { answerTo } from './errors.ts';

/** One event: a single line of JSON, as every official client of v4 can read it. */
export function frame(data: unknown): string {
  return `data: ${JSON.stringify(data)}\n\n`;
}

/** Aborted when the caller hangs up before its answer is complete. */
export function callerSignal(reply: FastifyReply): AbortSignal {
  const controller = new AbortController();
  reply.raw.once('close', () => {
    if (!reply.raw.writableFinished) controller.abort(new ApiError(499, 'The caller hung up.'));
  });
  return controller.signal;
}

/**
 * Sends events as they come. An error before the first event is thrown and becomes an ordinary error answer. One in
 * the middle goes out as a last event with `detail`, and then the connection is broken, because the official clients
 * notice nothing else.
 */
export async function sendEvents(
  request: FastifyRequest,
  reply: FastifyReply,
  events: AsyncGenerator<unknown, void, void>,
): Promise<void> {
  let step = await events.next();
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
  try {
    while (!step.done) {
      await write(reply, frame(step.value));
      step = await events.next();
    }
    raw.end();
  } catch (error) {
    if (!(error instanceof ApiError)) request.log.error({ err: error }, 'stream failed');
    if (!raw.destroyed) await new Promise((flushed) => raw.write(frame(answerTo(error, request).body), flushed));
    raw.destroy();
  } finally {
    // Lets the provider's stream go when the caller went before its end.
    await events.return();
  }
}

/** Each event in one write; waits while the caller reads more slowly than the model writes. */
async function write(reply: FastifyReply, text: string): Promise<void> {
  const { raw } = reply;
  if (raw.destroyed) throw new ApiError(499, 'The caller hung up.');
  if (raw.write(text)) return;
  const left = new AbortController();
  const gone = () => left.abort();
  raw.once('close', gone);
  try {
    await once(raw, 'drain', { signal: left.signal });
  } catch {
    throw new ApiError(499, 'The caller hung up.');
  } finally {
    raw.off('close', gone);
  }
}
