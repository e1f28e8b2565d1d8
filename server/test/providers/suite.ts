import assert from 'node:assert/strict';
import test, { describe, type TestContext } from 'node:test';
import type { ChatMessage } from '../../src/contract/messages.ts';
import { ApiError } from '../../src/domain/apiError.ts';
import { until } from '../provider.ts';
import { type Asked, type Ran, runCall, textOf, tool } from '../sampling.ts';
import { type Capability, type StandIn, startLine } from './standIn.ts';

const serverKey = 'sk-canary-51c2aa-server';
const callerKey = 'sk-canary-7f3b9d-caller';
const canary = /canary|7f3b9d|51c2aa/;

const answer = 'It will come on Monday, as always.';
const picture = 'iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg==';

const weather = tool('get_weather', { type: 'object', properties: { city: { type: 'string' } }, required: ['city'] });
const schema = {
	name: 'answer_form',
	strict: true,
	schema: {
		type: 'object',
		properties: { day_of_week: { type: 'string' } },
		required: ['day_of_week'],
		additionalProperties: false,
	},
};

type Line = Awaited<ReturnType<typeof startLine>>;

async function errorOf(work: Promise<unknown>): Promise<ApiError> {
	const error = await work.then(
		() => assert.fail('nothing was thrown'),
		(thrown: unknown) => thrown,
	);
	if (error instanceof ApiError) return error;
	throw error;
}

function textIn({ outcome }: Ran, index = 0): string {
	return outcome.samples[index]?.text ?? '';
}

const image = (url: string): ChatMessage => ({
	role: 'user',
	content: [
		{ type: 'text', text: 'What is this?' },
		{ type: 'image_url', image_url: { url } },
	],
});

type Probed = Exclude<Capability, 'usage' | 'streamUsage'>;

/** What each provider is asked for that some cannot do. */
const asks: Record<Probed, Asked> = {
	frequency_penalty: { config: { frequency_penalty: 0.5 } },
	imageAddresses: { prompt: [image('https://example.com/a.png')] },
	images: { prompt: [image(`data:image/png;base64,${picture}`)] },
	jsonObject: { prompt: 'Answer in JSON.', config: { response_format: { type: 'json_object' } } },
	jsonSchema: { config: { response_format: { type: 'json_schema', json_schema: schema } } },
	logprobs: { logprobs: 2 },
	seed: { seed: 7 },
	suffix: { suffix: 'The end.' },
	tools: { tools: [weather] },
};

/** What the request must have in it if the provider can do it. Undefined: nothing that all providers share. */
const traces: Partial<Record<Capability, string>> = {
	frequency_penalty: '0.5',
	imageAddresses: 'https://example.com/a.png',
	images: picture,
	jsonSchema: 'day_of_week',
	seed: '7',
	tools: 'get_weather',
};

