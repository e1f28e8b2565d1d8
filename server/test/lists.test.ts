import assert from 'node:assert/strict';
import test from 'node:test';
import { startApi } from './setup.ts';

test('logs are narrowed by source, exactly, and by session; what is not there is an empty list', async (t) => {
	const api = await startApi(t);
	const id = await api.config({ prompt_template: 'x' });
	const run = async (more: object) =>
		(await api.post('/completion-model-config', { model_config_id: id, project: 'tickets', ...more })).body;
	const mail = await run({ source: 'mail', session_reference_id: 's', num_samples: 2 });
	await run({ source: 'mailbox', session_reference_id: 's' });
	await run({});
	await run({ source: 'mail', project: 'another' });
	const list = async (query: string) => (await api.get(`/logs?project_id=${mail.project_id}${query}`)).body;
	assert.equal((await list('')).total, 4);
	const own = await list('&source_filter=mail');
	assert.equal(own.total, 2);
	assert.deepEqual(
		own.records.map((log) => log.id),
		mail.data.map((sample) => sample.id),
	);
	assert.equal((await list(`&session_id=${mail.session_id}`)).total, 3);
	assert.equal((await list(`&session_id=${mail.session_id}&source_filter=mailbox`)).total, 1);
	for (const none of [
		'source_filter=MAIL',
		'source_filter=mai',
		'source_filter=%25',
		'source_filter=',
		'session_id=s',
	]) {
		assert.deepEqual(await list(`&${none}`), { records: [], page: 0, size: 50, total: 0 }, none);
	}
});

