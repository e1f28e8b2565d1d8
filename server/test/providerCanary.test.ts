import assert from 'node:assert/strict';
import { once } from 'node:events';
import test from 'node:test';
import { startCollector } from './collector.ts';
import { headers, post, start } from './process.ts';
import { startLine } from './providers/standIn.ts';
import { until } from './provider.ts';
import { tempDir } from './setup.ts';
import { storedText } from './storage/disturb.ts';

/** Each provider: a model, and the variables for its address and its key. `path` is what its address ends with. */
const table: Record<
	string,
	{ model?: string; address: string; key: string; path?: string; more?: Record<string, string> }
> = {
	openai: { address: 'OPENAI_BASE_URL', key: 'OPENAI_API_KEY' },
	openai_azure: { address: 'AZURE_OPENAI_ENDPOINT', key: 'AZURE_OPENAI_API_KEY', path: '' },
	groq: { address: 'PROVIDER_GROQ_BASE_URL', key: 'GROQ_API_KEY' },
	deepseek: { address: 'PROVIDER_DEEPSEEK_BASE_URL', key: 'DEEPSEEK_API_KEY' },
	mistral: { address: 'PROVIDER_MISTRAL_BASE_URL', key: 'MISTRAL_API_KEY' },
	cohere: { address: 'PROVIDER_COHERE_BASE_URL', key: 'COHERE_API_KEY' },
	ollama: { address: 'OLLAMA_BASE_URL', key: 'PROVIDER_OLLAMA_API_KEY' },
	my_gateway: { address: 'PROVIDER_MY_GATEWAY_BASE_URL', key: 'PROVIDER_MY_GATEWAY_API_KEY' },
	my_endpoint: { address: 'PROVIDER_MY_ENDPOINT_BASE_URL', key: 'PROVIDER_MY_ENDPOINT_API_KEY' },
	anthropic: { model: 'claude-sonnet-4-5', address: 'ANTHROPIC_BASE_URL', key: 'ANTHROPIC_API_KEY' },
	google: { model: 'gemini-3-flash-preview', address: 'GOOGLE_BASE_URL', key: 'GOOGLE_API_KEY', path: '' },
	bedrock: {
		...{ model: 'eu.anthropic.claude-sonnet-4-5-20250929-v1:0', path: '', more: { AWS_REGION: 'eu-west-1' } },
		...{ address: 'BEDROCK_BASE_URL', key: 'AWS_BEARER_TOKEN_BEDROCK' },
	},
};

const serverKeyOf = (provider: string) => `sk-canary-server-${provider}-0123456789`;
const callerKeyOf = (provider: string) => `sk-canary-caller-${provider}-0123456789`;

test('no key of any provider is in a table, a file, a log line, an error, a metric or a span, though hosts echo it', async (t) => {
	const line = await startLine(t);
	const collector = await startCollector(t);
	const env: Record<string, string> = {};
	for (const [provider, { address, key, path = '/v1', more }] of Object.entries(table)) {
		Object.assign(env, more, { [address]: `${line.origin}${path}`, [key]: serverKeyOf(provider) });
		const echo = `${serverKeyOf(provider)} or ${callerKeyOf(provider)}`;
		line.model.onMessage(`<${provider}> parrot`, { content: `Yours is ${echo}.` });
		line.model.onMessage(`<${provider}> refuse`, { error: { message: `Not with ${echo}.`, type: 'x' }, status: 401 });
	}
	const dataDir = tempDir(t);
	const { address, child, out, err } = await start(t, {
		...{ ...env, DATA_DIR: dataDir, LOG_LEVEL: 'trace', OTEL_EXPORTER_OTLP_ENDPOINT: collector.url },
		OTEL_BSP_SCHEDULE_DELAY: '10',
	});
	const seen: string[] = [];
	const read = async (path: string, init: RequestInit = {}) => {
		const response = await fetch(`${address}${path}`, { headers, ...init });
		const text = await response.text().catch(() => 'broken');
		seen.push(JSON.stringify([...response.headers]), text);
		return { status: response.status, text };
	};
	for (const [provider, { model = 'gpt-4o' }] of Object.entries(table)) {
		const echo = `${serverKeyOf(provider)} or ${callerKeyOf(provider)}`;
		const { config } = await post(address, '/model-configs', {
			...{ project: provider, provider, model, prompt_template: '<{{provider}}> {{what}}' },
		});
		const ask = (what: string, stream: boolean, keys: object) =>
			read('/completion-model-config', {
				method: 'POST',
				headers: { ...headers, 'x-max-retries': '0' },
				body: JSON.stringify({
					...{ model_config_id: config.id, project: provider, inputs: { provider, what }, stream },
					provider_api_keys: keys,
				}),
			});
		for (const stream of [false, true]) {
			for (const keys of [{}, { [provider]: callerKeyOf(provider) }]) {
				const about = `${provider}, stream: ${stream}, keys: ${Object.keys(keys).length}`;
				if (Object.keys(keys).length > 0) {
					const answer = await ask('parrot', stream, keys);
					assert.equal(answer.status, 200, `${about}: ${answer.text}`);
					const refused = await ask('refuse', stream, keys);
					assert.match(refused.text, /Not with \[redacted\] or \[redacted\]\./, about);
				}
				const known = Object.keys(keys).length > 0 ? echo : serverKeyOf(provider);
				for (const fault of [
					{ status: 500, headers: { 'x-echo': known }, body: `broken ${known}` },
					{ status: 400, body: JSON.stringify({ error: { message: known, code: known }, message: known }) },
					{ status: 200, headers: { 'x-request-id': known }, body: `{"${known}` },
					{ status: 307, headers: { location: `http://127.0.0.2:1/?key=${encodeURIComponent(known)}` } },
				]) {
					line.next(fault);
					const { status, text } = await ask('fault', stream, keys);
					assert.ok(status >= 400 || text.includes('detail') || text.includes('error'), `${about}: ${text}`);
				}
			}
		}
	}
	const { text: projects } = await read('/projects?size=100');
	for (const { id } of (JSON.parse(projects) as { records: { id: string }[] }).records)
		await read(`/logs?project_id=${id}&size=100`);
	await read('/models');
	const metrics = await (await fetch(new URL('/metrics', address))).text();
	await until(() => collector.spans().length > 100);
	child.kill('SIGTERM');
	await once(child, 'close');

	const sent = JSON.stringify(line.sent.map((request) => request.headers));
	const places = {
		responses: seen.join('\n'),
		database: await storedText(dataDir),
		output: out() + err(),
		spans: collector.bytes().toString('latin1'),
		metrics,
	};
	assert.match(places.responses, /Yours is \[redacted\] or \[redacted\]\./);
	assert.match(places.database, /Yours is /);
	for (const provider of Object.keys(table)) {
		for (const key of [serverKeyOf(provider), callerKeyOf(provider)]) {
			assert.ok(sent.includes(key), `${key} was sent`);
			for (const [place, text] of Object.entries(places)) assert.ok(!text.includes(key), `${key} is in: ${place}`);
		}
	}
});