/** Runs the same tests for each provider: the real adapter, over a socket, against aimock behind a line that can break. */
export function providerSuite(name: string, standIn: StandIn): void {
	const { config, origin, keyField } = standIn;
	const settingsOf = (line: Line) => ({ openai: {}, ...standIn.settings(line.origin, serverKey) });
	const skip = (capability: Capability) => standIn.skip?.[capability] ?? standIn.cannot?.[capability] ?? false;

	async function start(t: TestContext, response: Parameters<Line['model']['onMessage']>[1] = { content: answer }) {
		const line = await startLine(t);
		line.model.onMessage(/.*/, response);
		const run = (asked: Asked = {}) => runCall({ ...asked, config: { ...config, ...asked.config } }, settingsOf(line));
		return { line, run };
	}

	describe(name, () => {
		for (const stream of [false, true]) {
			const how = stream ? 'streamed' : 'plain';

			test(`${how}: text, finish reason and usage, and a record of what went over the wire`, async (t) => {
				const { line, run } = await start(t);
				const ran = await run({ stream });
				assert.equal(textIn(ran), answer);
				assert.equal(ran.outcome.samples[0]?.finishReason, 'stop');
				assert.deepEqual(ran.request, line.sent[0]!.body);
				assert.equal(line.sent.length, 1);
				assert.equal(ran.outcome.responses.length, 1);
				assert.match(JSON.stringify(ran.outcome.responses[0]), /Monday/);
				if (stream) {
					assert.equal(textOf(ran, 0), answer);
					assert.ok(ran.deltas.length > 3, 'in pieces');
				}
				if (skip('usage') !== false || (stream && skip('streamUsage') !== false)) return;
				const { promptTokens = 0, generationTokens = 0 } = ran.outcome.usage ?? {};
				assert.ok(promptTokens > 0 && generationTokens > 0, JSON.stringify(ran.outcome.usage));
			});

			for (const samples of [2, 3]) {
				test(`${how}: ${samples} samples`, async (t) => {
					const { run } = await start(t);
					const ran = await run({ stream, numSamples: samples });
					assert.equal(ran.outcome.samples.length, samples);
					for (let index = 0; index < samples; index += 1) {
						assert.equal(textIn(ran, index), answer);
						if (stream) assert.equal(textOf(ran, index), answer);
					}
				});
			}

			test(`${how}: tool calls come whole, each with an ID`, { skip: skip('tools') }, async (t) => {
				const calls = [
					{ name: 'get_weather', arguments: '{"city":"Paris"}' },
					{ name: 'get_weather', arguments: '{"city":"Berlin"}' },
				];
				const { run } = await start(t, { toolCalls: calls });
				const { outcome } = await run({ stream, tools: [weather], toolChoice: 'auto' });
				const [sample] = outcome.samples;
				assert.equal(sample?.finishReason, 'tool_call');
				assert.deepEqual(
					sample.toolCalls.map(({ function: called }) => [called.name, JSON.parse(called.arguments ?? '') as unknown]),
					[
						['get_weather', { city: 'Paris' }],
						['get_weather', { city: 'Berlin' }],
					],
				);
				const ids = sample.toolCalls.map(({ id }) => id);
				assert.ok(
					ids.every((id) => id.length > 0),
					'an ID each',
				);
				assert.equal(new Set(ids).size, 2);
			});

			for (const [whose, keys, key, echoed] of [
				["the server's", {}, serverKey, serverKey],
				["the caller's", { [keyField]: callerKey }, callerKey, `${serverKey} or ${callerKey}`],
			] as const) {
				test(`${how}: ${whose} key is sent, and is nowhere if the host echoes it`, async (t) => {
					const { line, run } = await start(t, { content: `Yours is ${echoed}.` });
					const ran = await run({ stream, keys });
					assert.equal(standIn.keyOf(line.sent[0]!.headers), key);
					assert.match(textIn(ran), /^Yours is \[redacted\]( or \[redacted\])?\.$/);
					assert.doesNotMatch(JSON.stringify(ran), canary);
				});
			}

			test(`${how}: a connection that closes before the response can be tried again`, async (t) => {
				const { line, run } = await start(t);
				line.next({ hangUp: true });
				const error = await errorOf(run({ stream }));
				assert.deepEqual([error.status, error.origin, error.isRetryable], [503, origin, true]);
				assert.match(error.message, /^The connection to .* failed: ([A-Z_]+|it was closed before a response came)\.$/);
				assert.equal(line.sent.length, 1, 'nobody but the server tries again');
			});

			test(`${how}: a response that is cut off is an error and not asked for again`, async (t) => {
				const { line, run } = await start(t);
				line.next({ cutAfter: 150 });
				const error = await errorOf(run({ stream }));
				assert.deepEqual([error.status, error.origin, error.isRetryable], [503, origin, false], error.message);
				assert.equal(line.sent.length, 1);
			});

			test(`${how}: a response that pauses arrives whole`, async (t) => {
				const { line, run } = await start(t);
				const { promise, resolve } = Promise.withResolvers<void>();
				line.next({ pauseAfter: 100, until: promise });
				const running = run({ stream });
				await until(() => line.sent.length === 1);
				setTimeout(resolve, 50);
				assert.equal(textIn(await running), answer);
			});

			test(`${how}: an abort closes the connection, and its reason is what is thrown`, async (t) => {
				const { line, run } = await start(t);
				const { promise, resolve } = Promise.withResolvers<void>();
				t.after(() => resolve());
				line.next({ pauseAfter: 20, until: promise });
				const controller = new AbortController();
				const running = run({ stream, signal: controller.signal });
				await until(() => line.sent.length === 1);
				const reason = new Error('gone');
				controller.abort(reason);
				await assert.rejects(running, (thrown) => thrown === reason);
				await until(() => line.state.open === 0);
			});

			for (const [status, code, isRetryable] of [
				[400, 400, false],
				[401, 401, false],
				[403, 401, false],
				[404, 404, false],
				[422, 422, false],
				[429, 429, true],
				[500, 500, true],
				[503, 503, true],
				[529, 503, true],
			] as const) {
				test(`${how}: ${status} is a ${code} in the provider's words, without a key`, async (t) => {
					const message = `No, not with ${serverKey} or ${callerKey}.`;
					const { run } = await start(t, { error: { message, type: 'x' }, status, retryAfter: 7 });
					const error = await errorOf(run({ stream, keys: { [keyField]: callerKey } }));
					assert.deepEqual(
						[error.status, error.origin, error.isRetryable, error.message],
						[code, origin, isRetryable, 'No, not with [redacted] or [redacted].'],
					);
					if (status === 429) assert.equal(error.retryAfterMs, 7000);
				});
			}

			test(`${how}: a failure without a message says its status`, async (t) => {
				const { line, run } = await start(t);
				line.next({ status: 418 });
				const error = await errorOf(run({ stream }));
				assert.deepEqual([error.status, error.origin], [400, origin]);
				assert.match(error.message, /418/);
			});

			test(`${how}: a redirect is not followed`, async (t) => {
				const { line, run } = await start(t);
				line.next({ status: 307, headers: { location: 'http://127.0.0.2:1/x' } });
				const error = await errorOf(run({ stream }));
				assert.equal(error.status, 502);
				assert.match(error.message, /redirect to 127\.0\.0\.2:1/);
				assert.equal(line.sent.length, 1);
			});
		}

		for (const [capability, asked] of Object.entries(asks) as [Probed, Asked][]) {
			const reason = standIn.cannot?.[capability];
			if (reason === undefined) {
				test(`${capability} goes out`, { skip: standIn.skip?.[capability] ?? false }, async (t) => {
					const { line, run } = await start(t);
					await run(asked);
					const trace = traces[capability];
					if (trace !== undefined) assert.ok(JSON.stringify(line.sent[0]!.body).includes(trace), capability);
				});
				continue;
			}
			test(`${capability} is a 422 before any request: ${reason}`, async (t) => {
				const { line, run } = await start(t);
				const error = await errorOf(run(asked));
				assert.equal(error.status, 422);
				assert.ok(error.message.length > 20, error.message);
				assert.equal(line.sent.length, 0);
			});
		}

		test('a chat with the result of a tool', { skip: skip('tools') }, async (t) => {
			const { line, run } = await start(t);
			const call = { id: 'call_abc123', type: 'function' as const, function: { name: 'get_weather', arguments: '{}' } };
			const ran = await run({
				tools: [weather],
				prompt: [
					{ role: 'system', content: 'Be brief.' },
					{ role: 'user', content: 'Weather?' },
					{ role: 'assistant', content: null, tool_calls: [call] },
					{ role: 'tool', content: 'Sunny in Roswell', tool_call_id: 'call_abc123' },
				],
			});
			assert.equal(textIn(ran), answer);
			const body = JSON.stringify(line.sent[0]!.body);
			for (const said of ['Be brief.', 'Weather?', 'Sunny in Roswell']) assert.ok(body.includes(said), said);
		});

		test('a key that no header can hold is a 422 before any request, and not shown', async (t) => {
			const { line, run } = await start(t);
			const error = await errorOf(run({ keys: { [keyField]: 'sk-canary ключ' } }));
			assert.equal(error.status, 422);
			assert.doesNotMatch(error.message, canary);
			assert.ok(error.message.includes(`"${keyField}"`), error.message);
			assert.equal(line.sent.length, 0);
		});
	});
}