test('user_filter is refused by name, because there are no users', async (t) => {
	const api = await startApi(t);
	const { status, body } = await api.get('/projects?user_filter=someone');
	assert.equal(status, 422);
	assert.deepEqual(
		body.detail.map(({ loc, type }) => [loc, type]),
		[[['query', 'user_filter'], 'value_error.not_supported']],
	);
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

test("logs are searched in their inputs' values and their output, in any case of any alphabet", async (t) => {
	const api = await startApi(t);
	const config_id = await api.config({ prompt_template: 'x' });
	const { project_id: projectId } = (
		await api.post('/logs', {
			project: 'tickets',
			config_id,
			inputs: { ticket: 'ÄRGER "mit"\n{{dem}} Paket' },
			output: 'Übrigens: 100%_da',
		})
	).body;
	await api.post('/logs', [
		{ project: 'tickets', config_id, inputs: { deep: [{ er: 'Nadel' }], number: 42.5, truth: true, nothing: null } },
		{ project: 'tickets', config_id, inputs: { ticket: 'hidden' }, output: 'hidden', save: false },
		{ project: 'tickets', config_id, inputs: {}, output: 'ПРИВЕТ' },
		{ project: 'another', config_id, inputs: { ticket: 'ärger' } },
	]);
	for (const [search, total] of [
		['ärger', 1],
		['"MIT"', 1],
		['"\n{{', 1],
		['\\n', 0],
		['üBRIG', 1],
		['100%_D', 1],
		['1000', 0],
		['nadel', 1],
		['привет', 1],
		['42.5', 1],
		['TRUE', 1],
		['ticket', 0],
		['number', 0],
		['null', 0],
		['{', 1],
		['hidden', 0],
		['e', 2],
		["'", 0],
	] as const) {
		const { body } = await api.get(`/logs?project_id=${projectId}&search=${encodeURIComponent(search)}`);
		assert.equal(body.total, total, search);
		assert.equal(body.records.length, total);
	}
	assert.equal((await api.get(`/logs?project_id=${projectId}&search=&metadata_search=`)).body.total, 4);
});

test('a search goes through all logs in their order, some at a time, and counts what it finds on other pages', async (t) => {
	const api = await startApi(t);
	const config_id = await api.config({ prompt_template: 'x' });
	const start = Date.parse('2024-01-01T00:00:00Z');
	const entries = Array.from({ length: 1201 }, (_, index) => ({
		project: 'tickets',
		config_id,
		output: index % 3 === 0 ? `number ${index}` : 'none',
		source: index < 600 ? 'old' : 'new',
		created_at: new Date(start + index * 1000).toISOString(),
	}));
	for (const some of [entries.slice(0, 1000), entries.slice(1000)])
		assert.equal((await api.post('/logs', some)).status, 200);
	const {
		body: {
			records: [{ id: projectId }],
		},
	} = await api.get('/projects?filter=tickets');
	const { body } = await api.get(`/logs?project_id=${projectId}&search=Number&page=2&size=100`);
	assert.deepEqual([body.total, body.page, body.records.length], [401, 2, 100]);
	assert.deepEqual(
		body.records.map((log) => log.output),
		Array.from({ length: 100 }, (_, index) => `number ${1200 - 3 * (200 + index)}`),
	);
	assert.equal((await api.get(`/logs?project_id=${projectId}&search=number&source_filter=old`)).body.total, 200);
	assert.equal(
		(await api.get(`/logs?project_id=${projectId}&search=number&end_date=2024-01-01T00:00:09`)).body.total,
		4,
	);
});

test('logs are narrowed by time; a date means its whole day of UTC, and what is no date is refused', async (t) => {
	const api = await startApi(t);
	const config_id = await api.config({ prompt_template: 'x' });
	const times = [
		'2023-12-31T23:59:59.999Z',
		'2024-02-29T00:00:00Z',
		'2024-02-29T12:00:00.5Z',
		'2024-02-29T23:59:59.999Z',
		'2024-03-01T00:00:00Z',
	];
	const entries = times.map((created_at) => ({ project: 'tickets', config_id, created_at, output: created_at }));
	const [{ project_id: projectId }] = (await api.post('/logs', entries)).body as unknown as [{ project_id: string }];
	const list = (query: string) => api.get(`/logs?project_id=${projectId}&${query}`);
	for (const [query, from, to] of [
		['start_date=2024-02-29', 1, 4],
		['end_date=2024-02-29', 0, 3],
		['start_date=2024-02-29&end_date=2024-02-29', 1, 3],
		['start_date=2024-03-01T00:00:00.001', 5, 4],
		['end_date=2024-02-29T12:00:00.500Z', 0, 2],
		['end_date=2024-02-29T12:00:00.4Z', 0, 1],
		['start_date=2024-02-29%2012:00', 2, 4],
		['start_date=2024-02-29T01:00%2B01:00', 1, 4],
		['start_date=2024-02-28T19:00:00.001-0500', 2, 4],
		['start_date=2024-02-29T02:00%2B02&end_date=2024-03-01t00:00:00z', 1, 4],
		['start_date=0000-01-01&end_date=9999-12-31', 0, 4],
		['start_date=2025-01-01&end_date=2024-01-01', 5, 4],
	] as const) {
		const { body } = await list(query);
		assert.deepEqual(
			body.records.map((log) => log.output),
			times.slice(from, to + 1).reverse(),
			query,
		);
		assert.equal(body.total, Math.max(0, to - from + 1));
	}
	for (const wrong of [
		'',
		'yesterday',
		'2024',
		'2024-02-30',
		'2023-02-29',
		'2024-13-01',
		'2024-02-29T25:00',
		'2024-02-29T10',
		'2024-02-29T10:00:61',
		'1709164800',
		'2024-02-29T10:00+99:00',
		'29.02.2024',
	]) {
		for (const field of ['start_date', 'end_date']) {
			const { status, body } = await list(`${field}=${encodeURIComponent(wrong)}`);
			assert.equal(status, 422, wrong);
			assert.equal(
				body.detail.message,
				`${field} is neither a date (2024-01-31) nor a time (2024-01-31T08:00:00Z): ${JSON.stringify(wrong)}.`,
			);
		}
	}
});

test('one project is read as the list shows it', async (t) => {
	const api = await startApi(t);
	const id = await api.config({ prompt_template: 'x' });
	const { project_id: projectId } = (
		await api.post('/completion-model-config', { model_config_id: id, project: 'tickets', num_samples: 3 })
	).body;
	const { records } = (await api.get('/projects')).body;
	const { status, body } = await api.get(`/projects/${projectId}`);
	assert.equal(status, 200);
	assert.deepEqual(body, records[0]);
	assert.deepEqual([body['data_count'], (body['active_config'] as { config: { id: string } }).config.id], [3, id]);
	const bare = (await api.post('/logs', { project: 'bare', config_id: id })).body.project_id;
	assert.equal((await api.get(`/projects/${bare}`)).body['active_config'], null);
	assert.equal((await api.get('/projects/pr_x')).body.detail.message, 'No such project: "pr_x".');
});
