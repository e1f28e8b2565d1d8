/**
 * Splits a stream of bytes into the data of its server-sent events.
 *
 * Follows the event stream format of the HTML standard as far as the v4 API uses it: data-only events, three kinds
 * of line endings, several `data` lines joined. A chunk may end anywhere, even inside a character
 * or a line ending.
 *
 * The standard drops an event when the connection ends before its blank line. This function returns that event,
 * because some hosts leave out the last blank line, and half an event fails later as invalid JSON.
 *
 * @param onComment gets the text of each comment. Without it, comments are skipped
 */
export async function* eventData(
	stream: AsyncIterable<Uint8Array>,
	onComment?: (text: string) => void,
): AsyncGenerator<string> {
	let data: string[] = [];
	for await (const line of lines(stream)) {
		if (line === '') {
			if (data.length > 0) yield data.join('\n');
			data = [];
		} else if (line.startsWith('data:')) {
			data.push(line.slice(line[5] === ' ' ? 6 : 5));
		} else if (line === 'data') {
			data.push('');
		} else if (line.startsWith(':')) {
			onComment?.(line.slice(1).trimStart());
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
		// A carriage return at the end may be the first half of a CRLF.
		const complete = rest.endsWith('\r') ? rest.slice(0, -1) : rest;
		const parts = complete.split(/\r\n|\n|\r/);
		rest = parts.pop() + rest.slice(complete.length);
		yield* parts;
	}
	rest += decoder.decode();
	if (rest !== '') yield* rest.split(/\r\n|\n|\r/);
}
