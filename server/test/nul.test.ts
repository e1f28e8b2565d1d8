import assert from 'node:assert/strict';
import test from 'node:test';
import { startHost } from './host.ts';
import { ask, logsOf, startWith } from './provider.ts';
import { startApi } from './setup.ts';

/* PostgreSQL cannot store NUL characters in a text. */

test('NUL characters in an answer of a provider reach the caller, and are U+FFFD in the log', async (t) => {
	const host = await startHost(t, (response) => {
		const message = { role: 'assistant', content: 'a\0b' };
		response.setHeader('content-type', 'application/json');
		response.end(JSON.stringify({ choices: [{ index: 0, message, finish_reason: 'stop' }] }));
	});
	const { api, address, call } = await startWith(t, host);
	const first = await ask(address, call, { key: 'k' });
	assert.deepEqual([first.status, first.body.data[0].output], [200, 'a\0b']);
	assert.equal((await ask(address, call, { key: 'k' })).text, first.text);
	const [log] = await logsOf(api);
	assert.deepEqual([log.output, log.error], ['a\uFFFDb', null]);
	assert.equal((log.provider_response as typeof log.provider_response & object)['choices'] === undefined, false);
});

test('NUL characters in names, texts and inputs of a request are stored, found, and no failure', async (t) => {
	const api = await startApi(t);
	const project = 'pro\0ject';
	const config = { project, provider: 'mock', model: 'm', prompt_template: '{{what}}\0', name: 'n\0' };
	const { status, body } = await api.post('/model-configs', config);
	assert.equal(status, 200);
	const { project_id } = body;
	const entry = {
		project,
		config_id: body.config.id,
		inputs: { what: 'in\0put' },
		output: 'out\0put',
		reference_id: 're\0f',
		session_reference_id: 'se\0ssion',
		source: 'so\0urce',
		error: 'e\0',
	};
	const stored = await api.post('/logs', entry);
	assert.equal(stored.status, 200, stored.text);
	assert.equal((await api.post('/logs', { ...entry, reference_id: 're\0f' })).status, 422, 'the same reference');
	const list = async (query: string) => (await api.get(`/logs?project_id=${project_id}&${query}`)).body;
	const [log] = (await list('')).records;
	assert.deepEqual([log.inputs, log.output], [{ what: 'in\0put' }, 'out\uFFFDput']);
	for (const query of ['search=OUT%00PUT', 'search=n%20', 'source_filter=so%00urce']) {
		const { total, detail } = await list(query);
		assert.equal(detail, undefined);
		assert.equal(total, query === 'search=n%20' ? 0 : 1, query);
	}
	assert.equal((await api.get('/projects?filter=RO%00J')).body.total, 1);
	for (const path of ['/logs/%00', '/sessions/%00', '/model-configs/a%00'])
		assert.equal((await api.get(path)).status, 404);
});
