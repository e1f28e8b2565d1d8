import assert from 'node:assert/strict';
import test from 'node:test';
import { fillProject, untilIndexed } from './fillProject.ts';
import { type Api, startApi } from './setup.ts';

type Entry = { name: string } & Record<string, unknown>;

/** Logs with a name as their output, an hour after each other. The later ones are first in a list. */
async function setUp(api: Api, entries: Entry[]) {
	const logs = entries.map(({ name, ...more }, hour) => ({
		...{ project: 'tickets', config: { model: 'm' }, output: `named ${name}` },
		created_at: `2024-01-01T${String(hour).padStart(2, '0')}:00:00Z`,
		...more,
	}));
	const made = await api.post('/logs', logs);
	assert.equal(made.status, 200, made.text);
	const created = made.body as unknown as { id: string; project_id: string }[];
	const projectId = created[0]?.project_id as string;
	const list = async (query: string) => {
		const { status, body, text } = await api.get(`/logs?project_id=${projectId}${query}`);
		assert.equal(status, 200, text);
		return body;
	};
	return {
		ids: created.map(({ id }) => id),
		projectId,
		list,
		/** The names of the logs, in order. The total must be their number. */
		names: async (query: string) => {
			const { records, total } = await list(query);
			assert.equal(total, records.length, query);
			return records.map(({ output }) => String(output).slice('named '.length)).join('');
		},
	};
}

const config = (model: string, more = {}) => ({ config: { model, ...more } });

test('logs are filtered by one or more sources and models, by page and by time', async (t) => {
	const api = await startApi(t);
	const { names, list } = await setUp(api, [
		{ name: 'a', source: 'x', ...config('m1') },
		{ name: 'b', source: 'y', ...config('m1', { temperature: 0.1 }) },
		{ name: 'c', source: 'x', ...config('m2'), session_reference_id: 's' },
		{ name: 'd', ...config('m2') },
		{ name: 'e', source: 'z', ...config('m3'), session_reference_id: 's' },
		{ name: 'f', source: 'x', config: { type: 'tool', name: 'm1' } },
	]);
	// Another project with the same models and sources.
	await api.post('/logs', [{ project: 'mail', source: 'x', ...config('m1'), output: 'named !' }]);
	const { records } = await list('');
	const session = records.map(({ session_id }) => session_id).find((id) => id !== null);
	for (const [query, expected] of [
		['&source_filter=x&source_filter=y', 'fcba'],
		['&source_filter=x&source_filter=x', 'fca'],
		['&source_filter=x&source_filter=none', 'fca'],
		['&exclude_source=x', 'edb'],
		['&exclude_source=x&exclude_source=y', 'ed'],
		['&exclude_source=none', 'fedcba'],
		['&exclude_source=x&model_filter=m1&model_filter=m3', 'eb'],
		['&exclude_source=z&source_filter=x&source_filter=z', 'fca'],
		[`&exclude_source=z&session_id=${session}`, 'c'],
		['&exclude_source=x&start_date=2024-01-01T02:00', 'ed'],
		['&exclude_source=x&search=named', 'edb'],
		['&model_filter=m1', 'ba'],
		['&model_filter=m1&model_filter=m3', 'eba'],
		['&model_filter=M1', ''],
		['&model_filter=m1&source_filter=x', 'a'],
		['&model_filter=m2&model_filter=m1&source_filter=x&source_filter=y', 'cba'],
		[`&session_id=${session}&model_filter=m3`, 'e'],
		[`&session_id=${session}&source_filter=x&source_filter=z`, 'ec'],
		['&model_filter=m1&model_filter=m2&start_date=2024-01-01T01:00&end_date=2024-01-01T02:00', 'cb'],
		['&source_filter=x&source_filter=z&start_date=2024-01-01T01:00', 'fec'],
		['&version_status=committed', 'fedcba'],
		['&version_status=deleted', ''],
		['&version_status=uncommitted&search=named', ''],
		['&search=named&model_filter=m1', 'ba'],
		['&search=named&source_filter=x&source_filter=z', 'feca'],
	] as const) {
		assert.equal(await names(query), expected, query);
	}
	const page = await list('&source_filter=x&source_filter=y&size=2&page=1');
	assert.deepEqual([page.records.map(({ output }) => output), page.total], [['named b', 'named a'], 4]);
});

