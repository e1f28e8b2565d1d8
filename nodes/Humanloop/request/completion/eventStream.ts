/**
 * Splits a stream of bytes into the data of its server-sent events.
 *
 * Follows the event stream format of the HTML standard as far as the v4 API uses it: data-only
 * events, any of the three line endings, comments ignored, several `data` lines joined. Characters
 * of several bytes and line endings may be cut anywhere between chunks.
 *
 * The standard drops an event that the connection cut before its blank line; it is given out here,
 * because hosts exist that leave the last blank line away, and a half event fails at its JSON.
 */
export async function* eventData(stream: AsyncIterable<Uint8Array>): AsyncGenerator<string> {
	let data: string[] = [];
	for await (const line of lines(stream)) {
		if (line === '') {
			if (data.length > 0) yield data.join('\n');
			data = [];
		} else if (line.startsWith('data:')) {
			data.push(line.slice(line[5] === ' ' ? 6 : 5));
		} else if (line === 'data') {
			data.push('');
		}
	}
	if (data.length > 0) yield data.join('\n');
}

/** Reads a stream of UTF-8 to its end. */
export async function readText(stream: AsyncIterable<Uint8Array>): Promise<string> {
	const decoder = new TextDecoder();
	let text = '';
	for await (const chunk of stream) text += decoder.decode(chunk, { stream: true });
	return text + decoder.decode();
}

async function* lines(stream: AsyncIterable<Uint8Array>): AsyncGenerator<string> {
	const decoder = new TextDecoder();
	let rest = '';
	for await (const chunk of stream) {
		rest += decoder.decode(chunk, { stream: true });
		// A carriage return at the end may be half of a CRLF, whose other half is still to come.
		const complete = rest.endsWith('\r') ? rest.slice(0, -1) : rest;
		const parts = complete.split(/\r\n|\n|\r/);
		rest = parts.pop() + rest.slice(complete.length);
		yield* parts;
	}
	rest += decoder.decode();
	if (rest !== '') yield* rest.split(/\r\n|\n|\r/);
}
