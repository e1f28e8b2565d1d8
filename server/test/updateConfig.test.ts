import assert from 'node:assert/strict';
import test from 'node:test';
import { startApi } from './setup.ts';

const config = { project: 'tickets', provider: 'mock', model: 'mock-1', prompt_template: 'Answer {{ticket}}' };

test('PATCH /model-configs/{id} changes name and description, not the parameters or the ID', async (t) => {
	const api = await startApi(t);
	const call = { project: 'tickets', model_config: { ...config, project: undefined }, inputs: { ticket: 'x' } };
	const tried = await api.post('/completion', call);
	const id = tried.body.data[0].model_config_id;
	const before = (await api.get(`/model-configs/${id}`)).body;

	const named = await api.call('PATCH', `/model-configs/${id}`, { name: 'kind', description: 'Is kinder now' });
	assert.equal(named.status, 200, named.text);
	const after = { ...before, name: 'kind', description: 'Is kinder now' };
	assert.deepEqual(named.body.config, after);
	assert.deepEqual((await api.get(`/model-configs/${id}`)).body, after);
	assert.deepEqual((await api.get(`/logs/${tried.body.data[0].id}`)).body.config, after);

	const noted = await api.call('PATCH', `/model-configs/${id}`, { description: 'Kinder', name: null });
	assert.deepEqual(noted.body.config, { ...after, description: 'Kinder' });
	const again = await api.post('/model-configs', { ...config, name: 'other' });
	assert.deepEqual([again.body.config.id, again.body.config.name], [id, 'kind'], 'equal parameters find it');
});

test('PATCH /model-configs/{id} refuses parameters and unknown configs, and leaves others alone', async (t) => {
	const api = await startApi(t);
	const ids = [];
	for (const name of ['one', 'two'])
		ids.push((await api.post('/model-configs', { ...config, name, prompt_template: name })).body.config.id);
	for (const wrong of [{ temperature: 0 }, { name: '' }, { name: 7 }]) {
		const { status, body } = await api.call('PATCH', `/model-configs/${ids[0]}`, wrong);
		assert.equal(status, 422);
		assert.equal(body.detail[0]!.loc[1], Object.keys(wrong)[0]);
	}
	assert.equal((await api.call('PATCH', '/model-configs/config_none', { name: 'x' })).status, 404);
	await api.call('PATCH', `/model-configs/${ids[0]}`, { name: 'first' });
	assert.equal((await api.get(`/model-configs/${ids[1]}`)).body.name, 'two');

	const { records } = (await api.get('/projects?filter=tickets')).body;
	assert.equal((await api.call('DELETE', `/projects/${records[0].id}`)).status, 204);
	assert.equal((await api.call('PATCH', `/model-configs/${ids[0]}`, { name: 'x' })).status, 404);
});
