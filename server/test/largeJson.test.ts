import assert from 'node:assert/strict';
import test, { type TestContext } from 'node:test';
import { jsonOf, writeOnce } from '../src/domain/largeJson.ts';
import { startHost } from './host.ts';
import { ask, logsOf, startWith } from './provider.ts';

/** A host that keeps what it was sent, and answers with so many samples. */
async function startKeeping(t: TestContext) {
	const sent: unknown[] = [];
	const host = await startHost(t, (response, text) => {
		const body = JSON.parse(text) as { n: number };
		sent.push(body);
		const choices = Array.from({ length: body.n }, (_, index) => {
			return { index, message: { role: 'assistant', content: `Answer ${index}` }, finish_reason: 'stop' };
		});
		response.setHeader('content-type', 'application/json');
		response.end(JSON.stringify({ id: 'x', object: 'chat.completion', choices }));
	});
	return { host, sent };
}

/** What JSON has to escape, what looks like JSON, and what a replacement could take for a pattern. */
const awkward = 'It says "$& $1 \\ {"a":0}" \n\t\u0001 and costs 5 €. 😀 ';

for (const [name, repeats] of [
	['short', 1],
	['long', 3_000],
] as const) {
	test(`${name} inputs are the same for the host, the caller, a repeat and the log, in each sample`, async (t) => {
		const { host, sent } = await startKeeping(t);
		const { api, address, call } = await startWith(t, host);
		const inputs = { what: awkward.repeat(repeats), more: { data: [awkward.repeat(repeats), null] } };
		const body = { ...call, inputs, num_samples: 3, metadata: { inputs } };
		const first = await ask(address, body, { key: 'k' });
		assert.equal(first.status, 200, first.text);
		const again = await ask(address, body, { key: 'k' });
		assert.deepEqual([again.replayed, again.text === first.text], [true, true]);
		const { data, metadata, provider_request: request } = first.body;
		assert.equal(sent.length, 1);
		assert.deepEqual(request, sent[0]);
		assert.deepEqual(metadata, { inputs });
		assert.deepEqual(
			data.map((sample: { inputs: unknown }) => sample.inputs),
			[inputs, inputs, inputs],
		);
		for (const log of await logsOf(api)) {
			assert.deepEqual(log.inputs, inputs);
			assert.deepEqual(log.provider_request, sent[0]);
		}
	});
}

test('what a schema leaves out or repeats is written as without known texts', () => {
	const large = { text: awkward.repeat(3_000) };
	const other = { text: 'b'.repeat(20_000) };
	for (const value of [large, other]) jsonOf(value);
	const response = { a: large, data: [{ b: large, c: 1 }, { b: other }, null], d: { e: large } };
	assert.equal(writeOnce(response, JSON.stringify), JSON.stringify(response));
	const onlyA = ({ a }: Partial<typeof response>) => JSON.stringify({ a });
	assert.equal(writeOnce(response, onlyA), JSON.stringify({ a: large }));
});