test('logs are filtered by version, environment and failure, together with all other filters', async (t) => {
	const api = await startApi(t);
	await api.post('/environments', { name: 'staging' });
	const { names, list } = await setUp(api, [
		{ name: 'a', source: 'x', ...config('m1') },
		{ name: 'b', environment: 'production', ...config('m1'), error: 'Too long' },
		{ name: 'c', environment: 'staging', source: 'x', ...config('m1', { temperature: 0.1 }), error: '' },
		{ name: 'd', environment: 'production', source: 'x', ...config('m2'), session_reference_id: 's' },
		{ name: 'e', environment: 'production', ...config('m2'), session_reference_id: 's', error: 'Refused' },
		{ name: 'f', metadata: { customer: 'Ada' }, ...config('m2'), error: 'Refused' },
	]);
	await api.post('/logs', [{ project: 'mail', environment: 'production', ...config('m1'), output: '!', error: 'x' }]);
	const { records } = await list('');
	const of = (name: string) => records.find(({ output }) => output === `named ${name}`)!;
	const [m1, warm, m2] = ['a', 'c', 'd'].map((name) => of(name).config.id);
	for (const [query, expected] of [
		[`&config_filter=${m1}`, 'ba'],
		[`&config_filter=${m1}&config_filter=${warm}`, 'cba'],
		[`&config_filter=${m1}&model_filter=m1`, 'ba'],
		[`&config_filter=${m1}&model_filter=m2`, ''],
		['&config_filter=none', ''],
		['&environment_filter=production', 'edb'],
		['&environment_filter=production&environment_filter=staging', 'edcb'],
		['&environment_filter=Production', ''],
		['&environment_filter=', 'fa'],
		['&failed=true', 'fecb'],
		['&failed=false', 'da'],
		[`&failed=true&config_filter=${m2}`, 'fe'],
		[`&failed=false&config_filter=${m2}`, 'd'],
		[`&failed=true&session_id=${of('d').session_id}`, 'e'],
		['&failed=true&source_filter=x', 'c'],
		['&failed=true&exclude_source=x', 'feb'],
		['&failed=true&environment_filter=production', 'eb'],
		['&failed=true&metadata_search=ada', 'f'],
		['&failed=true&start_date=2024-01-01T02:00&end_date=2024-01-01T04:00', 'ec'],
		['&failed=true&sort=timestamp.asc', 'bcef'],
		['&failed=true&sort=model.desc', 'fecb'],
		['&search=named&failed=true', 'fecb'],
		['&search=named&failed=false', 'da'],
		['&search=named&environment_filter=production', 'edb'],
		[`&search=named&config_filter=${m2}&failed=true`, 'fe'],
	] as const) {
		assert.equal(await names(query), expected, query);
	}
	const page = await list('&failed=true&size=2&page=1');
	assert.deepEqual([page.records.map(({ output }) => output), page.total], [['named c', 'named b'], 4]);
	const wrong = await api.get('/logs?project_id=x&failed=maybe');
	assert.equal(wrong.status, 422);
	assert.deepEqual(wrong.body.detail[0]?.loc, ['query', 'failed']);
});

test('logs are found by a part of a value in their metadata, in any case, however deep', async (t) => {
	const api = await startApi(t);
	const { names, list } = await setUp(api, [
		{ name: 'a', metadata: { customer: 'Ärger & Söhne', tags: [{ n: 42 }] } },
		{ name: 'b', metadata: { customer: 'acme', ok: true, nothing: null }, source: 'x' },
		{ name: 'c', inputs: { customer: 'acme' } },
		{ name: 'd', metadata: { nul: 'x\u0000y' }, save: false },
	]);
	await api.post('/logs', [{ project: 'mail', ...config('m'), metadata: { customer: 'acme' } }]);
	for (const [text, expected] of [
		['ärger', 'a'],
		['ACM', 'b'],
		['customer', ''],
		['42', 'a'],
		['tru', 'b'],
		['null', ''],
		['e', 'ba'],
		['none', ''],
	] as const) {
		assert.equal(await names(`&metadata_search=${encodeURIComponent(text)}`), expected, text);
	}
	// The output of a log with save false is not kept.
	assert.equal((await list('&metadata_search=x%00y')).total, 1);
	assert.equal(await names('&metadata_search=acme&source_filter=x'), 'b');
	assert.equal(await names('&metadata_search=acme&search=named'), 'b');
	assert.equal(await names('&metadata_search=acme&search=other'), '');
	const page = await list('&metadata_search=e&size=1&page=1');
	assert.deepEqual([page.records.map(({ output }) => output), page.total], [['named a'], 2]);
});

