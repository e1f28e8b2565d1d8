import assert from 'node:assert/strict';
import test from 'node:test';
import fc from 'fast-check';
import { sql } from 'kysely';
import { migrate } from '../src/storage/migrations.ts';
import { indexedLogContains } from '../src/storage/postgresSearch.ts';
import { fold, inputsText, mentions, outputText, piecesOf, soughtIn } from '../src/storage/search/searchText.ts';
import { type Api, startApi } from './setup.ts';
import { execute, openTestDatabase, storage } from './storage/storage.ts';

/** More logs than a search looks at one by one, so that it needs the index. */
const many = 1_200;

type Entry = { inputs?: object; output?: string; source?: string; session_reference_id?: string; created_at?: string };

/** Stores the entries in the project, in requests of at most 1,000. Returns the project's ID. */
async function store(api: Api, entries: Entry[], project = 'tickets'): Promise<string> {
	const config_id = await api.config({ prompt_template: 'x' });
	let projectId = '';
	for (let from = 0; from < entries.length; from += 1_000) {
		const logs = entries.slice(from, from + 1_000).map((entry) => ({ project, config_id, ...entry }));
		const { status, body, text } = await api.post('/logs', logs);
		assert.equal(status, 200, text);
		projectId = (body as unknown as [{ project_id: string }])[0].project_id;
	}
	return projectId;
}

/** Waits until all logs are in the index. */
async function indexed({ dataDir }: Api): Promise<void> {
	while ((await execute(dataDir, 'select id from search_queue limit 1')).length > 0) {
		await new Promise((resume) => setTimeout(resume, 50));
	}
}

const filler = (count: number): Entry[] =>
	Array.from({ length: count }, (_, index) => ({ output: `filler ${'abcdefghij'[index % 10]}` }));

async function search(api: Api, projectId: string, text: string, more = '') {
	const {
		status,
		body,
		text: raw,
	} = await api.get(`/logs?project_id=${projectId}&search=${encodeURIComponent(text)}${more || '&size=1000'}`);
	assert.equal(status, 200, raw);
	return { outputs: body.records.map(({ output }) => output), total: body.total };
}

test('the index finds what a look at each log finds: any part of a value, in any case of any alphabet', async (t) => {
	const api = await startApi(t);
	const long = 'a part of a text that is longer than what the index is asked for, and goes on for quite a while yet';
	const special: Entry[] = [
		{ inputs: { ticket: 'ÄRGER "mit"\n{{dem}} Paket' }, output: '1: 100%_da' },
		{ inputs: { deep: [{ er: 'Nadel' }], number: 42.5, truth: true, nothing: null }, output: '2' },
		{ inputs: { a: 'left', b: 'right' }, output: '3: ПРИВЕТ ΟΔΟΣ' },
		{ inputs: { ticket: '漢字かな' }, output: '4: 😀😁 İstanbul' },
		{ inputs: { ticket: `${long}!` }, output: '5' },
		{ inputs: { ticket: `${long.slice(0, 70)}?` }, output: '6' },
		{ inputs: { ticket: 'a\u0000b\u0001cde' }, output: '7: OR NOT ^( x*' },
		{ inputs: { ticket: 'qq' }, output: '8: zz' },
		{ inputs: { ticket: `${'x y '.repeat(8_000)}needle${' z w'.repeat(8_000)}` }, output: '9' },
	];
	const projectId = await store(api, [...filler(many / 2), ...special, ...filler(many / 2)]);
	await store(
		api,
		special.map((entry) => ({ ...entry, output: 'elsewhere' })),
		'another',
	);
	const found = async () => {
		const results: Record<string, string> = {};
		for (const text of [
			...[
				'ärger',
				'"MIT"',
				'"\n{{',
				'\\n',
				'100%_D',
				'1000',
				'nadel',
				'42.5',
				'TRUE',
				'ticket',
				'null',
				'привет',
				'leftright',
			],
			...[
				'οδο',
				'ΟΔΟΣ',
				'οδος',
				'漢字',
				'字',
				'漢字か',
				'😀',
				'😀😁',
				'İST',
				long,
				long.slice(0, 70),
				'or not ^(',
				'x*',
				'" OR "',
			],
			...['a\u0000b', 'b\u0001c', '\u0001cde', 'qq', 'zz', 'q', 'qz', '8: zz', 'needle', 'needle z w', 'y needle'],
		]) {
			const { outputs, total } = await search(api, projectId, text);
			assert.equal(outputs.length, total, text);
			results[text] = outputs
				.map((output) => output?.[0])
				.sort()
				.join('');
		}
		return results;
	};
	const expected = {
		...{
			ärger: '1',
			'"MIT"': '1',
			'"\n{{': '1',
			'\\n': '',
			'100%_D': '1',
			'1000': '',
			nadel: '2',
			'42.5': '2',
			TRUE: '2',
		},
		...{
			ticket: '',
			null: '',
			привет: '3',
			leftright: '',
			οδο: '3',
			ΟΔΟΣ: '3',
			οδος: '3',
			漢字: '4',
			字: '4',
			漢字か: '4',
		},
		...{
			'😀': '4',
			'😀😁': '4',
			İST: '4',
			[long]: '5',
			[long.slice(0, 70)]: '56',
			'or not ^(': '7',
			'x*': '7',
			'" OR "': '',
		},
		...{ 'a\u0000b': '7', 'b\u0001c': '7', '\u0001cde': '7', qq: '8', zz: '8', q: '58', qz: '', '8: zz': '8' },
		...{ needle: '9', 'needle z w': '9', 'y needle': '9' },
	};
	assert.deepEqual(await found(), expected, 'before they are in the index');
	await indexed(api);
	assert.deepEqual(await found(), expected, 'when they are in the index');
});

