import assert from 'node:assert/strict';
import test, { describe } from 'node:test';
import { parseCost } from '../costCalls.ts';
import { startHost } from '../host.ts';
import { ask, logsOf, send, type Sent, until } from '../provider.ts';
import { readEvents } from '../setup.ts';
import { type Actor, type Body, inServer, spare, startActor, startChain, usageOf, whole } from './chain.ts';

/** A call, plain or as a stream, and what its caller sees of it. */
async function go(address: string, call: object, stream: boolean, sent: Sent = {}) {
	if (!stream) {
		const { status, body, headers, shouldRetry } = await ask(address, call, sent);
		const texts = body.data?.map(({ output }) => output) ?? [];
		return { status, texts, detail: body.detail?.message, cost: parseCost(headers.get('x-cost')), shouldRetry };
	}
	const response = await send(address, { ...call, stream: true }, sent);
	const comment = (text: string) => /: X-Cost: (.*)\n/.exec(text)?.[1];
	const cost = parseCost(
		await response
			.clone()
			.text()
			.then(comment, () => undefined),
	);
	if (response.headers.get('content-type')?.includes('event-stream') !== true) {
		const { detail } = (await response.json()) as { detail: { message: string } };
		return { status: response.status, texts: [], detail: detail.message, cost, shouldRetry: undefined };
	}
	const { events } = await readEvents(response);
	const texts: string[] = [];
	for (const { data } of events)
		for (const { index, output } of data ?? []) texts[index] = (texts[index] ?? '') + output;
	const detail = events.map((event) => event.detail?.message).find((message) => message !== undefined);
	return { status: response.status, texts, detail, cost, shouldRetry: undefined };
}

