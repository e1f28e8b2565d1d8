import assert from 'node:assert/strict';
import { once } from 'node:events';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import test, { type TestContext } from 'node:test';
import { providerNames } from '../src/contract/providers.ts';
import { EndOfLife } from '../src/domain/models/endOfLife.ts';
import { shutdownsFor } from '../src/domain/models/shutdowns.ts';
import { endWarnings } from '../src/domain/models/warnings.ts';
import { post, run, start } from './process.ts';
import { request, startApi, tempDir } from './setup.ts';

const known = new EndOfLife(shutdownsFor({ openai: {} }));
const source = 'https://provider.test/models that end'.replaceAll(' ', '%20');

function modelsFile(t: TestContext, entries: unknown): string {
	const file = join(tempDir(t), 'models.json');
	writeFileSync(file, typeof entries === 'string' ? entries : JSON.stringify(entries));
	return file;
}

async function failed(t: TestContext, env: Record<string, string>): Promise<string> {
	const { child, err } = run(t, env);
	await once(child, 'close');
	return err();
}

/** A provider's model with an end of its own. */
function entry(more: Record<string, unknown>) {
	return { provider: 'mock', model: 'mock-1', shut_down_on: '2030-02-01', successor: 'mock-2', source, ...more };
}

test('each entry names a provider, a day of the calendar and a page, and no model has two', () => {
	const entries = shutdownsFor({ openai: {} });
	assert.ok(entries.length > 100);
	for (const { provider, model, shutDownOn, successor, source: page } of entries) {
		assert.ok((providerNames as readonly string[]).includes(provider));
		assert.equal(new Date(shutDownOn as string).toISOString().slice(0, 10), shutDownOn, model);
		assert.equal(URL.parse(page)?.protocol, 'https:');
		assert.notEqual(successor, model);
	}
	assert.equal(new Set(entries.map(({ provider, model }) => `${provider} ${model}`)).size, entries.length);
});

test('a model ends under the names that the page has, with the successor that has no end itself', () => {
	const openai = (model: string) => known.of({ provider: 'openai', model });
	assert.deepEqual(openai('gpt-3.5-turbo-instruct'), {
		shutDownOn: '2026-09-28',
		successor: 'gpt-5.6-terra',
		source: 'https://developers.openai.com/api/docs/deprecations',
	});
	// Its page names gpt-3.5-turbo-instruct, which has ended since.
	assert.equal(openai('text-davinci-003')?.successor, 'gpt-5.6-terra');
	assert.equal(openai('gpt-4-0314')?.successor, 'gpt-6.1-sol');
	assert.equal(openai('gpt-5.4-cyber')?.successor, null);
	assert.equal(openai('ft:gpt-3.5-turbo-0125:org::id')?.shutDownOn, '2026-10-23');
	assert.equal(openai('ft:gpt-4-0613:org::id')?.shutDownOn, '2026-10-23');
	for (const model of ['gpt-6-luna', 'gpt-4.1-nano-mine', 'GPT-4', 'ft:gpt-4o-2024-08-06:org::id', ''])
		assert.equal(openai(model), undefined, model);
	assert.equal(known.of({ provider: 'openai_azure', model: 'gpt-4' }), undefined);
	assert.equal(known.of({ provider: 'anthropic', model: 'claude-3-opus-20240229' })?.shutDownOn, '2026-01-05');
});

test("another host decides itself which of OpenAI's models it runs", () => {
	const elsewhere = new EndOfLife(shutdownsFor({ openai: { baseUrl: 'http://127.0.0.1:9/v1' } }));
	assert.equal(elsewhere.of({ provider: 'openai', model: 'gpt-4' }), undefined);
	assert.ok(elsewhere.of({ provider: 'groq', model: 'gemma2-9b-it' }));
});

test('later entries count, and a circle of successors ends', () => {
	const shutdown = (model: string, successor: string | null, shutDownOn: string | null = '2030-01-01') => ({
		provider: 'mock',
		model,
		shutDownOn,
		successor,
		source,
	});
	const end = new EndOfLife([shutdown('a', 'b'), shutdown('b', 'a'), shutdown('c', 'd'), shutdown('c', 'e', null)]);
	assert.ok(['a', 'b'].includes(String(end.of({ provider: 'mock', model: 'a' })?.successor)));
	assert.equal(end.of({ provider: 'mock', model: 'c' }), undefined);
});

