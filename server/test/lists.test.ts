import assert from 'node:assert/strict';
import test from 'node:test';
import { startApi } from './setup.ts';

test('logs are narrowed by source, exactly, and by session; what is not there is an empty list', async (t) => {
  const api = await startApi(t);
  const id = await api.config({ prompt_template: 'x' });
  const run = async (more: object) => (await api.post('/completion-model-config', { model_config_id: id, project: 'tickets', ...more })).body;
  const mail = await run({ source: 'mail', session_reference_id: 's', num_samples: 2 });
  await run({ source: 'mailbox', session_reference_id: 's' });
  await run({});
  await run({ source: 'mail', project: 'another' });
  const list = async (query: string) => (await api.get(`/logs?project_id=${mail.project_id}${query}`)).body;
  assert.equal((await list('')).total, 4);
  const own = await list('&source_filter=mail');
  assert.equal(own.total, 2);
  assert.deepEqual(own.records.map((log) => log.id), mail.data.map((sample) => sample.id));
  assert.equal((await list(`&session_id=${mail.session_id}`)).total, 3);
  assert.equal((await list(`&session_id=${mail.session_id}&source_filter=mailbox`)).total, 1);
  for (const none of ['source_filter=MAIL', 'source_filter=mai', 'source_filter=%25', 'source_filter=', 'session_id=s']) {
    assert.deepEqual(await list(`&${none}`), { records: [], page: 0, size: 50, total: 0 }, none);
  }
});

test('user_filter is refused by name, because there are no users', async (t) => {
  const api = await startApi(t);
  const { status, body } = await api.get('/projects?user_filter=someone');
  assert.equal(status, 422);
  assert.deepEqual(body.detail.map(({ loc, type }) => [loc, type]), [[['query', 'user_filter'], 'value_error.not_supported']]);
});

test('a config for an unknown project_id is a 404 and leaves nothing; for a known one it goes there', async (t) => {
  const api = await startApi(t);
  const missing = await api.post('/model-configs', { project_id: 'pr_nope', model: 'm' });
  assert.equal(missing.status, 404);
  assert.equal(missing.body.detail.message, 'No such project_id: "pr_nope".');
  assert.equal((await api.get('/projects')).body.total, 0);
  const first = (await api.post('/model-configs', { project: 'tickets', model: 'm' })).body;
  const second = (await api.post('/model-configs', { project_id: first.project_id, model: 'm2' })).body;
  assert.equal(second.project_id, first.project_id);
  assert.equal(second.project_name, 'tickets');
});