for (const stream of [false, true]) {
	describe(stream ? 'streamed' : 'plain', () => {
		for (const [what, act, calls] of [
			['429', { status: 429 }, 3],
			['500', { status: 500 }, 3],
			['522', { status: 522 }, 1],
			['529', { status: 529 }, 3],
			['504', { status: 504 }, 1],
			['an account without credit', { status: 429, code: 'insufficient_quota' }, 1],
			['a pause of 15 seconds', { status: 429, retryAfter: 15 }, 1],
			['a connection that closes', 'hang up', 3],
		] as const) {
			test(`after ${what}, two samples come from the fallback, at its price, and each log says so`, async (t) => {
				const first = await startActor(t, 'first', act);
				const second = await startActor(t, 'spare', whole);
				const { api, address, call } = await startChain(t, [first, second]);
				const { texts, cost } = await go(address, { ...call, num_samples: 2 }, stream);
				assert.deepEqual(texts, ['By spare', 'By spare']);
				assert.deepEqual([first.state.calls, second.state.calls], [calls, 1]);
				assert.equal(cost['prompt_cost'], '0.002');
				assert.equal(cost['output_cost'], '0.002');
				// Behind a gateway that gave up, the model may have been at work.
				const mayCharge = what === '504' || what === '522';
				assert.equal(cost['charged'], mayCharge ? 'unknown' : '0.004');
				const sent = second.bodies()[0] as Body & Record<string, unknown>;
				assert.deepEqual([sent.model, sent.n], ['spare-1', 2]);
				assert.equal(JSON.stringify([first.state.bodies, second.state.bodies]).includes('humanloop_server'), false);
				const logs = await logsOf(api);
				assert.equal(logs.length, 2);
				for (const log of logs) {
					assert.match(
						log.stdout ?? '',
						/^("first-1" of openai failed and was asked again: .+\n)*"first-1" of openai failed: .+\n"spare-1" of spare answered\.$/,
					);
					assert.equal((log.provider_request as Body).model, 'spare-1');
				}
				assert.equal(
					logs.reduce((sum, log) => sum + (log.prompt_cost ?? 0), 0),
					0.002,
				);
				const usage = await usageOf(api);
				assert.deepEqual(
					usage.map((record) => [record.provider, record.calls, record.unpriced_calls, record.cost]),
					[...(mayCharge ? [['openai', 0, 1, null]] : []), ['spare', 1, 0, 0.004]],
				);
			});
		}

		for (const status of [400, 401, 403, 404, 422]) {
			test(`after ${status}, no other model is asked`, async (t) => {
				const first = await startActor(t, 'first', { status });
				const second = await startActor(t, 'spare', whole);
				const { address, call } = await startChain(t, [first, second]);
				const { detail } = await go(address, call, stream);
				assert.equal(detail, `first says ${status}`);
				assert.deepEqual([first.state.calls, second.state.calls], [1, 0]);
			});
		}

		test('an answer that broke off was paid for: no other model is asked', async (t) => {
			const first = await startHost(t, (response) => {
				response.writeHead(200, { 'content-type': stream ? 'text/event-stream' : 'application/json' });
				response.write(
					stream ? `data: ${JSON.stringify({ choices: [{ index: 0, delta: { content: 'On' } }] })}\n\n` : '{',
				);
				setImmediate(() => response.destroy());
			});
			const second = await startActor(t, 'spare', whole);
			const { api, address, call } = await startChain(t, [first as Actor, second]);
			await go(address, call, stream);
			assert.match((await logsOf(api))[0].error ?? '', /broke before the response was whole/);
			assert.deepEqual([first.state.calls, second.state.calls], [1, 0]);
		});

		test('the models are asked in order, and the error of the first says how the others failed', async (t) => {
			const first = await startActor(t, 'first', { status: 503 });
			const second = await startActor(t, 'spare', { status: 500 });
			const third = await startActor(t, 'last', { status: 401 }, whole);
			const { api, address, call } = await startChain(t, [first, second, third]);
			const { detail } = await go(address, call, stream);
			const message =
				'first says 503 The fallback "spare-1" of spare failed too: spare says 500 ' +
				'The fallback "last-1" of last failed too: last says 401';
			assert.equal(detail, message);
			assert.deepEqual(
				[first, second, third].map(({ state }) => state.calls),
				[3, 3, 1],
			);
			assert.equal((await logsOf(api))[0].error, message);
			const again = await go(address, call, stream);
			assert.deepEqual(again.texts, ['By last']);
		});

		test('samples that came stay, and only those that are missing are asked for', async (t) => {
			const first = await startActor(t, 'first', { samples: 1 }, { status: 429, retryAfter: 30 });
			const second = await startActor(t, 'spare', whole);
			const { api, address, call } = await startChain(t, [first, second]);
			const sent = { key: 'k' };
			const ran = await go(address, { ...call, num_samples: 3 }, stream, sent);
			assert.deepEqual(ran.texts, ['By first', 'By spare', 'By spare']);
			assert.equal(second.bodies()[0]?.n, 2);
			// 1,000 tokens at $1 and at $2, 100 at $10 and at $20.
			assert.deepEqual(
				[ran.cost['prompt_cost'], ran.cost['output_cost'], ran.cost['charged']],
				['0.003', '0.003', '0.006'],
			);
			const replay = await go(address, { ...call, num_samples: 3 }, stream, sent);
			assert.deepEqual(replay.texts, ran.texts);
			assert.equal(replay.cost['charged'], '0');
			const logs = (await logsOf(api)).toSorted((a, b) => a.output!.localeCompare(b.output!));
			assert.deepEqual(
				logs.map((log) => [(log.provider_request as Body).model, log.stdout === null]),
				[
					['first-1', true],
					['spare-1', false],
					['spare-1', false],
				],
			);
			assert.equal(
				logs.reduce((sum, log) => sum + (log.prompt_cost ?? 0) + (log.output_cost ?? 0), 0),
				0.006,
			);
			const usage = await usageOf(api);
			const counted = usage.map((record) => [record.provider, record.calls, record.cost]);
			assert.deepEqual(counted, [
				['openai', 1, 0.002],
				['spare', 0, 0.004],
			]);
			assert.equal((await usageOf(api, undefined))[0]?.calls, 1);
		});

		test('a model that says nothing is given up after its share of the time', async (t) => {
			const first = await startActor(t, 'first', 'silence');
			const second = await startActor(t, 'spare', whole);
			const { api, address, call } = await startChain(t, [first, second], { providerTimeoutMs: 4_000 });
			const { texts, cost } = await go(address, call, stream);
			assert.deepEqual(texts, ['By spare']);
			assert.deepEqual([cost['prompt_cost'], cost['charged']], ['0.002', 'unknown']);
			assert.match(
				(await logsOf(api))[0].stdout ?? '',
				/^"first-1" of openai failed: .* did not begin to answer within/,
			);
			const usage = await usageOf(api);
			const counted = usage.map((record) => [record.provider, record.calls, record.unpriced_calls]);
			assert.deepEqual(counted, [
				['openai', 0, 1],
				['spare', 1, 0],
			]);
			await until(() => first.state.open === 0);
		});
	});
}

test('a stream that begins with a tool call has begun to answer', async (t) => {
	const first = await startHost(t, (response) => {
		response.writeHead(200, { 'content-type': 'text/event-stream' });
		const write = (delta: object, finish_reason: string | null = null) =>
			response.write(`data: ${JSON.stringify({ id: 'x', choices: [{ index: 0, delta, finish_reason }] })}\n\n`);
		const part = (text: string) => ({
			index: 0,
			id: 'call_1',
			type: 'function',
			function: { name: 'find', arguments: text },
		});
		write({ tool_calls: [part('{')] });
		// Its share of the time is over by then, and the call's is not.
		setTimeout(() => {
			write({ tool_calls: [{ index: 0, function: { arguments: '}' } }] });
			write({}, 'tool_calls');
			response.end('data: [DONE]\n\n');
		}, 4_000);
	});
	const second = await startActor(t, 'spare', whole);
	const tools = [{ name: 'find', description: 'Finds it.', parameters: { type: 'object', properties: {} } }];
	const { api, address } = await startChain(t, [first as Actor, second], { providerTimeoutMs: 6_000 });
	const model = { provider: 'openai', model: 'first-1', chat_template: [], tools, other: inServer([spare]) };
	const messages = [{ role: 'user', content: 'Find it.' }];
	const response = await send(
		address,
		{ project: 'tickets', model_config: model, messages, stream: true },
		{ path: '/chat' },
	);
	assert.equal(response.status, 200, await response.text());
	const [log] = await logsOf(api);
	assert.deepEqual([log.error, log.finish_reason, second.state.calls], [null, 'tool_call', 0]);
});