test('a match in the inputs of a call finds all its samples, and one in an output that sample', async (t) => {
	const api = await startApi(t);
	const projectId = await store(api, filler(many));
	const mock = { replies: [], otherwise: ['Alpha', 'Beta', 'Gamma'] };
	const config = await api.config({ prompt_template: 'Say {{what}}', other: { humanloop_server: { mock } } });
	const call = { model_config_id: config, project: 'tickets', num_samples: 3 };
	await api.post('/completion-model-config', { ...call, inputs: { what: 'zeppelin' } });
	await api.post('/completion-model-config', { ...call, inputs: { what: 'secret' }, save: false });
	const found = async (text: string) => (await search(api, projectId, text)).outputs;
	for (const when of ['before they are in the index', 'when they are in the index']) {
		assert.deepEqual(await found('ZEPPELIN'), ['Alpha', 'Beta', 'Gamma'], when);
		assert.deepEqual(await found('beta'), ['Beta'], when);
		assert.deepEqual(await found('Secret'), [], when);
		assert.deepEqual((await search(api, projectId, 'zeppelin', '&size=2&page=1')).outputs, ['Gamma'], when);
		await indexed(api);
	}
});

test('a search keeps to the other filters and to its project', async (t) => {
	const api = await startApi(t);
	const at = (day: number) => `2024-01-0${day}T00:00:00Z`;
	const needles: Entry[] = [1, 2, 3, 4].map((day) => ({
		output: `needle ${day}`,
		created_at: at(day),
		source: day % 2 === 0 ? 'even' : 'odd',
		...(day > 2 ? { session_reference_id: 's' } : {}),
	}));
	const others: Entry[] = filler(many).map((entry) => ({ ...entry, source: 'even', session_reference_id: 's' }));
	const projectId = await store(api, [...needles, ...others]);
	await store(api, needles, 'another');
	const session = (await api.get(`/logs?project_id=${projectId}&search=needle%204`)).body.records[0].session_id;
	await indexed(api);
	for (const [filter, days] of [
		['', '4321'],
		['&source_filter=even', '42'],
		[`&session_id=${session}`, '43'],
		[`&session_id=${session}&source_filter=even`, '4'],
		['&start_date=2024-01-02&end_date=2024-01-03', '32'],
		['&size=1&page=2', '2'],
	] as const) {
		const { outputs } = await search(api, projectId, 'Needle', filter);
		assert.equal(outputs.map((output) => output?.at(-1)).join(''), days, filter);
	}
});

test('with more than 10,000 matches, the total is larger than what was read until the end', async (t) => {
	const api = await startApi(t);
	const logs = Array.from({ length: 10_050 }, (_, index) => ({
		output: `haystack ${index}`,
		source: 'import',
		created_at: new Date(Date.parse('2024-01-01T00:00:00Z') + index * 1000).toISOString(),
	}));
	const projectId = await store(api, logs);
	await indexed(api);
	for (const filter of [
		'source_filter=import',
		'search=haystack',
		'search=ay',
		'search=haystack&source_filter=import',
	]) {
		const page = async (number: number, size = 1_000) => {
			const { body } = await api.get(`/logs?project_id=${projectId}&${filter}&size=${size}&page=${number}`);
			return { total: body.total, read: number * size + body.records.length, last: body.records.at(-1)?.output };
		};
		for (const number of [0, 9]) {
			const { total, read } = await page(number);
			assert.equal(read, (number + 1) * 1_000, filter);
			assert.ok(total > read && total <= 10_050, `${filter}: ${total} after ${read}`);
		}
		assert.deepEqual(await page(10), { total: 10_050, read: 10_050, last: 'haystack 0' }, filter);
	}
	const { body } = await api.get(`/logs?project_id=${projectId}`);
	assert.equal(body.total, 10_050, 'without a filter, it is exact');
});

