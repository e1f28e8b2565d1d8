import assert from 'node:assert/strict';
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import test, { type TestContext } from 'node:test';
import { startProvider } from './provider.ts';
import { type ProviderBody, readEvents, request, startApi, tempDir } from './setup.ts';

const path = '/completion-model-config';

const mock = {
	replies: [
		{ when: { language: 'german', message: ['kaputt', 'defekt'] }, reply: 'Guten Tag {{ name }}, das tut uns leid.' },
		{ when: { message: ['refund', 'money back'] }, reply: ['refund 3', 'refund 4', 'refund 5'] },
	],
	otherwise: 'question 1',
};

const tickets = { prompt_template: '{{name}}, {{language}}: {{message}}. Answer with refund or question.' };

/** A server with one mock config, and a function that runs it and returns the outputs. */
async function startTriage(t: TestContext, config: Record<string, unknown> = {}) {
	const api = await startApi(t);
	const id = await api.config({ ...tickets, other: { humanloop_server: { mock } }, ...config });
	const ask = async (message: unknown, call: Record<string, unknown> = {}, inputs: Record<string, unknown> = {}) => {
		const body = { model_config_id: id, inputs: { name: 'Zoë', language: 'English', message, ...inputs }, ...call };
		const response = await api.post(path, body);
		assert.equal(response.status, 200, response.text);
		return response.body;
	};
	const outputs = async (...args: Parameters<typeof ask>) => (await ask(...args)).data.map(({ output }) => output);
	return { api, id, ask, outputs };
}

test('the first rule whose conditions all hold answers; what the prompt says beside the inputs is no condition', async (t) => {
	const { outputs } = await startTriage(t);
	assert.deepEqual(await outputs('I want my MONEY back'), ['refund 3']);
	assert.deepEqual(await outputs('Does it work on induction?'), ['question 1']);
	assert.deepEqual(await outputs('Er ist DEFEKT', {}, { language: 'German' }), ['Guten Tag Zoë, das tut uns leid.']);
	assert.deepEqual(await outputs('Er ist defekt'), ['question 1'], 'the language does not match');
	assert.deepEqual(await outputs({ text: 'refund!' }), ['refund 3'], 'an object is matched as the prompt shows it');
});

test('samples take the replies in turn, and a seed moves the first one', async (t) => {
	const { outputs } = await startTriage(t);
	const all = ['refund 3', 'refund 4', 'refund 5', 'refund 3'];
	for (let again = 0; again < 2; again += 1) assert.deepEqual(await outputs('refund', { num_samples: 4 }), all);
	assert.deepEqual(await outputs('refund', { num_samples: 2, seed: 2 }), ['refund 5', 'refund 3']);
	assert.deepEqual(await outputs('refund', { num_samples: 2, seed: -1 }), ['refund 5', 'refund 3']);
});

test('without a rule that holds and without "otherwise", the mock makes its sentences up', async (t) => {
	const { outputs } = await startTriage(t, { other: { humanloop_server: { mock: { replies: mock.replies } } } });
	assert.match(String(await outputs('Hello')), /“.*Hello.*”/);
});

test('a reply ends at max_tokens and at a stop sequence, and streams in pieces', async (t) => {
	const long = { humanloop_server: { mock: { otherwise: 'One two three. Four five six.' } } };
	const { ask } = await startTriage(t, { other: long, max_tokens: 2 });
	const [cut] = (await ask('x')).data;
	assert.partialDeepStrictEqual(cut, { output: 'One two', finish_reason: 'length' });

	const { api, id } = await startTriage(t, { other: long, stop: ' Four' });
	const body = { model_config_id: id, inputs: { name: 'a', language: 'b', message: 'c' }, stream: true };
	const { events } = await readEvents(await request(await api.listen(), path, body));
	const pieces = events.flatMap(({ data }) => data.map(({ output }) => output));
	assert.ok(pieces.length >= 4, JSON.stringify(pieces));
	assert.equal(pieces.join(''), 'One two three.');
});

test('a reply that inputs would make endless ends, soon', async (t) => {
	const other = { humanloop_server: { mock: { otherwise: '{{message}}'.repeat(300) } } };
	const { outputs } = await startTriage(t, { other });
	const [output] = await outputs('x'.repeat(1_000_000));
	assert.equal(output!.length, 4_000);
});

test('a variable without an input stays in a reply as it is', async (t) => {
	const { outputs } = await startTriage(t, {
		other: { humanloop_server: { mock: { otherwise: '{{name}} {{shop}}' } } },
	});
	assert.deepEqual(await outputs('x'), ['Zoë {{shop}}']);
});

