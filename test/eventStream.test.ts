import { createParser } from 'eventsource-parser';
import fc from 'fast-check';

import { eventData, readText } from '../nodes/Humanloop/transport/serverSentEvents';

/** Cuts a text's bytes at the given places, which may be in the middle of a character. */
async function* cutAt(text: string, places: number[]): AsyncGenerator<Uint8Array> {
	const bytes = Buffer.from(text);
	const sorted = [...new Set(places.map((place) => place % (bytes.length + 1)))].sort((a, b) => a - b);
	let start = 0;
	for (const end of [...sorted, bytes.length]) {
		yield bytes.subarray(start, end);
		start = end;
	}
}

async function collect(stream: AsyncIterable<string>): Promise<string[]> {
	const all: string[] = [];
	for await (const value of stream) all.push(value);
	return all;
}

const places = fc.array(fc.nat(), { maxLength: 12 });
const text = fc.string({ unit: 'binary' });
const lineEnd = fc.constantFrom('\n', '\r\n', '\r');

test('what was framed comes out again, wherever it is cut', async () => {
	const payload = fc.record({ output: text, index: fc.nat() });
	await fc.assert(
		fc.asyncProperty(
			fc.array(payload),
			lineEnd,
			fc.constantFrom('data:', 'data: '),
			places,
			async (payloads, end, prefix, cuts) => {
				const wire = payloads
					.map((value) => `: comment${end}event: x${end}${prefix}${JSON.stringify(value)}${end}${end}`)
					.join('');
				const seen = await collect(eventData(cutAt(wire, cuts)));
				expect(seen.map((value) => JSON.parse(value) as unknown)).toEqual(payloads);
			},
		),
		{ numRuns: 500 },
	);
});

test('any text is read as the parser that others wrote reads it', async () => {
	const line = fc.oneof(
		text,
		fc.constantFrom('', '', 'data: a', 'data:b', 'data', ': c', 'event: d', 'id: 1', 'data:  two', 'dataset: x'),
	);
	await fc.assert(
		fc.asyncProperty(fc.array(fc.tuple(line, lineEnd)), places, async (lines, cuts) => {
			// The comparison ends at a blank line: an event without one is ours to give out, theirs to drop.
			const wire = `${lines.map(([content, end]) => content + end).join('')}\n\n`.replace(/^\uFEFF/, '');
			const expected: string[] = [];
			const parser = createParser({ onEvent: ({ data }) => expected.push(data) });
			parser.feed(Buffer.from(wire).toString());
			expect(await collect(eventData(cutAt(wire, cuts)))).toEqual(expected);
		}),
		{ numRuns: 1000 },
	);
});

test('text is read whole, wherever it is cut', async () => {
	await fc.assert(
		fc.asyncProperty(text, places, async (value, cuts) => {
			expect(await readText(cutAt(value, cuts))).toBe(
				Buffer.from(value)
					.toString()
					.replace(/^\uFEFF/, ''),
			);
		}),
	);
});