const notOnSqlite = { skip: storage === 'sqlite' && 'about PostgreSQL' };

test('a look at a log does not read the whole queue, even before PostgreSQL knows its size', notOnSqlite, async (t) => {
	const dialect = await openTestDatabase(t);
	await migrate(dialect);
	await sql`alter table search_queue set (autovacuum_enabled = false)`.execute(dialect.writer);
	await sql`insert into search_queue (log_id) select 'data_' || n from generate_series(1, 200000) as n`.execute(
		dialect.writer,
	);
	await sql`alter table log_texts set (autovacuum_enabled = false)`.execute(dialect.writer);
	await sql`
		insert into log_texts (log_id, is_call, project_id, created_at, sample_index, text)
		select 'data_' || n, 0, 'pr_1', '2026', 0, 'some text ' || n from generate_series(1, 20000) as n
	`.execute(dialect.writer);
	const looks = sql`select id from logs where ${indexedLogContains('text')}`;
	for (const isAnalyzed of [false, true]) {
		if (isAnalyzed) await sql`analyze`.execute(dialect.writer);
		const { rows } = await sql<Record<string, string>>`explain ${looks}`.execute(dialect.writer);
		const plan = rows.map((row) => row['queryPlan'] ?? row['QUERY PLAN']).join('\n');
		assert.match(plan, /search_queue_by_log/, plan);
		assert.doesNotMatch(plan, /Seq Scan on (search_queue|log_texts)/, plan);
	}
});

test('a log that is deleted is not found any more', async (t) => {
	const api = await startApi(t);
	const projectId = await store(api, [...filler(many), { output: 'needle one' }, { output: 'needle two' }]);
	await indexed(api);
	await execute(api.dataDir, "delete from logs where output = 'needle one'");
	assert.deepEqual((await search(api, projectId, 'needle')).outputs, ['needle two']);
	assert.equal((await api.get(`/logs?project_id=${projectId}`)).body.total, many + 1);
	// Also from the index itself, so that nothing of it is left in the database.
	const condition =
		storage === 'sqlite' ? `log_terms where log_terms match '"needle"'` : `log_texts where text like '%needle%'`;
	assert.deepEqual(
		(await execute(api.dataDir, `select count(*) as texts from ${condition}`)).map(({ texts }) => Number(texts)),
		[1],
	);
});

const anyText = fc.string({ unit: fc.constantFrom(...'abcAÄß"\\\n\u0000\u0001 İΣσς😀漢'), maxLength: 200 });

test('property: the texts of the index contain what is sought exactly where the log does', () => {
	fc.assert(
		fc.property(
			anyText,
			fc.array(anyText),
			fc.string({ unit: fc.constantFrom(...'abAÄΣ😀\u0001"'), minLength: 1 }),
			(output, values, text) => {
				const inputs = JSON.stringify({ values });
				const { folded, part, isExact } = soughtIn(text);
				const isMatch = mentions(inputs, output, folded);
				const pieces = piecesOf(inputsText(inputs) + outputText(output));
				const inIndex = pieces.some((piece) => piece.includes(part));
				assert.equal(
					isMatch,
					[output, ...values].some((value) => fold(value).includes(folded)),
				);
				assert.ok(isExact ? inIndex === isMatch : inIndex || !isMatch);
			},
		),
	);
});

test('property: whatever is sought is in one piece of a long text', () => {
	const long = fc.string({ minLength: 15_000, maxLength: 40_000, unit: 'grapheme' });
	fc.assert(
		fc.property(long, fc.nat(), fc.integer({ min: 1, max: 64 }), (text, start, length) => {
			const whole = fold(text);
			const { part } = soughtIn(whole.slice(start % whole.length).slice(0, length));
			assert.ok(piecesOf(whole).some((piece) => piece.includes(part)));
		}),
		{ numRuns: 20 },
	);
});
