import assert from 'node:assert/strict';
import test from 'node:test';
import type { LogListing } from '../src/domain/store.ts';
import { listLogs } from '../src/storage/logs.ts';
import { migrate } from '../src/storage/migrations.ts';
import { addConfigs, fillDatabase, sources, words } from './reads/generate.ts';
import { startApi } from './setup.ts';
import { openTestDatabase } from './storage/storage.ts';

/** The numbers from `count - 1` down to 0 of which that is so, as outputs of logs. */
const outputsOf = (count: number, isSo: (index: number) => boolean) =>
	Array.from({ length: count }, (_, index) => count - 1 - index)
		.filter(isSo)
		.map((index) => `named ${index}`);

test('logs are filtered by a model that more configs have than a statement has parts', async (t) => {
	const api = await startApi(t);
	const count = 130;
	const model = (index: number) => (index % 10 === 0 ? 'rare' : 'm1');
	const entries = Array.from({ length: count }, (_, index) => ({
		...{ project: `project ${index % 2}`, output: `named ${index}`, source: index % 3 === 0 ? 'x' : 'y' },
		config: { model: model(index), temperature: index / 1000 },
		created_at: new Date(Date.UTC(2024, 0, 1, 0, index)).toISOString(),
		...(index % 4 === 0 ? { error: 'Too long' } : {}),
		...(index % 5 === 0 ? { session_reference_id: 's' } : {}),
	}));
	const made = await api.post('/logs', entries);
	assert.equal(made.status, 200, made.text);
	const { records } = (await api.get('/logs?project_id=*&size=1000')).body;
	const log = (index: number) => records[count - 1 - index]!;
	const isModel = (index: number) => model(index) === 'm1';
	for (const [query, isSo] of [
		['', () => true],
		['&source_filter=x', (index) => index % 3 === 0],
		['&failed=true', (index) => index % 4 === 0],
		['&failed=false&exclude_source=x', (index) => index % 4 > 0 && index % 3 > 0],
		[`&session_id=${log(0).session_id}`, (index) => index % 5 === 0],
		[`&config_filter=${log(0).config.id}&config_filter=${log(1).config.id}`, (index) => index < 2],
		['&start_date=2024-01-01T01:00', (index) => index >= 60],
		['&search=named%201', (index) => String(index).startsWith('1')],
	] as [string, (index: number) => boolean][]) {
		const { body } = await api.get(`/logs?project_id=*&model_filter=m1${query}&size=1000`);
		const expected = outputsOf(count, (index) => isModel(index) && isSo(index));
		assert.deepEqual([body.records.map(({ output }) => output), body.total], [expected, expected.length], query);
	}
	const both = (await api.get('/logs?project_id=*&model_filter=m1&model_filter=rare&size=1000')).body;
	assert.equal(both.total, count);
	const page = (await api.get('/logs?project_id=*&model_filter=m1&size=2&page=1&sort=timestamp.asc')).body;
	assert.deepEqual([page.records.map(({ output }) => output), page.total], [['named 3', 'named 4'], 117]);
	const sorted = (await api.get('/logs?project_id=*&model_filter=m1&size=2&sort=source.desc')).body;
	assert.deepEqual([sorted.records.map(({ output }) => output), sorted.total], [['named 128', 'named 127'], 117]);
});

test('a model can have more configs than a statement can have values', async (t) => {
	const database = await openTestDatabase(t);
	await migrate(database);
	await fillDatabase(database, 1_500, { projects: 1 });
	const { id: projectId } = await database.reader.selectFrom('projects').select('id').executeTakeFirstOrThrow();
	const configs = await database.reader.selectFrom('configs').select('id').orderBy('id').execute();
	const [other, ...same] = configs.map(({ id }) => id) as [string, ...string[]];
	await database.writer
		.updateTable('configs')
		.set({ parameters: '{"model":"mock-2"}' })
		.where('id', '=', other)
		.execute();
	// SQLite takes 32,766 values, PostgreSQL 65,535.
	await addConfigs(database, projectId, 66_000);
	const list = (filters: Partial<LogListing>) => listLogs(database, { page: 0, size: 20, ...filters }, () => undefined);
	const ids = async (filters: Partial<LogListing>) => {
		const { records, total } = await list(filters);
		return { ids: records.map(({ id }) => id), total };
	};
	for (const filters of [
		{},
		{ projectId },
		{ sources: [sources.most] },
		{ search: words.onePercent },
		{ search: words.absent },
		{ search: words.every },
		{ failed: true },
		{ sort: [{ column: 'source', isDescending: true }] },
	] as Partial<LogListing>[]) {
		const about = JSON.stringify(filters);
		const expected = await ids({ ...filters, configs: same });
		assert.deepEqual(await ids({ ...filters, models: ['mock-1'] }), expected, about);
		assert.deepEqual(await ids({ ...filters, models: ['none'] }), { ids: [], total: 0 }, about);
	}
});