test('logs are filtered by their latest feedback of a type', async (t) => {
	const api = await startApi(t);
	const rated = (value: unknown, day: number, more = {}) => ({
		...{ type: 'rating', value, user: `user ${day}`, created_at: `2024-02-0${day}T00:00:00Z` },
		...more,
	});
	const long = 'x'.repeat(5_000);
	const { names, list } = await setUp(api, [
		{ name: 'a', feedback: [rated('good', 1), rated('bad', 2)], source: 'x' },
		{ name: 'b', feedback: [rated('bad', 1), rated('good', 2)], source: 'x', ...config('m2') },
		{ name: 'c', feedback: [rated('good', 1), rated('good', 2)] },
		{ name: 'd', feedback: rated(5, 1) },
		{ name: 'e', feedback: rated(true, 1) },
		{ name: 'f', feedback: rated('5', 1) },
		{ name: 'g', feedback: rated(['good'], 1, { type: 'my own' }) },
		{ name: 'h', feedback: [rated('good', 1), { type: 'comment', value: long }] },
		{ name: 'i' },
	]);
	await api.post('/logs', [{ project: 'mail', ...config('m'), feedback: rated('good', 1) }]);
	for (const [query, expected] of [
		['&feedback-rating_filter=good', 'hcb'],
		['&feedback-rating_filter=bad', 'a'],
		['&feedback-rating_filter=good&feedback-rating_filter=bad', 'hcba'],
		['&feedback-rating_filter=GOOD', ''],
		['&feedback-rating_filter=5', 'fd'],
		['&feedback-rating_filter=5.0', 'd'],
		['&feedback-rating_filter=true', 'e'],
		['&feedback-my%20own_filter=good', ''],
		[`&feedback-comment_filter=${long}`, 'h'],
		[`&feedback-comment_filter=${long}y`, ''],
		['&feedback-rating_filter=good&feedback-comment_filter=none', ''],
		[`&feedback-rating_filter=good&feedback-comment_filter=${long}`, 'h'],
		['&feedback-rating_filter=good&source_filter=x', 'b'],
		['&feedback-rating_filter=good&model_filter=m2', 'b'],
		['&feedback-rating_filter=good&end_date=2024-01-01T02:00', 'cb'],
		['&feedback-rating_filter=good&search=named', 'hcb'],
		['&feedback-rating_filter=good&search=named&source_filter=x', 'b'],
		['&feedback-rating_filter=good&sort=timestamp.asc', 'bch'],
	] as const) {
		assert.equal(await names(query), expected, query.slice(0, 60));
	}
	const page = await list('&feedback-rating_filter=good&size=1&page=1');
	assert.deepEqual([page.records.map(({ output }) => output), page.total], [['named c'], 3]);
});

test('logs are sorted by source, model and time, in the order of the query', async (t) => {
	const api = await startApi(t);
	const { names, list } = await setUp(api, [
		{ name: 'a', source: 'x', ...config('m2') },
		{ name: 'b', ...config('m1') },
		{ name: 'c', source: 'y', ...config('m1') },
		{ name: 'd', source: 'x', ...config('m3') },
		{ name: 'e', source: 'y', config: { type: 'tool', name: 'x' } },
		{ name: 'f', source: 'X', ...config('m1') },
	]);
	for (const [query, expected] of [
		['timestamp.desc', 'fedcba'],
		['timestamp.asc', 'abcdef'],
		['source.asc', 'fdaecb'],
		['source.desc', 'ecdafb'],
		['source.asc&sort=timestamp.asc', 'fadceb'],
		['source.asc&sort=model.desc', 'fdaceb'],
		['source.asc&sort=model.asc', 'fadceb'],
		['model.asc', 'fcbade'],
		['model.desc&sort=source.asc', 'dafcbe'],
		['timestamp.asc&sort=source.asc', 'abcdef'],
		['source.asc&search=named', 'fdaecb'],
		['source.asc&search=named&source_filter=x&source_filter=y', 'daec'],
		['timestamp.asc&search=named', 'abcdef'],
		['model.desc&model_filter=m1&model_filter=m2', 'afcb'],
	] as const) {
		assert.equal(await names(`&sort=${query}`), expected, query);
	}
	const page = await list('&sort=source.asc&size=2&page=1');
	assert.deepEqual([page.records.map(({ output }) => output), page.total], [['named a', 'named e'], 6]);
});

