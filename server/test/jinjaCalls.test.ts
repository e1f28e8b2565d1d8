import assert from 'node:assert/strict';
import test from 'node:test';
import { readEvents, request, startApi } from './setup.ts';

const config = {
	project: 'jinja',
	provider: 'mock',
	model: 'mock-1',
	template_language: 'jinja',
};

test('a completion and a chat run with Jinja templates, as a stream too', async (t) => {
	const api = await startApi(t);
	const prompt_template = '{% for t in tickets %}[{{ t.title | upper }}]{% endfor %}';
	const id = await api.config({ ...config, prompt_template });
	const inputs = { tickets: [{ title: 'refund' }, { title: 'hello' }] };
	const { status, body, text } = await api.post('/completion-model-config', { model_config_id: id, inputs });
	assert.equal(status, 200, text);
	assert.equal(body.provider_request.prompt, '[REFUND][HELLO]');
	const chatId = await api.config({
		...config,
		prompt_template: undefined,
		endpoint: 'chat',
		chat_template: [{ role: 'system', content: 'Be {{ tone | default("kind") }}.{% if tickets %} Help.{% endif %}' }],
	});
	const messages = [{ role: 'user', content: '{{ not a template }}' }];
	const address = await api.listen();
	const call = { model_config_id: chatId, project: 'jinja', messages, inputs, stream: true };
	const answer = await request(address, '/chat-model-config', call);
	const { events, broken } = await readEvents(answer);
	assert.equal(broken, undefined);
	assert.ok(events.length > 1);
	const { records } = (await api.get(`/logs?project_id=${events[0]!.project_id}`)).body;
	assert.deepEqual(records[0].provider_request?.['messages'], [
		{ role: 'system', content: 'Be kind. Help.' },
		{ role: 'user', content: '{{ not a template }}' },
	]);
});

test('a call that misses inputs or does too much is refused before it costs anything, and leaves no log', async (t) => {
	const api = await startApi(t);
	for (const [prompt_template, message] of [
		['{{ name }} {{ other | upper }}', /^Prompt requires inputs for the following variables: name, other\./],
		[
			'{% for i in range(9999) %}{% for j in range(9999) %}x{% endfor %}{% endfor %}',
			/^prompt_template, line 1: the template does too much/,
		],
		['{% set n = 9 %}{{ "x" * 10 ** n }}', /^prompt_template: the template needs too much memory/],
	] as const) {
		const id = await api.config({ ...config, prompt_template });
		const refused = await api.post('/completion-model-config', { model_config_id: id, project: 'jinja' });
		assert.equal(refused.status, 422);
		assert.match(refused.body.detail.message, message);
	}
	const inline = { ...config, project: undefined, prompt_template: 'a\n{% if %}' };
	const refused = await api.post('/completion', { project: 'inline', model_config: inline });
	assert.equal(refused.status, 422);
	assert.match(refused.body.detail.message, /^prompt_template, line 2: the template has a syntax error/);
	const { records } = (await api.get('/projects')).body;
	assert.deepEqual(
		records.map(({ name }) => name),
		['jinja'],
	);
	assert.equal((await api.get(`/logs?project_id=${(records[0] as unknown as { id: string }).id}`)).body.total, 0);
});

test('the length of what a Jinja template makes counts', async (t) => {
	const api = await startApi(t, { maxCallBytes: 1024 * 1024 });
	const id = await api.config({ ...config, prompt_template: '{{ "x" * 2000000 }}' });
	const refused = await api.post('/completion-model-config', { model_config_id: id });
	assert.equal(refused.status, 413);
});
