import assert from 'node:assert/strict';
import test from 'node:test';
import { parsePrompt } from '../src/domain/promptFiles/parsePrompt.ts';
import { apiKey, startApi } from './setup.ts';

const chat = {
	project: 'chats',
	provider: 'mock',
	model: 'mock-1',
	endpoint: 'chat',
	name: 'Third try',
	description: 'Kinder',
	template_language: 'jinja',
	temperature: 0.5,
	stop: ['END'],
	tools: [{ name: 'weather', parameters: { type: 'object' } }],
	chat_template: [
		{ role: 'system', content: 'Be kind.\n' },
		{ role: 'user', content: [{ type: 'image_url', image_url: { url: '{{ url }}' } }] },
	],
};

test('a stored config is exported as a file, and stored again it is the same config', async (t) => {
	const api = await startApi(t);
	const { body } = await api.post('/model-configs', chat);
	const { config } = body;
	const exported = await api.call('POST', `/model-configs/${config.id}/export`);
	assert.equal(exported.status, 200, exported.text);
	assert.match(String(exported.headers['content-type']), /^application\/json/);
	const file = exported.body as unknown as string;
	const asText = await api.app.inject({
		method: 'POST',
		url: `/v4/model-configs/${config.id}/export`,
		headers: { 'x-api-key': apiKey, accept: 'text/prompt' },
	});
	assert.equal(asText.headers['content-type'], 'text/prompt; charset=utf-8');
	assert.equal(asText.payload, file);
	const again = await api.post('/model-configs', { ...parsePrompt(file), project: 'chats' });
	assert.equal(again.body.config.id, config.id);
	assert.match(file, /^name: Third try\ndescription: Kinder$/m);
	const unnamed = await api.config({ project: 'texts' });
	const completion = (await api.call('POST', `/model-configs/${unnamed}/export`)).body as unknown as string;
	assert.equal(
		completion,
		'---\nmodel: mock-1\ntemperature: 1\nmax_tokens: -1\ntop_p: 1\npresence_penalty: 0\nfrequency_penalty: 0\n' +
			'provider: mock\nendpoint: complete\n---\nAnswer the ticket: {{ticket}}\n',
	);
	const unknown = await api.call('POST', '/model-configs/config_none/export');
	assert.equal(unknown.status, 404);
	assert.match(unknown.text, /config_none/);
});

test('a config that is not stored is written and read', async (t) => {
	const api = await startApi(t);
	const { project: _project, ...config } = chat;
	for (const wanted of [
		config,
		{ model: 'm', prompt_template: 'Hi {{name}} ' },
		{ model: 'm' },
		{ model: 'm', endpoint: 'chat', chat_template: [] },
	]) {
		const written = await api.post('/model-configs/serialize', wanted);
		assert.equal(written.status, 200, written.text);
		const read = await api.post('/model-configs/deserialize', { config: written.body });
		assert.equal(read.status, 200, read.text);
		assert.match(read.body['id'], /^config_\w{21}$/);
		// In responses, a tool has an ID.
		const tools = (read.body['tools'] as object[] | null)?.map((tool) => ({ ...tool, id: undefined }));
		const given =
			'tools' in wanted ? { ...wanted, tools: wanted.tools.map((tool) => ({ ...tool, id: undefined })) } : wanted;
		for (const [key, value] of Object.entries(given)) assert.deepEqual({ ...read.body, tools }[key], value, key);
	}
	assert.match((await api.post('/model-configs/serialize', { model: 'm', tools: [] })).text, /endpoint: chat/);
	assert.match((await api.post('/model-configs/serialize', { model: 'm', stop: null })).text, /endpoint: complete/);
	assert.equal((await api.get('/projects')).body.total, 0, 'nothing is stored');
});

test('what cannot be read is a 422 that names the line', async (t) => {
	const api = await startApi(t);
	for (const [config, message] of [
		['Hi', /^config, line 1: the file must begin with a line "---"/],
		['---\nmodel: [\n---\n', /^config, line \d: this is not YAML: .*\. Correct the file\.$/],
		['---\nmodel: m\n---\n<user>', /^config, line 4: <user> is not closed\. Correct the file\.$/],
		[
			'---\nmodel: m\ntemplate_language: jinja\n---\na\n{% if %}',
			/^prompt_template, line 2: the template has a syntax error/,
		],
		[
			`---\nmodel: m\nstop: [${'a,'.repeat(40_000)}]\n---\n`,
			/^config, line 2: the settings have 80017 characters, and at most 65536/,
		],
	] as const) {
		const { status, body } = await api.post('/model-configs/deserialize', { config });
		assert.equal(status, 422);
		assert.match(body.detail.message, message);
	}
	const tooLong = await api.post('/model-configs/deserialize', { config: 'x'.repeat(1024 * 1024 + 1) });
	assert.equal(tooLong.status, 422);
	assert.deepEqual(tooLong.body.detail[0]?.loc, ['body', 'config']);
	const noModel = await api.post('/model-configs/serialize', { temperature: 'hot' });
	assert.deepEqual(noModel.body.detail.map(({ loc }) => loc.join('.')).sort(), ['body.model', 'body.temperature']);
	const broken = await api.post('/model-configs', { ...chat, chat_template: [{ role: 'user', content: 'a\n{{ x' }] });
	assert.equal(broken.status, 422);
	assert.match(broken.body.detail.message, /^chat_template\[0\]\.content, line 2: the template has a syntax error/);
	assert.equal((await api.get('/projects')).body.total, 0);
});
