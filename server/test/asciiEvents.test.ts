import assert from 'node:assert/strict';
import test from 'node:test';
import { createParser } from 'eventsource-parser';
import fc from 'fast-check';
import { asciiJson } from '../src/http/asciiJson.ts';
import { frame } from '../src/http/eventStream.ts';
import { request, startApi } from './setup.ts';

const text = 'Größe 🎉 漢字 \u007f\u2028 "quoted" \\u00e9 \ud800';

/** What the official client reads of two pieces. It decodes each piece by itself. */
function readByPieces(bytes: Uint8Array, cut: number): unknown[] {
	const read: unknown[] = [];
	const parser = createParser({ onEvent: ({ data }) => read.push(JSON.parse(data)) });
	for (const piece of [bytes.subarray(0, cut), bytes.subarray(cut)]) parser.feed(new TextDecoder().decode(piece));
	return read;
}

test('an event is read as it was sent, wherever its bytes are cut and though each piece is decoded by itself', () => {
	const event = { data: [{ output: text, inputs: { [text]: [text, null, 1.5] } }] };
	const bytes = Buffer.from(frame(event) + frame({ last: true }));
	for (let cut = 0; cut <= bytes.length; cut += 1) assert.deepEqual(readByPieces(bytes, cut), [event, { last: true }]);
});

test('any value keeps its meaning, in printable ASCII and in no more than the characters that need an escape', () => {
	fc.assert(
		fc.property(fc.json({ stringUnit: 'binary' }), (json) => {
			const value: unknown = JSON.parse(json);
			const written = asciiJson(value);
			assert.match(written, /^[\x20-\x7e]*$/);
			assert.deepEqual(JSON.parse(written), value);
			const plain = JSON.stringify(value);
			if (/^[\x20-\x7e]*$/.test(plain)) assert.equal(written, plain);
		}),
		{ numRuns: 2000 },
	);
});

test('a stream over a socket is ASCII, whatever the inputs, the model and an error say', async (t) => {
	const api = await startApi(t);
	const address = await api.listen();
	const other = { humanloop_server: { mock: { otherwise: 'Schöne Grüße 🎉 {{ticket}}' } } };
	const call = { model_config_id: await api.config({ other }), inputs: { ticket: 'Größe 漢字' }, stream: true };
	const response = await request(address, '/completion-model-config', call);
	const body = Buffer.from(await response.arrayBuffer());
	assert.ok(body.every((byte) => byte < 0x7f));
	const outputs = body
		.toString('ascii')
		.split('\n\n')
		.filter((event) => event.startsWith('data: '))
		.map((event) => (JSON.parse(event.slice('data: '.length)) as { data: [{ output: string }] }).data[0].output);
	assert.equal(outputs.join(''), 'Schöne Grüße 🎉 Größe 漢字');
});
