import assert from 'node:assert/strict';
import { once } from 'node:events';
import { registerHooks } from 'node:module';
import { createServer, type Socket } from 'node:net';
import test, { type TestContext } from 'node:test';
import { type ReceivedSpan, startCollector } from './collector.ts';
import { headers, post, run, type Running, start } from './process.ts';
import { startProvider, until } from './provider.ts';
import { startApi, tempDir } from './setup.ts';

const providerKey = 'sk-canary-of-the-server-0123456789';
const callerKey = 'sk-canary-of-the-caller-0123456789';
const collectorKey = 'canary-of-the-collector-0123456789';
const prompt = 'canary prompt';

const route = '/v4/completion-model-config';

async function startServer(t: TestContext, providerUrl: string, env: Record<string, string>): Promise<Running> {
	return start(t, {
		DATA_DIR: tempDir(t),
		OPENAI_BASE_URL: providerUrl,
		OPENAI_API_KEY: providerKey,
		OTEL_BSP_SCHEDULE_DELAY: '10',
		...env,
	});
}

async function newCall(address: string, model = 'gpt-4o') {
	const { config } = await post(address, '/model-configs', {
		project: 'tickets',
		provider: 'openai',
		model,
		prompt_template: '{{what}}',
	});
	return { model_config_id: config.id, project: 'tickets', inputs: { what: prompt } };
}

async function send(address: string, call: object, more: Record<string, string> = {}) {
	const response = await fetch(`${address}/completion-model-config`, {
		method: 'POST',
		headers: { ...headers, ...more },
		body: JSON.stringify(call),
	});
	// The connection of a broken stream is cut.
	await response.text().catch(() => undefined);
	return { status: response.status, requestId: response.headers.get('x-request-id') };
}

/** Ends the server as a supervisor does. All spans have been sent then. */
async function close({ child }: Running): Promise<void> {
	child.kill('SIGTERM');
	await once(child, 'close');
}

function only(spans: ReceivedSpan[], kind: string): ReceivedSpan {
	const found = spans.filter((span) => span.kind === kind);
	assert.equal(found.length, 1, JSON.stringify(spans.map(({ name }) => name)));
	return found[0]!;
}

const server = 'SPAN_KIND_SERVER';
const client = 'SPAN_KIND_CLIENT';

test('a call has a span that continues its caller’s trace, and a span for its model, without content or keys', async (t) => {
	const provider = await startProvider(t, 'canary output');
	const collector = await startCollector(t);
	const running = await startServer(t, provider.url, {
		OTEL_EXPORTER_OTLP_ENDPOINT: collector.url,
		OTEL_EXPORTER_OTLP_HEADERS: `x-collector-key=${collectorKey}`,
		OTEL_SERVICE_NAME: 'prompts-of-berlin',
		OTEL_RESOURCE_ATTRIBUTES: 'deployment.environment.name=test',
	});
	const call = await newCall(running.address);
	const trace = '0af7651916cd43dd8448eb211c80319c';
	const { status, requestId } = await send(
		running.address,
		{ ...call, num_samples: 2, provider_api_keys: { openai: callerKey } },
		{ traceparent: `00-${trace}-b7ad6b7169203331-01`, authorization: `Bearer ${callerKey}` },
	);
	assert.equal(status, 200);
	await until(() => collector.spans().length === 3);
	const spans = collector.spans();
	const arrived = only(spans, server);
	assert.equal(arrived.name, `POST ${route}`);
	assert.deepEqual([arrived.traceId, arrived.parentSpanId], [trace, 'b7ad6b7169203331']);
	assert.deepEqual(arrived.attributes, {
		'http.request.method': 'POST',
		'http.route': route,
		'http.response.status_code': 200,
		'humanloop.request.id': requestId,
		'humanloop.replayed': false,
		'humanloop.reused': false,
	});
	assert.equal(arrived.resource['service.name'], 'prompts-of-berlin');
	assert.equal(arrived.resource['deployment.environment.name'], 'test');
	// aimock returns one sample at a time: the second one is asked for again.
	const asked = spans.filter(({ kind }) => kind === client);
	for (const span of asked) {
		assert.equal(span.name, 'chat gpt-4o');
		assert.deepEqual([span.traceId, span.parentSpanId], [trace, arrived.spanId]);
		assert.ok(span.seconds > 0 && span.seconds <= arrived.seconds, `${span.seconds} of ${arrived.seconds}`);
	}
	const { 'gen_ai.conversation.id': session, 'gen_ai.request.choice.count': choices, ...rest } = asked[0]!.attributes;
	assert.equal(session, undefined);
	assert.equal(choices, 2);
	assert.deepEqual(rest, {
		'gen_ai.operation.name': 'chat',
		'gen_ai.provider.name': 'openai',
		'gen_ai.request.model': 'gpt-4o',
		'gen_ai.prompt.name': 'tickets',
		'gen_ai.response.model': 'gpt-4o',
		'gen_ai.response.finish_reasons': ['stop'],
		'gen_ai.usage.input_tokens': 5,
		'gen_ai.usage.output_tokens': 9,
	});
	assert.equal(collector.headers[0]?.['x-collector-key'], collectorKey, 'the SDK reads its own variables');
	assert.deepEqual([...new Set(collector.paths)], ['/v1/traces']);
	await close(running);
	const bytes = collector.bytes().toString('latin1');
	assert.match(bytes, /gen_ai/);
	for (const secret of [providerKey, callerKey, collectorKey, headers['x-api-key'], 'Bearer', 'canary']) {
		assert.ok(!bytes.includes(secret), `spans contain ${secret}`);
		assert.ok(!running.err().includes(secret), `the log contains ${secret}`);
	}
	const passedOn = provider.model.getRequests()[0] as unknown as { headers: Record<string, string> };
	assert.equal(passedOn.headers['traceparent'], undefined, 'the provider does not learn of the trace');
});