test('the warnings have a line for each model that ends within 90 days, and no more than ten', () => {
	const now = Date.parse('2026-09-20T12:00:00Z');
	const use = (model: string, configs = 1) => ({ provider: 'openai', model, configs, configId: 'config_1' });
	assert.deepEqual(endWarnings([use('gpt-5.1'), use('gpt-6-luna')], known, now), []);
	assert.deepEqual(endWarnings([use('gpt-5.4-cyber', 2), use('chatgpt-4o-latest'), use('gpt-5.1')], known, now), [
		'Models of stored configs that have ended or end soon (GET /v4/models says more):',
		'  "chatgpt-4o-latest" of openai ended on 2026-02-17, successor gpt-5.6-sol: config_1',
		'  "gpt-5.4-cyber" of openai ends on 2026-10-01: 2 configs, such as config_1',
	]);
	const many = Array.from({ length: 13 }, (_, index) => use(`ft:gpt-4-0613:${index}`));
	const lines = endWarnings(many, known, now);
	assert.equal(lines.length, 12);
	assert.equal(lines[11], '  and 3 more');
});

test('a config whose model ends says so where it is registered and read', async (t) => {
	const api = await startApi(t);
	const sunset = { sunset: 'Mon, 28 Sep 2026 00:00:00 GMT' };
	const link = '<https://developers.openai.com/api/docs/deprecations>; rel="sunset"';
	const config = { project: 'p', provider: 'openai', model: 'gpt-3.5-turbo-instruct', prompt_template: 'x' };
	const made = await api.post('/model-configs', config);
	assert.equal(made.status, 200);
	assert.equal(made.headers['sunset'], sunset.sunset);
	assert.equal(made.headers['link'], link);
	const { id, model } = made.body.config;
	assert.equal(model, 'gpt-3.5-turbo-instruct');
	const read = await api.get(`/model-configs/${id}`);
	assert.equal(read.headers['sunset'], sunset.sunset);
	assert.equal(read.headers['link'], link);
	const other = await api.post('/model-configs', { ...config, model: 'gpt-6-luna' });
	assert.equal(other.headers['sunset'], undefined);
	assert.equal(other.headers['link'], undefined);
});

test('a call of a config whose model ends says so, also as a stream, beside the link to its log', async (t) => {
	const publicUrl = 'https://humanloop.test';
	const file = modelsFile(t, [entry({})]);
	const api = await startApi(t, { modelsFile: file, publicUrl });
	const address = await api.listen();
	const id = await api.config();
	const calls: [string, object][] = [
		['/completion-model-config', { model_config_id: id, inputs: { ticket: 'x' } }],
		['/completion-model-config', { model_config_id: id, inputs: { ticket: 'x' }, stream: true }],
		['/completion', { project: 'p', model_config: { provider: 'mock', model: 'mock-1', prompt_template: 'x' } }],
		[
			'/chat',
			{ project: 'p', model_config: { provider: 'mock', model: 'mock-1' }, messages: [{ role: 'user', content: 'x' }] },
		],
	];
	for (const [path, call] of calls) {
		const response = await request(address, path, call);
		const text = await response.text();
		assert.equal(response.status, 200, text);
		assert.equal(response.headers.get('sunset'), 'Fri, 01 Feb 2030 00:00:00 GMT');
		const logId = /data_\w+/.exec(text)?.[0];
		assert.equal(
			response.headers.get('link'),
			`<${source}>; rel="sunset", <${publicUrl}/logs/${logId}>; rel="describedby"`,
		);
	}
	const other = await request(address, '/completion-model-config', {
		model_config_id: await api.config({ model: 'mock-2' }),
		inputs: { ticket: 'x' },
	});
	assert.equal(other.headers.get('sunset'), null);
	assert.match((await other.text()) && String(other.headers.get('link')), /^<[^,]*>; rel="describedby"$/);
});

