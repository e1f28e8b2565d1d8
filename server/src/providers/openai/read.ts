import { isBody } from '../body.ts';
import { readEvents } from '../events.ts';
import type { ResponseBody } from '../http.ts';
import { parseBody } from '../plainBody.ts';
import { StreamFailure } from './errors.ts';

function parse(text: string): unknown {
	const value = parseBody(text);
	if (isBody(value) && value['error']) throw new StreamFailure(value);
	return value;
}

/** The body of a plain response. Throws StreamFailure if it is an error in spite of its status, and UnusableResponse. */
export async function readJson(body: Buffer | AsyncIterable<Buffer>): Promise<unknown> {
	if (Buffer.isBuffer(body)) return parse(body.toString('utf8'));
	const all: Buffer[] = [];
	for await (const part of body) all.push(part);
	return parse(Buffer.concat(all).toString('utf8'));
}

/** What a short body has in place of parts that are still to come. */
async function* partsOf(body: Buffer): AsyncGenerator<Buffer> {
	yield body;
}

/** A body, and whether it is one JSON value or a web page: some hosts answer a request for a stream with these. */
export async function peek(body: ResponseBody): Promise<{ isPlain: boolean; all: AsyncIterable<Buffer> }> {
	const parts = Buffer.isBuffer(body) ? partsOf(body) : body;
	const held: Buffer[] = [];
	let first = '';
	while (first === '') {
		const next = await parts.next();
		if (next.done === true) break;
		held.push(next.value);
		first = next.value.toString('latin1').trimStart().charAt(0);
	}
	// No generator: each part of a stream would wait for one more.
	const all: AsyncIterableIterator<Buffer> = {
		next: () => (held.length === 0 ? parts.next() : Promise.resolve({ done: false, value: held.shift() as Buffer })),
		return: () => parts.return(undefined),
		[Symbol.asyncIterator]: () => all,
	};
	return { isPlain: ['{', '[', '<'].includes(first), all };
}

/**
 * The chunks of a stream, up to its end or to `[DONE]`. What the host does with the connection after that does not matter.
 * Throws StreamFailure if the host reports an error, and UnusableResponse.
 */
export async function* readChunks(parts: AsyncIterable<Buffer>): AsyncGenerator<unknown> {
	for await (const { event, data } of readEvents(parts)) {
		if (data.startsWith('[DONE]')) return;
		const chunk = parse(data);
		if (event === 'error') throw new StreamFailure(chunk);
		yield chunk;
	}
}