test('the span of a call says where it came from, as far as the caller has said so', async (t) => {
	const provider = await startProvider(t);
	const collector = await startCollector(t);
	const running = await startServer(t, provider.url, { OTEL_EXPORTER_OTLP_ENDPOINT: collector.url });
	const call = await newCall(running.address);
	const origin = { execution_url: 'https://n8n.test/workflow/w/executions/7', node_name: 'Gr\u00fc\u00dfe' };
	await send(running.address, call, {
		'x-call-origin': String.raw`{"execution_url":"${origin.execution_url}","node_name":"Gr\u00fc\u00dfe"}`,
	});
	await until(() => collector.spans().some(({ kind }) => kind === server));
	const { attributes } = only(collector.spans(), server);
	const prefix = 'humanloop.origin.';
	const said = Object.entries(attributes).filter(([name]) => name.startsWith(prefix));
	assert.deepEqual(Object.fromEntries(said.map(([name, value]) => [name.slice(prefix.length), value])), origin);
});

test('retries are events, a stream has the time to its first chunk, and a replay has no span of a model', async (t) => {
	const provider = await startProvider(t);
	const collector = await startCollector(t);
	const running = await startServer(t, provider.url, { OTEL_EXPORTER_OTLP_ENDPOINT: collector.url });
	const call = await newCall(running.address);
	provider.next({ status: 503, message: prompt });
	const key = { 'idempotency-key': 'once' };
	assert.equal((await send(running.address, { ...call, stream: true }, key)).status, 200);
	await until(() => collector.spans().length === 2);
	const asked = only(collector.spans(), client);
	assert.deepEqual(
		asked.events.map(({ name, attributes }) => [name, attributes['error.type']]),
		[['retry', 'service_unavailable_error']],
	);
	assert.notEqual(asked.status, 'STATUS_CODE_ERROR');
	const firstChunk = asked.attributes['gen_ai.response.time_to_first_chunk'];
	assert.ok(typeof firstChunk === 'number' && firstChunk > 0 && firstChunk <= asked.seconds, String(firstChunk));
	const before = collector.spans().length;
	assert.equal((await send(running.address, call, key)).status, 200);
	await until(() => collector.spans().length > before);
	await close(running);
	const replay = only(collector.spans().slice(before), server);
	assert.equal(replay.attributes['humanloop.replayed'], true);
	assert.equal(collector.spans().length, before + 1);
});

test('errors have their type and no message, because providers quote prompts', async (t) => {
	const provider = await startProvider(t);
	const collector = await startCollector(t);
	const running = await startServer(t, provider.url, {
		OTEL_EXPORTER_OTLP_ENDPOINT: collector.url,
		OTEL_EXPORTER_OTLP_COMPRESSION: 'gzip',
	});
	const call = await newCall(running.address);
	provider.next({ status: 400, message: `I do not like "${prompt}"` });
	assert.equal((await send(running.address, call)).status, 400);
	provider.next(429, 429, 429);
	assert.equal((await send(running.address, call)).status, 429);
	assert.equal((await send(running.address, { ...call, stream: true, inputs: { what: 'cut' } })).status, 200);
	assert.equal((await send(running.address, { ...call, model_config_id: 'config_none' })).status, 404);
	await close(running);
	const spans = collector.spans();
	const told = (kind: string) =>
		spans.filter((span) => span.kind === kind).map(({ status, attributes }) => [status, attributes['error.type']]);
	assert.deepEqual(told(client), [
		['STATUS_CODE_ERROR', 'bad_request_error'],
		['STATUS_CODE_ERROR', 'rate_limit_error'],
		['STATUS_CODE_ERROR', 'service_unavailable_error'],
	]);
	assert.deepEqual(
		spans
			.filter(({ kind }) => kind === server)
			.map(({ status, attributes }) => [
				attributes['http.response.status_code'],
				status ?? 'STATUS_CODE_UNSET',
				attributes['error.type'],
			]),
		[
			[400, 'STATUS_CODE_UNSET', undefined],
			[429, 'STATUS_CODE_UNSET', undefined],
			[503, 'STATUS_CODE_ERROR', 'service_unavailable_error'],
			[404, 'STATUS_CODE_UNSET', undefined],
		],
	);
	assert.ok(spans.every(({ statusMessage }) => !statusMessage));
	assert.ok(!collector.bytes().toString('latin1').includes('canary'));
});

