import { isBody } from '../body.ts';
import { readEvents } from '../events.ts';
import { UnusableResponse } from '../generation.ts';
import { StreamFailure } from './errors.ts';

function parse(text: string): unknown {
	try {
		return JSON.parse(text) as unknown;
	} catch {
		throw new UnusableResponse('it is not a JSON object.');
	}
}

/** The body of a plain response. Throws UnusableResponse. */
export async function readJson(parts: AsyncIterable<Buffer>): Promise<unknown> {
	const all: Buffer[] = [];
	for await (const part of parts) all.push(part);
	return parse(Buffer.concat(all).toString('utf8'));
}

/**
 * The chunks of a stream, up to its end or to `[DONE]`, whatever the host does with the connection after that. Throws
 * StreamFailure if the host reports an error, and UnusableResponse.
 */
export async function* readChunks(parts: AsyncIterable<Buffer>): AsyncGenerator<unknown> {
	for await (const { event, data } of readEvents(parts)) {
		if (data.startsWith('[DONE]')) return;
		const chunk = parse(data);
		if (event === 'error' || (isBody(chunk) && chunk['error'])) throw new StreamFailure(chunk);
		yield chunk;
	}
}
