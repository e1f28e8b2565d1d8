import assert from 'node:assert/strict';
import { mkdirSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import test from 'node:test';
import { parsePrompt } from '../src/domain/promptFiles/parsePrompt.ts';
import { startApi, tempDir } from './setup.ts';

test('reads settings and body; one leading newline and white space at the end are cut', () => {
	assert.deepEqual(
		parsePrompt(
			'---\nmodel: gpt-4o\ntemperature: 0.7\nmax_tokens: -1\nprovider: openai\nendpoint: complete\nstop: [END]\n---\n\n\n  Hi {{name}}:\n\n',
		),
		{
			model: 'gpt-4o',
			temperature: 0.7,
			max_tokens: -1,
			provider: 'openai',
			endpoint: 'complete',
			stop: ['END'],
			prompt_template: '\n  Hi {{name}}:',
		},
	);
	assert.deepEqual(parsePrompt('\uFEFF---\r\nmodel: m\r\n---\r\nA\r\nB'), {
		model: 'm',
		endpoint: 'complete',
		prompt_template: 'A\nB',
	});
	assert.deepEqual(
		parsePrompt('---\nmodel: m\nseed: null\n---\nnot --- <b>a tag</b>').prompt_template,
		'not --- <b>a tag</b>',
	);
});

test('without an endpoint, the body decides', () => {
	assert.deepEqual(
		parsePrompt('---\nmodel: m\n---\n<system>\n  Be kind.\n  {{tone}}\n</system>\n\n<user>Hi</user>\n'),
		{
			model: 'm',
			endpoint: 'chat',
			chat_template: [
				{ role: 'system', content: 'Be kind.\n{{tone}}' },
				{ role: 'user', content: 'Hi' },
			],
		},
	);
	assert.equal(
		parsePrompt('---\nmodel: m\nendpoint: complete\n---\n<user>Hi</user>').prompt_template,
		'<user>Hi</user>',
	);
});

test('what is wrong is told with its line', () => {
	for (const [text, message] of [
		['Hi', /^line 1: the file must begin/],
		['---\nmodel: m\n', /^line 3: there is no second line/],
		['---\nmodel: m\n\ttab: x\n---\n', /^line 3: this is not YAML/],
		['---\n- a\n---\n', /^line 2: the settings must be/],
		['---\n---\nHi', /model: field required/],
		['---\nmodel: m\nother: {a: {b: 1, c: 2, "b": 3}}\n---\n', /^line 3: "b" is there twice$/],
		['---\nmodel: m\ntemperature: hot\n---\n', /^line 3: temperature: value is not a valid float/],
		['---\nmodel: m\nprompt: x\n---\n', /^line 3: prompt: extra fields not permitted/],
		[
			'---\nmodle: m\nseed: 1\ntemperature: hot\n---\n',
			/^line 2: model: field required; line 2: modle: extra fields not permitted; line 4: temperature: value is not a valid float$/,
		],
		['---\nmodel: &m m\nname: *m\nother: {a: *b}\n---\n', /^line 4: this cannot be read: .*b$/],
		['---\nmodel: m\nother: &a {b: *a}\n---\n', /^line 3: this cannot be read: .*circular/],
		['---\nmodel: m\n---\n<user>\nHi\n', /^line 4: <user> is not closed/],
		['---\nmodel: m\n---\n<user>a</user>\nstray', /^line 5: expected one of the elements/],
		['---\nmodel: m\n---\n<user>\n<image src="x"/>\n</user>', /^line 5: <image> needs the attribute url="…"/],
	] as const)
		assert.throws(() => parsePrompt(text), { message });
});

test('a hostile file is read or refused in a time that grows with its size', { timeout: 600_000 }, () => {
	const head = '---\nmodel: m\n---\n';
	for (const file of [
		`${head}x${'\n<user '.repeat(140_000)}`,
		`${head}<assistant>${'<tool '.repeat(160_000)}</assistant>`,
		`${head}<assistant>${'<tool "'.repeat(140_000)}</assistant>`,
		`${head}<user ${'a="'.repeat(300_000)}>x</user>`,
		`${head}<user>${'\n '.repeat(500_000)}x</user>`,
		`---\n${Array.from({ length: 20_000 }, (_, n) => `k${n}: 1\n`).join('')}---\n`,
	]) {
		try {
			parsePrompt(file);
		} catch (error) {
			assert.match((error as Error).message, /^line \d+: /);
		}
	}
});

test('a folder becomes projects named by path; IDs are the same on every server and at every start', async (t) => {
	const promptsDir = tempDir(t);
	for (const [name, text] of [
		['reply.prompt', '---\nmodel: m\nprovider: mock\n---\nHi {{name}}'],
		['support/de/antwort.prompt', '---\nmodel: m\nprovider: mock\n---\nGrüße {{name}}'],
		['readme.md', 'no prompt'],
	] as const) {
		mkdirSync(dirname(join(promptsDir, name)), { recursive: true });
		writeFileSync(join(promptsDir, name), text);
	}
	const first = await startApi(t, { promptsDir });
	assert.deepEqual(
		first.prompts.map(({ project }) => project),
		['reply', 'support/de/antwort'],
	);
	const { configId } = first.prompts[1]!;
	const second = await startApi(t, { promptsDir });
	assert.equal(second.prompts[1]!.configId, configId);
	const dataDir = first.dataDir;
	await first.app.close();
	const again = await startApi(t, { promptsDir, dataDir });
	assert.equal((await again.get('/projects')).body.total, 2);
	const { body } = await again.post('/completion-model-config', {
		model_config_id: configId,
		inputs: { name: 'Jürgen' },
	});
	assert.equal(body.provider_request.prompt, 'Grüße Jürgen');
	const made = await again.config({ project: 'reply', model: 'm', prompt_template: 'Hi {{name}}' });
	assert.equal(made, again.prompts[0]!.configId);
});