test('what is wrong in canned replies is a 422 that names the field, when the config is stored', async (t) => {
	const api = await startApi(t);
	const post = (other: unknown) =>
		api.post('/model-configs', { project: 'x', provider: 'mock', model: 'mock-1', prompt_template: 'a', other });
	const inMock = (mock: unknown) => post({ humanloop_server: { mock } });
	const rule = (more: object) => inMock({ replies: [{ when: { a: 'b' }, reply: 'c', ...more }] });
	const cases: [Awaited<ReturnType<typeof post>>, (string | number)[]][] = [
		[await post({ humanloop_server: [] }), []],
		[await post({ humanloop_server: { mok: {} } }), ['mok']],
		[await inMock('hello'), ['mock']],
		[await inMock({ reply: 'hello' }), ['mock', 'reply']],
		[await inMock({ replies: {} }), ['mock', 'replies']],
		[await inMock({ replies: [{ reply: 'c' }] }), ['mock', 'replies', 0, 'when']],
		[await inMock({ replies: [{ when: { a: 'b' } }] }), ['mock', 'replies', 0, 'reply']],
		[await inMock({ replies: Array(201).fill({ when: {}, reply: 'c' }) }), ['mock', 'replies']],
		[await inMock({ otherwise: [] }), ['mock', 'otherwise']],
		[await inMock({ otherwise: ['a', 5] }), ['mock', 'otherwise', 1]],
		[await rule({ when: { message: '' } }), ['mock', 'replies', 0, 'when', 'message']],
		[await rule({ when: { message: 5 } }), ['mock', 'replies', 0, 'when', 'message']],
		[await rule({ reply: 'x'.repeat(4_001) }), ['mock', 'replies', 0, 'reply']],
		[await rule({ reply: 5 }), ['mock', 'replies', 0, 'reply']],
		[await rule({ reply: {} }), ['mock', 'replies', 0, 'reply', 'tool_calls']],
		[await rule({ reply: [{ tool_calls: [] }] }), ['mock', 'replies', 0, 'reply', 0, 'tool_calls']],
		[await rule({ reply: { tool_calls: [{}] } }), ['mock', 'replies', 0, 'reply', 'tool_calls', 0, 'name']],
		[
			await rule({ reply: { tool_calls: [{ name: 'x', arguments: '{}' }] } }),
			['mock', 'replies', 0, 'reply', 'tool_calls', 0, 'arguments'],
		],
		[await rule({ reply: { tool_calls: [{ name: 'x' }], text: '' } }), ['mock', 'replies', 0, 'reply', 'text']],
		[await rule({ last_message: '' }), ['mock', 'replies', 0, 'last_message']],
		[await rule({ then: 'x' }), ['mock', 'replies', 0, 'then']],
	];
	for (const [{ status, body, text }, loc] of cases) {
		assert.equal(status, 422, `${loc.join('.')}: ${text}`);
		assert.deepEqual(body.detail[0]!.loc, ['body', 'other', 'humanloop_server', ...loc], text);
		assert.ok(body.detail[0]!.msg.length > 10, text);
	}
	for (const other of [{ humanloop_server: null }, { humanloop_server: {} }, { humanloop_server: { mock: null } }])
		assert.equal((await post(other)).status, 200);
});

test('a .prompt file can have canned replies; what is wrong in them is told with its line', async (t) => {
	const promptsDir = tempDir(t);
	mkdirSync(join(promptsDir, 'support'));
	const file = join(promptsDir, 'support', 'triage.prompt');
	const head = ['---', 'model: mock-1', 'provider: mock', 'other:', '  humanloop_server:', '    mock:'];
	const write = (line: string) => writeFileSync(file, [...head, `      ${line}`, '---', 'Hello {{name}}'].join('\n'));
	write('otherwise: Hello {{name}}!');
	const api = await startApi(t, { promptsDir });
	const { configId } = api.prompts[0]!;
	const { body } = await api.post(path, { model_config_id: configId, inputs: { name: 'Zoë' } });
	assert.equal(body.data[0].output, 'Hello Zoë!');
	write('otherwise: 5');
	await assert.rejects(startApi(t, { promptsDir }), /line 4: other\.humanloop_server\.mock\.otherwise: /);
});

test('"humanloop_server" reaches no provider, and all else in "other" does', async (t) => {
	const provider = await startProvider(t);
	const api = await startApi(t, { providers: { openai: { baseUrl: provider.url } } });
	const other = { logit_bias: { 1: 2 }, vendor: { humanloop_server: 1 }, humanloop_server: { mock } };
	const id = await api.config({ ...tickets, provider: 'openai', model: 'gpt-6-luna', other });
	const inputs = { name: 'a', language: 'b', message: 'refund' };
	const { body, status, text } = await api.post(path, { model_config_id: id, inputs });
	assert.equal(status, 200, text);
	const received = provider.model.getLastRequest()?.body as unknown as ProviderBody;
	for (const sent of [received, body.provider_request]) {
		assert.equal('humanloop_server' in sent, false);
		assert.deepEqual([sent['logit_bias'], sent['vendor']], [{ 1: 2 }, { humanloop_server: 1 }]);
	}
	assert.deepEqual((await api.get(`/model-configs/${id}`)).body['other'], other, 'the config keeps it');

	const { ask } = await startTriage(t, { other });
	const { provider_request: logged } = await ask('refund');
	assert.deepEqual([logged['humanloop_server'], logged['vendor']], [undefined, { humanloop_server: 1 }]);
});
