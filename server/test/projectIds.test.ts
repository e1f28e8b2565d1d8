import assert from 'node:assert/strict';
import test from 'node:test';
import { send, startPausing, startWith } from './provider.ts';
import { readEvents } from './setup.ts';

test('a stream into a new project names the ID that the project gets, also where a config is the first to be stored in it', async (t) => {
	const provider = await startPausing(t);
	const { api, address, call } = await startWith(t, provider);
	const response = await send(address, { ...call, project: 'fresh', stream: true });
	const config = await api.post('/model-configs', { project: 'fresh', model: 'm' });
	const logged = await api.post('/logs', { project: 'fresh', config_id: config.body.config.id });
	provider.goOn();
	const { events } = await readEvents(response);
	const ids = [config.body, logged.body, ...events].map(({ project_id: id }) => id);
	assert.equal(new Set(ids).size, 1);
});