/** A collector that accepts connections and never responds. */
async function startSilent(t: TestContext): Promise<string> {
	const sockets = new Set<Socket>();
	const silent = createServer((socket) => sockets.add(socket)).listen(0, '127.0.0.1');
	await once(silent, 'listening');
	t.after(() => {
		for (const socket of sockets) socket.destroy();
		silent.close();
	});
	return `http://127.0.0.1:${(silent.address() as { port: number }).port}`;
}

test('a collector that is gone or silent fails no call, is reported once, and does not hold up the end', async (t) => {
	const provider = await startProvider(t);
	const collector = await startCollector(t, { status: 403 });
	for (const [endpoint, reason] of [
		['http://127.0.0.1:9', 'ECONNREFUSED'],
		[collector.url, 'HTTP status 403'],
	] as const) {
		const running = await startServer(t, provider.url, {
			OTEL_EXPORTER_OTLP_ENDPOINT: endpoint,
			OTEL_EXPORTER_OTLP_HEADERS: `x-collector-key=${collectorKey}`,
			// The first pause before a repeat is longer: 0.8 to 1.2 seconds.
			OTEL_EXPORTER_OTLP_TIMEOUT: '700',
		});
		const call = await newCall(running.address);
		const failed = async () => {
			const text = await (await fetch(`${running.address.replace('/v4', '')}/metrics`)).text();
			return Number(/^humanloop_span_export_errors_total (\d+)$/m.exec(text)![1]);
		};
		for (const times of [1, 2, 3]) {
			assert.equal((await send(running.address, call)).status, 200);
			await until(async () => (await failed()) >= times);
		}
		await close(running);
		const lines = running.err().trimEnd().split('\n');
		assert.equal(lines.length, 1, running.err());
		assert.match(lines[0]!, new RegExp(`Spans cannot be exported to OTEL_EXPORTER_OTLP_ENDPOINT \\(${reason}\\)`));
		assert.ok(!running.err().includes('canary'));
	}
	const held = await startServer(t, provider.url, {
		OTEL_EXPORTER_OTLP_ENDPOINT: await startSilent(t),
		OTEL_EXPORTER_OTLP_TIMEOUT: '120000',
		OTEL_BSP_EXPORT_TIMEOUT: '120000',
	});
	assert.equal((await send(held.address, await newCall(held.address))).status, 200);
	const startedAt = performance.now();
	await close(held);
	assert.ok(performance.now() - startedAt < 60_000, 'the last export has five seconds');
	assert.equal(held.child.exitCode, 0);
});

test('the SDK’s own variables choose the sampler; what it cannot use is told at the start, without secrets', async (t) => {
	const provider = await startProvider(t);
	const collector = await startCollector(t);
	const off = await startServer(t, provider.url, {
		OTEL_EXPORTER_OTLP_TRACES_ENDPOINT: `${collector.url}/v1/traces`,
		OTEL_TRACES_SAMPLER: 'parentbased_always_off',
		OTEL_BSP_EXPORT_TIMEOUT: 'soon',
	});
	await until(() => /^OpenTelemetry: .*OTEL_BSP_EXPORT_TIMEOUT/m.test(off.err()));
	const call = await newCall(off.address);
	assert.equal((await send(off.address, call)).status, 200);
	const traceparent = '00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01';
	assert.equal((await send(off.address, call, { traceparent })).status, 200);
	const malformed = { traceparent: `00-${'0'.repeat(32)}-${'0'.repeat(16)}-01`, tracestate: '=,;='.repeat(100) };
	assert.equal((await send(off.address, call, malformed)).status, 200);
	await close(off);
	assert.deepEqual(
		collector.spans().map(({ traceId }) => traceId),
		Array(2).fill('0af7651916cd43dd8448eb211c80319c'),
		'only the trace that its caller samples',
	);
	const wrong = run(t, { PORT: '0', DATA_DIR: tempDir(t), OTEL_EXPORTER_OTLP_ENDPOINT: 'http://me:canary@host' });
	const closed: unknown[] = await once(wrong.child, 'close');
	assert.equal(closed[0], 1);
	assert.match(wrong.err(), /^OTEL_EXPORTER_OTLP_ENDPOINT cannot be used: it must be an http or https address/);
	assert.ok(!wrong.err().includes('canary'));
});

test('nothing of OpenTelemetry is loaded unless spans are exported', async (t) => {
	const loaded: string[] = [];
	const hooks = registerHooks({
		load(url, context, next) {
			if (url.includes('@opentelemetry')) loaded.push(url);
			return next(url, context);
		},
	});
	t.after(() => hooks.deregister());
	const api = await startApi(t);
	const call = { model_config_id: await api.config(), inputs: { ticket: 'late' } };
	assert.equal((await api.post('/completion-model-config', call)).status, 200);
	assert.deepEqual(loaded, []);
});