test("MODELS_FILE adds models, and can say that one of this version's does not end", async (t) => {
	const entries = [
		entry({}),
		entry({ provider: 'openai', model: 'gpt-4', shut_down_on: null, successor: null }),
		entry({ provider: 'replicate', model: 'mine/*', successor: undefined }),
	];
	const api = await startApi(t, { modelsFile: modelsFile(t, entries), now: () => Date.parse('2029-12-31') });
	const end = async (provider: string, model: string) =>
		(await api.post('/model-configs', { project: 'p', provider, model, prompt_template: 'x' })).headers['sunset'];
	assert.equal(await end('mock', 'mock-1'), 'Fri, 01 Feb 2030 00:00:00 GMT');
	assert.equal(await end('openai', 'gpt-4'), undefined);
	assert.equal(await end('openai', 'gpt-4-0613'), 'Fri, 23 Oct 2026 00:00:00 GMT');
	assert.equal(await end('replicate', 'mine/llama'), 'Fri, 01 Feb 2030 00:00:00 GMT');
});

test('the start warns of stored configs whose model ends, and of none else', async (t) => {
	const dataDir = tempDir(t);
	const file = modelsFile(t, [entry({ shut_down_on: '2020-01-01' })]);
	const first = await start(t, { DATA_DIR: dataDir, MODELS_FILE: file });
	const config = { project: 'p', provider: 'mock', prompt_template: 'Hi' };
	for (const model of ['mock-1', 'mock-2']) await post(first.address, '/model-configs', { ...config, model });
	first.child.kill('SIGTERM');
	await once(first.child, 'close');
	assert.doesNotMatch(first.err(), /ended on/);
	const second = await start(t, { DATA_DIR: dataDir, MODELS_FILE: file });
	second.child.kill('SIGTERM');
	await once(second.child, 'close');
	const lines = second
		.err()
		.split('\n')
		.filter((line) => / ended on /.test(line));
	assert.equal(lines.length, 1);
	assert.match(lines[0]!, /^ {2}"mock-1" of mock ended on 2020-01-01, successor mock-2: config_\w+$/);
});

test('a MODELS_FILE that cannot be used ends the start with a line that names the file, the entry and what is wrong', async (t) => {
	const problems: [unknown, RegExp][] = [
		['{', /cannot be read: .*JSON/],
		[{}, /entries: value is not a valid list/],
		[[entry({}), entry({ provider: 'Open AI' })], /entries\.1\.provider: string does not match regex/],
		[[entry({ shut_down_on: 'soon' })], /entries\.0\.shut_down_on: /],
		[[entry({ shut_down_on: '2026-02-30' })], /entries\.0\.shut_down_on: /],
		[[entry({ source: 'a page' })], /entries\.0\.source: /],
		[[entry({ shutdown: 1 })], /entries\.0\.shutdown: extra fields not permitted/],
	];
	for (const [content, expected] of problems) {
		const file = modelsFile(t, content);
		await assert.rejects(startApi(t, { modelsFile: file }), (error: Error) => {
			assert.ok(error.message.startsWith(`MODELS_FILE (${file}) cannot be read: `), error.message);
			assert.match(error.message, expected);
			return true;
		});
	}
	const text = await failed(t, { PORT: '0', DATA_DIR: tempDir(t), MODELS_FILE: '/does/not/exist' });
	assert.match(text, /^MODELS_FILE is "\/does\/not\/exist", which cannot be used: it must be a file that exists\./m);
});

test('GET /models counts the models of stored configs, those with a NUL character in them too', async (t) => {
	const api = await startApi(t);
	await api.config({ prompt_template: 'one' });
	await api.config({ prompt_template: 'two' });
	await api.config({ other: { nul: 'a\u0000b' } });
	await api.config({ model: 'mock-2' });
	await api.config({ provider: 'openai', model: 'gpt-4' });
	const { body } = await api.get('/models');
	const { providers } = body as unknown as { providers: { name: string; models: unknown[] }[] };
	const modelsOf = (name: string) => providers.find((provider) => provider.name === name)?.models;
	const unknown = { shut_down_on: null, successor: null, source: null };
	assert.deepEqual(modelsOf('mock'), [
		{ model: 'mock-1', configs: 3, ...unknown },
		{ model: 'mock-2', configs: 1, ...unknown },
	]);
	assert.deepEqual(modelsOf('openai'), [
		{
			model: 'gpt-4',
			configs: 1,
			shut_down_on: '2026-10-23',
			successor: 'gpt-5.6-sol',
			source: 'https://developers.openai.com/api/docs/deprecations',
		},
	]);
	assert.deepEqual(modelsOf('google'), []);
});