test('filters work together with a search in the index', async (t) => {
	const api = await startApi(t);
	await fillProject(api);
	const { names, projectId } = await setUp(api, [
		{ name: 'a', source: 'x', metadata: { m: 'acme' }, ...config('m1') },
		{ name: 'b', source: 'y', feedback: { type: 'rating', value: 'good' }, ...config('m1') },
		{ name: 'c', metadata: { m: 'acme' }, feedback: { type: 'rating', value: 'good' } },
	]);
	const model_config_id = await api.config({ prompt_template: 'Say {{q}}', model: 'm1' });
	const call = { model_config_id, project_id: projectId, inputs: { q: 'named' }, num_samples: 2, source: 'z' };
	const { data } = (await api.post('/completion-model-config', call)).body;
	await api.post('/feedback', { type: 'rating', value: 'good', data_id: data[1].id });
	for (const wait of [async () => undefined, () => untilIndexed(api)]) {
		await wait();
		const outputs = data.map(({ output }) => output.slice('named '.length));
		for (const [query, expected] of [
			['&search=named', `${outputs.join('')}cba`],
			['&search=named&sort=timestamp.asc', `abc${outputs.join('')}`],
			['&search=named&model_filter=m1', `${outputs.join('')}ba`],
			['&search=named&metadata_search=acme', 'ca'],
			['&search=named&feedback-rating_filter=good', `${outputs[1]}cb`],
			['&search=named&source_filter=x&source_filter=y', 'ba'],
			['&search=named&sort=source.desc', `${outputs.join('')}bac`],
			['&metadata_search=acme', 'ca'],
			['&feedback-rating_filter=good', `${outputs[1]}cb`],
		] as const) {
			assert.equal(await names(query), expected, query);
		}
	}
});

test('so many types of feedback that no statement could have them are refused', async (t) => {
	const api = await startApi(t);
	const { projectId } = await setUp(api, [{ name: 'a' }]);
	const filters = (count: number) =>
		Array.from({ length: count }, (_, index) => `feedback-${index}_filter=x`).join('&');
	const { status, body } = await api.get(`/logs?project_id=${projectId}&${filters(2_000)}`);
	assert.equal(status, 422);
	assert.equal(body.detail.message, 'A list can be filtered by at most 20 types of feedback, and the query has 2000.');
	assert.equal((await api.get(`/logs?project_id=${projectId}&${filters(20)}`)).status, 200);
});

test('what a list cannot do is named', async (t) => {
	const api = await startApi(t);
	const { projectId } = await setUp(api, [{ name: 'a' }]);
	for (const [query, field, type] of [
		['sort=source', 'sort', 'value_error.str.regex'],
		['sort=timestamp.asc&sort=feedback-rating.asc', 'sort.1', 'value_error.str.regex'],
		['evaluator-e_filter=1', 'evaluator-e_filter', 'value_error.not_supported'],
		['feedback-_filter=1', 'feedback-_filter', 'value_error.extra'],
		['user_filter=x', 'user_filter', 'value_error.extra'],
		['version_status=x', 'version_status', 'type_error.enum'],
		[
			Array.from({ length: 51 }, (_, index) => `source_filter=${index}`).join('&'),
			'source_filter',
			'value_error.list.max_items',
		],
	] as const) {
		const { status, body } = await api.get(`/logs?project_id=${projectId}&${query}`);
		assert.equal(status, 422, query);
		assert.deepEqual(
			body.detail.map(({ loc, type: is }) => [loc.slice(1).join('.'), is]),
			[[field, type]],
		);
	}
});

