import assert from 'node:assert/strict';
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import test from 'node:test';
import { parsePrompt } from '../src/domain/promptFiles/parsePrompt.ts';
import { startApi, tempDir } from './setup.ts';

const longest = '🎈'.repeat(512);
const unknown = 'u'.repeat(512);
const detail = (field: string) => [
	{
		loc: ['body', field],
		msg: 'ensure this value has at most 512 characters',
		type: 'value_error.any_str.max_length',
	},
];

test('names, references and IDs have at most 512 characters; one more is refused with its field', async (t) => {
	const api = await startApi(t);
	const id = await api.config();
	const log = { project: 'tickets', config_id: id };
	const call = { model_config_id: id, inputs: { ticket: 'x' } };
	const config = { project: 'tickets', provider: 'mock', model: 'm', prompt_template: 'x' };
	const feedback = { data_id: String((await api.post('/logs', log)).body['id']), type: 'rating', value: 'good' };
	for (const [path, body, fields] of [
		['/model-configs', config, ['project', 'name', 'model']],
		['/logs', log, ['project', 'session_reference_id', 'reference_id', 'source', 'source_datapoint_id']],
		['/completion-model-config', call, ['project', 'session_reference_id', 'source', 'source_datapoint_id', 'user']],
		['/feedback', feedback, ['type', 'user']],
	] as const) {
		for (const field of fields) {
			const tooLong = await api.post(path, { ...body, [field]: `${longest}x` });
			assert.equal(tooLong.status, 422, `${path} ${field}`);
			assert.deepEqual(tooLong.body.detail, detail(field));
			const fits = await api.post(path, { ...body, [field]: longest });
			assert.equal(fits.status, 200, `${path} ${field} ${fits.text}`);
		}
	}
	for (const [path, body, fields] of [
		['/logs', log, ['config_id', 'parent_id', 'parent_reference_id', 'session_id']],
		['/completion-model-config', call, ['model_config_id', 'project_id', 'parent_reference_id']],
		['/feedback', feedback, ['data_id']],
	] as const) {
		for (const field of fields) {
			assert.deepEqual((await api.post(path, { ...body, [field]: `${longest}x` })).body.detail, detail(field));
			assert.equal((await api.post(path, { ...body, [field]: unknown })).status, 404, `${path} ${field}`);
		}
	}
});

test('.prompt files have the same limit, for what is in them and for their paths', async (t) => {
	assert.throws(() => parsePrompt(`---\nmodel: m\nname: ${'n'.repeat(513)}\n---\nHi`), {
		message: 'line 3: name: ensure this value has at most 512 characters',
	});
	const promptsDir = tempDir(t);
	const folder = join(promptsDir, 'a'.repeat(250), 'b'.repeat(250));
	mkdirSync(folder, { recursive: true });
	writeFileSync(join(folder, `${'c'.repeat(10)}.prompt`), '---\nmodel: m\nprovider: mock\n---\nHi');
	assert.equal((await startApi(t, { promptsDir })).prompts[0]?.project.length, 512);
	writeFileSync(join(folder, `${'c'.repeat(11)}.prompt`), '---\nmodel: m\nprovider: mock\n---\nHi');
	await assert.rejects(startApi(t, { promptsDir }), /ccc\.prompt: its path names a project of 513 characters, .* 512/);
});
