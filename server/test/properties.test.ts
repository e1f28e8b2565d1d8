import assert from 'node:assert/strict';
import { once } from 'node:events';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import test from 'node:test';
import { createParser } from 'eventsource-parser';
import fc from 'fast-check';
import type { CompletionResponse } from '../src/contract/completions.ts';
import { eventsOf } from '../src/domain/completions/response.ts';
import { fingerprintOf } from '../src/domain/idempotency/savedResponses.ts';
import { fillTemplates, variablesOf } from '../src/domain/prompts/template.ts';
import { frame } from '../src/http/eventStream.ts';
import { send, startWith } from './provider.ts';
import { readEvents } from './setup.ts';

/** Any text, with much of what means something in templates, events and JSON. */
const anyText = fc.oneof(
	fc.string({ unit: 'binary' }),
	fc
		.array(
			fc.constantFrom(
				'{{',
				'}}',
				'{{a}}',
				'{{ b }}',
				'a',
				'$&',
				'$1',
				'\n',
				'\r',
				'\r\n\r\n',
				'data: ',
				'ü',
				'🎉',
				'\u2028',
				'"',
				'\\',
				' ',
			),
		)
		.map((parts) => parts.join('')),
);

test('templates: what an input says goes in as it is, and the text around stays', () => {
	fc.assert(
		fc.property(
			fc.array(anyText.filter((text) => variablesOf(text).length === 0 && !/[{}]/.test(text))),
			fc.array(anyText, { minLength: 1 }),
			(around, values) => {
				const inputs = Object.fromEntries(values.map((value, index) => [`v${index}`, value]));
				const names = Object.keys(inputs);
				const template = around.map((text, index) => `${text}{{${names[index % names.length]}}}`).join('');
				const expected = around.map((text, index) => `${text}${values[index % values.length]}`).join('');
				assert.equal(fillTemplates([template], inputs)[0], expected);
			},
		),
		{ numRuns: 2000 },
	);
});

test('templates: any text is filled when every variable has a value', () => {
	fc.assert(
		fc.property(anyText, anyText, (template, value) => {
			const inputs = Object.fromEntries(variablesOf(template).map((name) => [name, value]));
			const filled = fillTemplates([template], inputs)[0];
			if (variablesOf(template).length === 0) assert.equal(filled, template);
		}),
		{ numRuns: 2000 },
	);
});

test('events: any text comes through, wherever the bytes are cut', () => {
	fc.assert(
		fc.property(
			fc.array(anyText, { minLength: 1, maxLength: 5 }),
			fc.array(fc.nat(300), { maxLength: 10 }),
			(texts, cuts) => {
				const bytes = Buffer.from(texts.map((output) => frame({ output })).join(''));
				const read: unknown[] = [];
				const parser = createParser({ onEvent: ({ data }) => read.push(JSON.parse(data)) });
				const decoder = new TextDecoder();
				let from = 0;
				for (const cut of [...cuts, bytes.length].sort((a, b) => a - b)) {
					const to = Math.min(cut, bytes.length);
					parser.feed(decoder.decode(bytes.subarray(from, to), { stream: true }));
					from = to;
				}
				assert.deepEqual(
					read,
					texts.map((output) => ({ output })),
				);
			},
		),
		{ numRuns: 2000 },
	);
});

test("a provider's stream: any text comes through to the caller, wherever the provider's bytes are cut", async (t) => {
	let next: { text: string; cuts: number[] } = { text: '', cuts: [] };
	// Few lines instead of aimock, which sends whole events.
	const host = createServer((incoming, response) => {
		incoming.resume().on('end', () => {
			const chunk = (content: string, finish: string | null) =>
				`data: ${JSON.stringify({ id: 'x', choices: [{ index: 0, delta: { content }, finish_reason: finish }] })}\n\n`;
			const bytes = Buffer.from(chunk(next.text, null) + chunk('', 'stop') + 'data: [DONE]\n\n');
			response.setHeader('content-type', 'text/event-stream');
			let from = 0;
			const writeNext = () => {
				const cut = next.cuts.shift();
				const to = cut === undefined ? bytes.length : Math.min(bytes.length, from + cut);
				response.write(bytes.subarray(from, to));
				from = to;
				if (from === bytes.length) response.end();
				else setImmediate(writeNext);
			};
			writeNext();
		});
	}).listen(0, '127.0.0.1');
	await once(host, 'listening');
	t.after(() => host.close());
	const { address, call } = await startWith(t, { url: `http://127.0.0.1:${(host.address() as AddressInfo).port}` });
	await fc.assert(
		fc.asyncProperty(anyText, fc.array(fc.integer({ min: 1, max: 40 }), { maxLength: 8 }), async (text, cuts) => {
			next = { text, cuts: [...cuts] };
			const { events, broken } = await readEvents(await send(address, { ...call, stream: true }));
			assert.equal(broken, undefined);
			assert.equal(events.map(({ data }) => data[0].raw_output).join(''), text);
			assert.equal(events.at(-1)!.data[0].finish_reason, 'stop');
		}),
		{ numRuns: 150 },
	);
});

test('a replayed stream says what the answer says', () => {
	const sample = fc.record({ id: fc.string(), raw_output: anyText, finish_reason: fc.option(fc.string()) });
	fc.assert(
		fc.property(fc.array(sample, { minLength: 1, maxLength: 5 }), (samples) => {
			const data = samples.map((own, index) => ({ ...own, index, output: own.raw_output.trim() }));
			const events = [...eventsOf({ data, provider_responses: [{}], usage: null } as unknown as CompletionResponse)];
			for (const { index, id, raw_output: whole, finish_reason: reason } of data) {
				const own = events.map((event) => event.data[0]!).filter((one) => one.index === index);
				assert.equal(own.map(({ raw_output: text }) => text).join(''), whole);
				assert.ok(own.every((one) => one.id === id));
				assert.equal(own.at(-1)!.finish_reason, reason);
			}
			assert.deepEqual(events.at(-1)!.provider_responses, [{}]);
		}),
	);
});

test('fingerprints: the order of keys makes no difference, any other change does', () => {
	const turned = (value: unknown): unknown => {
		if (Array.isArray(value)) return value.map(turned);
		if (typeof value !== 'object' || value === null) return value;
		return Object.fromEntries(
			Object.entries(value)
				.reverse()
				.map(([key, inner]) => [key, turned(inner)]),
		);
	};
	const inputs = fc.dictionary(fc.string(), fc.jsonValue());
	const print = (given: Record<string, unknown>) => fingerprintOf('POST /x', { model_config_id: 'c', inputs: given });
	fc.assert(fc.property(inputs, (given) => print(given) === print(turned(given) as typeof given)));
	fc.assert(
		fc.property(inputs, fc.string(), fc.jsonValue(), (given, key, value) => {
			if (!Object.hasOwn(given, key)) assert.notEqual(print(given), print({ ...given, [key]: value }));
		}),
	);
	assert.notEqual(
		fingerprintOf('POST /x', { model_config_id: 'c' }),
		fingerprintOf('POST /y', { model_config_id: 'c' }),
	);
});
