import assert from 'node:assert/strict';
import test from 'node:test';
import { ask, logsOf, startProvider, startWith } from './provider.ts';
import { startApi } from './setup.ts';

const path = '/completion-model-config';
const tooLarge = ['9007199254740992', '-9007199254740992', '1e300', '1e400', '-1e400'];

test('integers that cannot be kept exactly, and numbers without end, are refused and leave lists readable', async (t) => {
	const api = await startApi(t);
	const id = await api.config();
	const entry = { project: 'tickets', config_id: id };
	for (const number of tooLarge) {
		for (const [url, body, field, isInteger] of [
			['/logs', entry, 'prompt_tokens', true],
			['/logs', entry, 'output_tokens', true],
			['/logs', entry, 'duration', false],
			['/logs', entry, 'prompt_cost', false],
			['/logs', entry, 'output_cost', false],
			['/model-configs', { project: 'p', model: 'm' }, 'seed', true],
			['/model-configs', { project: 'p', model: 'm' }, 'max_tokens', true],
			['/model-configs', { project: 'p', model: 'm' }, 'reasoning_effort', true],
			['/model-configs', { project: 'p', model: 'm' }, 'temperature', false],
			['/model-configs', { project: 'p', model: 'm' }, 'frequency_penalty', false],
			[path, { model_config_id: id, inputs: { ticket: 'x' } }, 'seed', true],
			[path, { model_config_id: id, inputs: { ticket: 'x' } }, 'num_samples', true],
		] as const) {
			if (!isInteger && Number.isFinite(Number(number))) continue;
			const response = await api.post(url, `${JSON.stringify(body).slice(0, -1)},"${field}":${number}}`);
			assert.equal(response.status, 422, `${url} ${field} ${number}: ${response.text}`);
			assert.deepEqual(response.body.detail[0]!.loc, ['body', field]);
		}
	}
	assert.equal(
		(await api.post(path, { model_config_id: id, project: 'tickets', inputs: { ticket: 'x' } })).status,
		200,
	);
	assert.equal((await logsOf(api)).length, 1);
});

test('a negative duration is refused', async (t) => {
	const api = await startApi(t);
	const entry = { project: 'tickets', config_id: await api.config(), duration: -0.1 };
	const { status, body } = await api.post('/logs', entry);
	assert.deepEqual([status, body.detail[0]!.loc], [422, ['body', 'duration']]);
	assert.equal((await api.post('/logs', { ...entry, duration: 0 })).status, 200);
});

test('the largest integers come back as they were', async (t) => {
	const api = await startApi(t);
	const id = await api.config({ seed: Number.MAX_SAFE_INTEGER, max_tokens: Number.MAX_SAFE_INTEGER });
	assert.equal((await api.get(`/model-configs/${id}`)).body.seed, Number.MAX_SAFE_INTEGER);
	const most = Number.MAX_SAFE_INTEGER;
	const { body } = await api.post('/logs', {
		project: 'tickets',
		config_id: id,
		prompt_tokens: most,
		output_tokens: most,
		duration: 1e300,
		prompt_cost: 1e-300,
	});
	const log = (await api.get(`/logs/${body.id}`)).body;
	assert.deepEqual([log.prompt_tokens, log.output_tokens, log.duration, log.prompt_cost], [most, most, 1e300, 1e-300]);
});

test('a page beyond all counting is empty', async (t) => {
	const api = await startApi(t);
	await api.config();
	const {
		body: {
			records: [{ id: projectId }],
		},
	} = await api.get('/projects');
	for (const url of ['/projects?', `/logs?project_id=${projectId}&`]) {
		assert.deepEqual((await api.get(`${url}page=999999999999999&size=1000`)).body.records, []);
		for (const page of ['9007199254740992', '1e3']) assert.equal((await api.get(`${url}page=${page}`)).status, 422);
	}
});

test('a usage that is no count is taken for none, also where it only becomes so as a sum', async (t) => {
	const provider = await startProvider(t);
	const { api, address, call } = await startWith(t, provider);
	const most = Number.MAX_SAFE_INTEGER;
	for (const [prompt_tokens, completion_tokens, num_samples] of [
		[-1, 1, 1],
		[1.5, 1, 1],
		[2 ** 53, 1, 1],
		[most - 1, 1, 2],
	] as const) {
		for (const stream of [false, true]) {
			provider.model.clearFixtures();
			provider.model.onMessage(/.*/, { content: 'Hi.', usage: { prompt_tokens, completion_tokens, total_tokens: 3 } });
			const { status, text } = await ask(address, { ...call, num_samples, stream });
			assert.equal(status, 200);
			assert.match(text, /"usage":null,"metadata"/, `${prompt_tokens} ${completion_tokens}`);
		}
	}
	for (const log of await logsOf(api))
		assert.deepEqual([log.prompt_tokens, log.output_tokens, log.tokens], [null, null, null]);
});