test('the logs of all projects are one list, with all filters; a deleted project and calls of no project are not in it', async (t) => {
	const api = await startApi(t);
	await fillProject(api);
	await untilIndexed(api);
	const { projectId, ids } = await setUp(api, [
		{ name: 'a', source: 'x', ...config('m1') },
		{ name: 'b', project: 'mail', source: 'y', ...config('m2'), session_reference_id: 's', error: 'Refused' },
		{ name: 'c', source: 'x', ...config('m1'), metadata: { m: 'acme' }, environment: 'production' },
		{ name: 'd', project: 'mail', source: 'x', ...config('m1'), feedback: { type: 'rating', value: 'good' } },
		{ name: 'e', session_reference_id: 's', ...config('m2') },
		{ name: '!', project: 'deleted', source: 'x', ...config('m1'), error: 'Refused', metadata: { m: 'acme' } },
	]);
	const { body: mail } = await api.get(`/logs/${ids[1]}`);
	const { body: deleted } = await api.get(`/logs/${ids[5]}`);
	const model_config_id = await api.config({ prompt_template: 'named !' });
	const ran = await api.post('/completion-model-config', { model_config_id, inputs: {} });
	assert.equal(ran.body['project_id'], null, 'a call of no project');
	assert.equal((await api.call('DELETE', `/projects/${deleted.project_id}`)).status, 204);
	const list = async (query: string) => {
		const { status, body, text } = await api.get(`/logs?project_id=*${query}`);
		assert.equal(status, 200, text);
		return body;
	};
	const all = await list('&size=1000');
	assert.deepEqual([all.total, all.records.length], [1_105, 1_000]);
	const names = async (query: string) => {
		const { records, total } = await list(`&start_date=2024-01-01${query}`);
		assert.equal(total, records.length, query);
		return records.map(({ output }) => String(output).slice('named '.length)).join('');
	};
	for (const [query, expected] of [
		['', 'edcba'],
		['&sort=timestamp.asc', 'abcde'],
		['&source_filter=x', 'dca'],
		['&source_filter=x&source_filter=y', 'dcba'],
		['&source_filter=none', ''],
		['&exclude_source=x', 'eb'],
		['&model_filter=m1', 'dca'],
		['&model_filter=m1&source_filter=x&sort=source.asc', 'dca'],
		[`&config_filter=${mail.config_id}`, 'b'],
		[`&session_id=${mail.session_id}`, 'eb'],
		[`&session_id=${mail.session_id}&source_filter=y`, 'b'],
		['&failed=true', 'b'],
		['&failed=true&source_filter=y', 'b'],
		['&failed=false', 'edca'],
		['&environment_filter=production', 'c'],
		['&metadata_search=acme', 'c'],
		['&feedback-rating_filter=good', 'd'],
		['&search=named', 'edcba'],
		['&search=named&source_filter=x', 'dca'],
		['&search=named&failed=true', 'b'],
		['&search=na', 'edcba'],
		['&end_date=2024-01-01T02:00', 'cba'],
	] as const) {
		assert.equal(await names(query), expected, query);
	}
	await untilIndexed(api);
	assert.equal((await list('&search=named')).total, 5, 'from the index');
	const page = await list('&start_date=2024-01-01&size=2&page=1');
	assert.deepEqual([page.records.map(({ output }) => output), page.total], [['named c', 'named b'], 5]);
	const { body: one } = await api.get(`/logs?project_id=${projectId}`);
	assert.equal(one.total, 1_103);
	assert.equal((await api.get('/projects/*')).status, 404, 'only lists of logs have a name for all projects');
});

test('a source is found in more projects than have a statement of their own', async (t) => {
	const api = await startApi(t);
	const { list } = await setUp(
		api,
		Array.from({ length: 101 }, (_, index) => ({
			...{ name: `${index}`, project: `project ${index}`, source: index % 50 === 0 ? 'rare' : 'x' },
			created_at: new Date(Date.UTC(2024, 0, 1, 0, index)).toISOString(),
		})),
	);
	assert.equal((await list('')).total, 1);
	const { body } = await api.get('/logs?project_id=*&source_filter=rare');
	assert.deepEqual([body.records.map(({ output }) => output), body.total], [['named 100', 'named 50', 'named 0'], 3]);
	const { body: searched } = await api.get('/logs?project_id=*&source_filter=rare&search=named%205');
	assert.deepEqual(
		searched.records.map(({ output }) => output),
		['named 50'],
	);
});
