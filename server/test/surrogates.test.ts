import assert from 'node:assert/strict';
import test from 'node:test';
import { parsePrompt } from '../src/domain/promptFiles/parsePrompt.ts';
import { startApi } from './setup.ts';

const msg = 'the text has half of a character in it (an unpaired surrogate); send the whole character, or leave it out';

test('half a character is refused with its field, because two of them would be stored as the same text', async (t) => {
	const api = await startApi(t);
	const id = await api.config();
	const log = { project: 'tickets', config_id: id };
	const call = { model_config_id: id, inputs: { ticket: 'x' } };
	for (const [path, body, loc] of [
		['/logs', { ...log, reference_id: 'a\ud800' }, ['reference_id']],
		['/logs', [log, { ...log, session_reference_id: '\udc00\ud800' }], [1, 'session_reference_id']],
		['/logs', { ...log, messages: [{ role: 'user', content: ['ok', '\udfff'] }] }, ['messages', 0, 'content', 1]],
		['/completion-model-config', { ...call, inputs: { 'a/b~': '\ud800' } }, ['inputs', 'a/b~']],
		['/completion-model-config', { ...call, metadata: { '\ud800': 1 } }, ['metadata', '\ud800']],
		['/feedback', { data_id: 'data_1', type: 'comment', value: 'bad \ud83d' }, ['value']],
		['/model-configs', { project: 'p\ud800', model: 'm', prompt_template: 'x' }, ['project']],
	] as const) {
		const { status, body: response } = await api.post(path, body);
		assert.equal(status, 422, `${path} ${JSON.stringify(body)}`);
		assert.deepEqual(response.detail, [{ loc: ['body', ...loc], msg, type: 'value_error' }]);
	}
	assert.equal((await api.get('/projects')).body.total, 1);
});

// All but NUL characters, which nul.test.ts is about.
test('whole characters of every plane stay as they are', async (t) => {
	const api = await startApi(t);
	const id = await api.config();
	const reference = 'Grüße 🎈 \ud83d\ude00 \uffff';
	const { status, body } = await api.post('/logs', { project: 'tickets', config_id: id, reference_id: reference });
	assert.equal(status, 200);
	assert.equal((await api.get(`/logs/${String(body['id'])}`)).body['reference_id'], reference);
});

test('a .prompt file says it the same way', () => {
	assert.throws(() => parsePrompt('---\nmodel: m\nname: "\\uD800"\n---\nHi'), { message: `line 3: name: ${msg}` });
	assert.throws(() => parsePrompt('---\nmodel: m\nother:\n  a: ["\\uD800"]\n---\nHi'), {
		message: `line 3: other.a.0: ${msg}`,
	});
});
